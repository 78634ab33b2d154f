/** The durability study as a page. It knows figures and sentences, and nothing of how they were measured. */
import type {
  KillsFigures,
  OverheadFigures,
  RefusalFigures,
  SpeedUpFigures,
  VolumeFigures,
} from './durability-cases.ts';
import { median } from './durability-cases.ts';

export interface DurabilityStudy {
  readonly machine: string;
  readonly kills: KillsFigures;
  readonly fullDisk: RefusalFigures;
  readonly readOnly: RefusalFigures;
  readonly speedUp: SpeedUpFigures;
  readonly overhead: OverheadFigures;
  readonly volumes: readonly VolumeFigures[];
}

const yes = (holds: boolean): string => (holds ? 'yes' : '**no**');
const seconds = (value: number): string => `${Number(value.toPrecision(3))} s`;
const milliseconds = (value: number): string => `${Number((1e3 * value).toPrecision(3))} ms`;
const mebibytes = (value: number): string => `${Number((value / 2 ** 20).toPrecision(3))} MiB`;
const whole = (value: number): string => value.toLocaleString('en-US');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(row)].join('\n');

export function durabilityReport(study: DurabilityStudy): string {
  return `# Durable batches

Made by \`npm run study:durability\` on ${study.machine}. Times are of that machine while it had other work; what is kept and what is equal does not depend on it.

## Killed

${killsText(study.kills)}

## Refused by the machine

A file may not grow beyond a bound (\`ulimit -f\`), as when a disk is full; a store whose file and folder may not be written, as user nobody. The same command follows where it may.

${table(
  ['', 'exit code', 'kept for the next run', 'its document is that of an undisturbed run'],
  (
    [
      ['disk full', study.fullDisk],
      ['read-only folder', study.readOnly],
    ] as const
  ).map(([name, { code, kept, documentIsTheSame }]) => [
    name,
    String(code),
    `${kept} replications`,
    yes(documentIsTheSame),
  ]),
)}

What is said: \`${study.fullDisk.message}\`, and \`${study.readOnly.message}\`.

## Two workers against one

${speedUpText(study.speedUp)}

## What a batch costs beside its replications

${overheadText(study.overhead)}

## Many rows

Replications of \`two-requests\`, a row for each of its metrics (500 are worked out, and kept again under new indices), 100 a transaction, every commit synchronised.

${table(
  ['', ...study.volumes.map(({ replications }) => `${whole(replications)} replications`)],
  [
    ['rows of replication and metric', ...study.volumes.map(({ rows }) => whole(rows))],
    ['file', ...study.volumes.map(({ fileBytes }) => mebibytes(fileBytes))],
    ['keep', ...study.volumes.map(({ insert }) => seconds(insert))],
    ['\`results list\`', ...study.volumes.map(({ list }) => milliseconds(list))],
    [
      'p50, p95 and p99 of one metric by group of replications, in SQL',
      ...study.volumes.map(({ groupByOne }) => milliseconds(groupByOne)),
    ],
    [
      'p50, p95 and p99 of every metric, in SQL',
      ...study.volumes.map(({ groupByAll }) => milliseconds(groupByAll)),
    ],
    [
      'all estimates, quantiles of pooled samples included',
      ...study.volumes.map(({ estimates }) => seconds(estimates)),
    ],
    ...(['csv', 'json', 'parquet'] as const).map((format) => [
      `export as ${format}`,
      ...study.volumes.map(({ exports }) => {
        const one = exports[format];
        return one === undefined ? '–' : `${seconds(one.seconds)}, ${mebibytes(one.bytes)}`;
      }),
    ]),
  ],
)}
`;
}

function killsText(figures: KillsFigures): string {
  const { kills, found, sound, replications, documentIsTheSame, contentIsTheSame } = figures;
  const lost = kills.filter(({ told, kept }) => kept < told).length;
  return `A batch of ${replications} replications was killed with SIGKILL at ${kills.length} moments, uniform over the first three seconds after each start, and then let be. *Told* is what the process had said was finished, *kept* what its store held after the kill.

${table(
  ['kill', 'after', 'told', 'kept'],
  kills.map(({ afterSeconds, told, kept }, index) => [
    String(index + 1),
    seconds(afterSeconds),
    String(told),
    String(kept),
  ]),
)}

${table(
  ['', ''],
  [
    ['kills after which something was missing that had been told', String(lost)],
    ['store sound after every kill (integrity check, every replication whole)', yes(sound)],
    ['replications that the last run found', String(found)],
    ['its document is that of an undisturbed run, byte for byte', yes(documentIsTheSame)],
    [
      'metrics, observations, samples, series and estimates in the store are the same, byte for byte',
      yes(contentIsTheSame),
    ],
  ],
)}`;
}

function speedUpText({ replications, one, two }: SpeedUpFigures): string {
  const ratios = one.map((alone, round) => alone / two[round]!);
  return `\`erlang-c\`, ${replications} replications, into a store; whole processes, from start to end, in turns.

${table(
  ['round', 'one worker', 'two workers', 'speed-up'],
  [
    ...one.map((alone, round) => [
      String(round + 1),
      seconds(alone),
      seconds(two[round]!),
      ratios[round]!.toFixed(2),
    ]),
    ['median', seconds(median(one)), seconds(median(two)), median(ratios).toFixed(2)],
  ],
)}`;
}

function overheadText({ replications, loop, batch }: OverheadFigures): string {
  return `\`two-requests\`, a replication of two requests, ${whole(replications)} times, threads already started. Several go to a thread at once.

${table(
  ['', 'wall time a replication', 'beside the simulation'],
  [
    ['in a loop of one thread', milliseconds(loop), '–'],
    ...Object.entries(batch).map(([name, time]) => [
      `batch, ${name}`,
      milliseconds(time),
      milliseconds(time - loop),
    ]),
  ],
)}`;
}
