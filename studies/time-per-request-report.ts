/** The study of time per request in words and a table. It knows no file and no clock. */
import { max, median, min } from 'simple-statistics';
import type { Case } from './time-per-request-cases.ts';
import type { Run } from './time-per-request-run.ts';

export interface Measured {
  readonly studied: Case;
  /** By round. */
  readonly now: readonly Run[];
  /** By round, of the program before; empty where it cannot read the case. */
  readonly before: readonly Run[];
}

export interface Circumstances {
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  /** The commit of the program before. */
  readonly before: string;
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

const microseconds = ({ userSeconds, requests }: Run) => (userSeconds / requests) * 1e6;

const spread = (values: readonly number[], places: number) => {
  const [middle, least, most] = [median, min, max].map((of) => of([...values]).toFixed(places));
  return `${middle!} (${least!} to ${most!})`;
};

/** Round by round, for rounds are what cases share. */
const ratios = (above: readonly Run[], below: readonly Run[]) =>
  above.map((run, round) => microseconds(run) / microseconds(below[round]!));

export function timePerRequestReport(
  measured: readonly Measured[],
  { date, machine, rounds, before }: Circumstances,
): string {
  const plain = measured[0]!;
  const rows = measured.map(({ studied, now, before: then }, index) => {
    const [{ requests, attempts, events }] = now as readonly [Run];
    return row([
      index === 0 ? studied.name : `+ ${studied.name}`,
      studied.about,
      requests.toLocaleString('en'),
      (attempts / requests).toFixed(2),
      (events / requests).toFixed(2),
      spread(now.map(microseconds), 2),
      spread(ratios(now, plain.now), 2),
      then.length === 0 ? '–' : spread(ratios(now, then), 2),
    ]);
  });
  return `# Time per request

What demand that behaves and a gateway with all its parts cost the processor. ${date}, ${machine}. Seconds are processor time in user mode of one replication, the third in its process, compiler and collector included; medians of ${rounds} rounds with the least and the most. Made by \`npm run study:time-per-request\`. A machine is never as quiet twice: read ratios, which are taken within a round.

Each row keeps all that the rows above it have. *Before* is the program of commit ${before}, the last whose gateway knows token buckets alone, on the same scenario: it can read the first three.

${[
  row([
    'case',
    'what it adds',
    'requests',
    'attempts a request',
    'events a request',
    'µs a request',
    '÷ plain',
    '÷ before',
  ]),
  row(Array<string>(8).fill('---')),
  ...rows,
].join('\n')}

A request with more attempts, more events or more tokens takes more time for what it is; the columns before the time say how many.
`;
}
