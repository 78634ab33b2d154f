/** The scenarios that ship with the program: their names and paths. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { InputError } from '../errors.ts';
import { alternatives } from '../input/suggest.ts';
import { STANDARD_INPUT } from './file-bytes.ts';
import { packageFolder } from './package-folder.ts';

const folder = () => join(packageFolder(), 'configs', 'scenarios');

/** The shipped scenarios, in order of name. */
export function shippedScenarios(): { readonly name: string; readonly path: string }[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.yaml'))
    .toSorted()
    .map((file) => ({ name: basename(file, '.yaml'), path: join(folder(), file) }));
}

/** The path of a shipped scenario by name; `null` when there is none. */
export function shippedScenario(name: string): string | null {
  return shippedScenarios().find((one) => one.name === name)?.path ?? null;
}

/** The message for a name or file that does not exist. */
export function noSuchScenario(given: string): string {
  const names = shippedScenarios().map(({ name }) => name);
  return `there is no such file, and no shipped scenario of that name; ${alternatives(given, names)}`;
}

/**
 * The path a user means: a file, `-` for standard input, or the shipped scenario of that name. Throws `InputError` when
 * there is neither.
 */
export function scenarioPath(given: string): string {
  const path = given === STANDARD_INPUT || existsSync(given) ? given : shippedScenario(given);
  if (path === null)
    throw new InputError([{ kind: 'no-scenario', place: given, path: '', message: noSuchScenario(given) }]);
  return path;
}
