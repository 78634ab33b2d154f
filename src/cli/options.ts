/** What several commands take: their options, and the parsers of values. Lightweight: `--help` loads it. */
import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import { MOST_ASKED_REPLICATIONS } from '../experiments/default-replications.ts';
import { decimalOf } from '../units.ts';
import { DEFAULT_STORE } from './shared/store-options.ts';

/** The values of the options of a command, by the function that declares it. */
export type OptionsOf<Declare extends (program: Command) => { opts(): unknown }> = Readonly<
  ReturnType<ReturnType<Declare>['opts']>
>;

/** A whole number of one or more. */
export function wholeNumber(text: string): number {
  const value = decimalOf(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('expected a whole number of one or more.');
  return value;
}

/** A number of replications, of which there is a most. */
export function replicationCount(text: string): number {
  const value = wholeNumber(text);
  if (value > MOST_ASKED_REPLICATIONS)
    throw new InvalidArgumentError(
      `expected at most ${MOST_ASKED_REPLICATIONS.toLocaleString('en-US')}; ask for a precision with --precision 0.01 instead.`,
    );
  return value;
}

/** A seed, which names the streams of random numbers: any text with a visible character. */
export function seedText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('expected a text that is not empty, such as 1.');
  return text;
}

/** A port, or 0. */
export function portNumber(text: string): number {
  const value = decimalOf(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('expected a port from 1 to 65535, or 0 for one that is free.');
  return value;
}

/** A number between 0 and 1, both excluded. */
export const fraction = (text: string) => between0And1(text, '0.02');

/** A confidence level; 95 is a number that people write for 0.95. */
const confidence = (text: string) => between0And1(text, '0.95');

function between0And1(text: string, example: string): number {
  const value = decimalOf(text);
  if (!(value > 0 && value < 1))
    throw new InvalidArgumentError(`expected a number between 0 and 1, such as ${example}.`);
  return value;
}

/** Multiples of the fleet, in any order, each above zero. */
export function multiples(text: string): number[] {
  const values = text.split(',').map(decimalOf);
  if (!values.every((value) => value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError('expected multiples of the fleet, such as 0.5,1,2.');
  return values;
}

/** Gathers the values of an option that may be repeated. */
export const gather = (text: string, before: string[]) => [...before, text];

/** The file that results are stored in. */
export const storeOption = () =>
  new Option('--store <file>', 'SQLite file in which replications are stored as they finish').default(
    DEFAULT_STORE,
  );

/** Values of paths that vary. */
export const varyOption = () =>
  new Option('--vary <path=values>', 'values of a path, or their distribution; repeatable')
    .argParser(gather)
    .default([] as string[], 'none');

/** Files of plugins. */
export const pluginOption = () =>
  new Option(
    '--plugin <file.mjs>',
    'module with strategies and metrics of your own, which is run; repeatable',
  )
    .argParser(gather)
    .default([] as string[], 'none');

/** Worker threads; all cores when left out. */
export const threadsOption = () =>
  new Option('--threads <n>', 'worker threads (default: all cores)').argParser(wholeNumber);

/** Confidence of the intervals. */
export const confidenceOption = () =>
  new Option('--confidence <p>', 'confidence of the intervals').argParser(confidence).default(0.95);

/** One JSON document in place of the table. */
export const jsonOption = () =>
  new Option('--json', 'print one JSON document instead of the table').default(false);

/** Makes `store` false: nothing is stored. */
export const noStoreOption = () => new Option('--no-store', 'store nothing');

/** No progress and no estimate. */
export const quietOption = () => new Option('--quiet', 'no progress and no estimate on standard error');

/** The level of structured logs. */
export const logLevelOption = () =>
  new Option('--log-level <level>', 'structured logs on standard error from this level on')
    .choices(['debug', 'info', 'warn', 'error', 'silent'] as const)
    .default('warn' as const);
