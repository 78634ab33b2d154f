/** The durability study as a page. It knows figures and sentences, and nothing of how they were measured. */
import type {
  KillsFigures,
  OverheadFigures,
  RefusalFigures,
  SpeedUpFigures,
  VolumeFigures,
  WallTimes,
} from './durability-cases.ts';
import { median } from './durability-cases.ts';

/** What can be measured by itself, and what each comes to. */
export interface Parts {
  readonly kills: KillsFigures;
  readonly refusals: { readonly fullDisk: RefusalFigures; readonly readOnly: RefusalFigures };
  readonly speedUp: SpeedUpFigures;
  readonly overhead: OverheadFigures;
  readonly volume: readonly VolumeFigures[];
}

/** When and where a part was measured. */
export interface Measured<Figures> {
  readonly on: string;
  readonly figures: Figures;
}

export type DurabilityStudy = { readonly [Part in keyof Parts]?: Measured<Parts[Part]> };

const yes = (holds: boolean): string => (holds ? 'yes' : '**no**');
const seconds = (value: number): string => `${Number(value.toPrecision(3))} s`;
const milliseconds = (value: number): string => `${Number((1e3 * value).toPrecision(3))} ms`;
const mebibytes = (value: number): string => `${Number((value / 2 ** 20).toPrecision(3))} MiB`;
const whole = (value: number): string => value.toLocaleString('en-US');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(row)].join('\n');

const NOT_MEASURED = 'Not measured.';

export function durabilityReport(study: DurabilityStudy): string {
  const section = <Figures>(
    title: string,
    part: Measured<Figures> | undefined,
    text: (figures: Figures) => string,
  ) => `## ${title}\n\n${part === undefined ? NOT_MEASURED : `${text(part.figures)}\n\n*${part.on}*`}\n`;
  return [
    `# Durable batches

Made by \`npm run study:durability\`, or part by part: below each stands what it was measured on. Times depend on what else the machine does; what is kept and what is equal does not.
`,
    section('Killed', study.kills, killsText),
    section('Refused by the machine', study.refusals, refusalsText),
    section('Two workers against one', study.speedUp, speedUpText),
    section('What a batch costs beside its replications', study.overhead, overheadText),
    section('Many rows', study.volume, volumeText),
  ].join('\n');
}

function refusalsText({ fullDisk, readOnly }: Parts['refusals']): string {
  return `A file may not grow beyond a bound (\`ulimit -f\`), as when a disk is full; a store whose file and folder may not be written, as user nobody. The same command follows where it may.

${table(
  ['', 'exit code', 'replications kept for the next run', 'its document is that of an undisturbed run'],
  (
    [
      ['disk full', fullDisk],
      ['read-only folder', readOnly],
    ] as const
  ).map(([name, { code, kept, documentIsTheSame }]) => [
    name,
    String(code),
    String(kept),
    yes(documentIsTheSame),
  ]),
)}

What is said: \`${fullDisk.message}\`, and \`${readOnly.message}\`.`;
}

function volumeText(volumes: readonly VolumeFigures[]): string {
  return `Replications of \`two-requests\`, a row for each of its metrics (500 are worked out, and kept again under new indices), 100 a transaction, every commit synchronised.

${table(
  ['', ...volumes.map(({ replications }) => `${whole(replications)} replications`)],
  [
    ['rows of replication and metric', ...volumes.map(({ rows }) => whole(rows))],
    ['file', ...volumes.map(({ fileBytes }) => mebibytes(fileBytes))],
    ['keep', ...volumes.map(({ insert }) => seconds(insert))],
    ['\`results list\`', ...volumes.map(({ list }) => milliseconds(list))],
    ['what all replications said of one metric', ...volumes.map(({ one }) => seconds(one))],
    [
      'all estimates, quantiles of pooled samples included',
      ...volumes.map(({ estimates }) => seconds(estimates)),
    ],
    ...(['csv', 'json', 'parquet'] as const).map((format) => [
      `export as ${format}`,
      ...volumes.map(({ exports }) => {
        const one = exports[format];
        return one === undefined ? '–' : `${seconds(one.seconds)}, ${mebibytes(one.bytes)}`;
      }),
    ]),
  ],
)}`;
}

function killsText(figures: KillsFigures): string {
  const { kills, found, sound, replications, documentIsTheSame, contentIsTheSame } = figures;
  const lost = kills.filter(({ told, kept }) => kept < told).length;
  return `A batch of ${replications} replications was killed with SIGKILL at ${kills.length} moments, uniform over the first three seconds after replications began to run, and then let be. *Told* is what the process had said was finished, *kept* what its store held after the kill.

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
    ['metrics, records and estimates in the store are the same, byte for byte', yes(contentIsTheSame)],
  ],
)}`;
}

function speedUpText({ replications, one, two }: SpeedUpFigures): string {
  const part = (of: keyof WallTimes) => ({
    ones: one[of],
    twos: two[of],
    ratios: one[of].map((alone, round) => alone / two[of][round]!),
  });
  const parts = [part('process'), part('batch')];
  const cells = (pick: (values: readonly number[]) => number) =>
    parts.flatMap(({ ones, twos, ratios }) => [
      seconds(pick(ones)),
      seconds(pick(twos)),
      pick(ratios).toFixed(2),
    ]);
  return `\`erlang-c\`, ${replications} replications, into a store; whole processes, from start to end, and the batch in them, from the start of its threads to its last commit; in turns.

${table(
  ['round', 'process, one worker', 'two', 'speed-up', 'batch, one worker', 'two', 'speed-up'],
  [
    ...one.process.map((_, round) => [String(round + 1), ...cells((values) => values[round]!)]),
    ['median', ...cells(median)],
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
