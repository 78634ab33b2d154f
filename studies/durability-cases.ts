/** What the durability study measures: real processes on real files, and the store as a library. */
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replicate } from '../src/experiments/replicate.ts';
import { readCatalog } from '../src/files/catalog-files.ts';
import { loadScenario } from '../src/files/scenario-files.ts';
import { scenarioPath } from '../src/files/shipped-scenarios.ts';
import { writeTable } from '../src/store/export-file.ts';
import { EXPORT_COLUMNS, type ExportFormat } from '../src/store/export-columns.ts';
import { EXPORT_ROWS } from '../src/store/export-rows.ts';
import { packReplication } from '../src/store/packed-replication.ts';
import { Store } from '../src/store/store.ts';
import { killed, undisturbed, withoutClock, type KilledBatch, type Victim } from '../tests/e2e/kills.ts';
import { fleetyield, shell, type CommandOptions, type Folder } from '../tests/helpers/command.ts';
import { descriptionOf } from '../tests/helpers/stored.ts';

/** Calls `work` and says how long it took [s]. */
function timed<T>(work: () => T): { readonly seconds: number; readonly value: T } {
  const at = performance.now();
  const value = work();
  return { seconds: (performance.now() - at) / 1_000, value };
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

export interface KillsFigures extends Omit<KilledBatch, 'document' | 'content'> {
  readonly replications: number;
  readonly documentIsTheSame: boolean;
  readonly contentIsTheSame: boolean;
}

/** A batch killed at so many moments, against one that nothing disturbed. */
export async function measureKills(
  folder: Folder,
  scenario: string,
  replications: number,
  kills: number,
): Promise<KillsFigures> {
  const victim: Victim = {
    args: [scenario, '--replications', String(replications)],
    options: { cwd: folder.path },
    within: 3,
  };
  const expected = await undisturbed(victim, folder.of('undisturbed.sqlite'));
  const { document, content, ...figures } = await killed(
    victim,
    folder.of('killed.sqlite'),
    kills,
    'durability',
  );
  return {
    ...figures,
    replications,
    documentIsTheSame: document === expected.document,
    contentIsTheSame: content === expected.content,
  };
}

export interface RefusalFigures {
  readonly code: number | null;
  readonly message: string;
  /** Replications that were there for the next run, which was let be. */
  readonly kept: number;
  readonly documentIsTheSame: boolean;
}

/** A batch whose file may not grow beyond so many KiB, and the same command with room. */
export async function measureFullDisk(
  folder: Folder,
  scenario: string,
  replications: number,
  kibibytes: number,
): Promise<RefusalFigures> {
  const here = { cwd: folder.path };
  const run = `fleetyield run ${scenario} --replications ${replications} --json`;
  const refused = await shell(`ulimit -f ${kibibytes}; ${run} --store full.sqlite --quiet`, here);
  const onwards = await shell(`${run} --store full.sqlite`, here);
  const whole = await shell(`${run} --no-store --quiet`, here);
  return {
    code: refused.code,
    message: refused.stderr.trim(),
    kept: Number(/: (\d+) of/.exec(onwards.stderr)?.[1] ?? 0),
    documentIsTheSame: withoutClock(onwards.stdout) === withoutClock(whole.stdout),
  };
}

/** Nobody: root may write everywhere. */
const NOBODY = 65_534;

/** A batch that is half there, in a file and a folder that may not be written; and the same command where they may. */
export async function measureReadOnly(
  folder: Folder,
  scenario: string,
  replications: number,
): Promise<RefusalFigures> {
  const here = { cwd: folder.path };
  const home = mkdtempSync(folder.of('read-only-'));
  const store = join(home, 'store.sqlite');
  const run = (count: number, options: CommandOptions, ...more: string[]) =>
    fleetyield(['run', scenario, '--replications', String(count), '--json', ...more], options);
  await run(replications / 2, here, '--store', store);
  chmodSync(folder.path, 0o755);
  chmodSync(store, 0o444);
  chmodSync(home, 0o555);
  const isRoot = process.getuid?.() === 0;
  const refused = await run(replications, { ...here, ...(isRoot ? { uid: NOBODY } : {}) }, '--store', store);
  chmodSync(home, 0o755);
  chmodSync(store, 0o644);
  const onwards = await run(replications, here, '--store', store);
  const whole = await run(replications, here, '--no-store');
  return {
    code: refused.code,
    message: refused.stderr.trim().replaceAll(`${home}/`, ''),
    kept: Number(/: (\d+) of/.exec(onwards.stderr)?.[1] ?? 0),
    documentIsTheSame: withoutClock(onwards.stdout) === withoutClock(whole.stdout),
  };
}

/** Wall times, by round [s]: of whole processes, and of the batch in them, threads and commits included. */
export interface WallTimes {
  readonly process: readonly number[];
  readonly batch: readonly number[];
}

export interface SpeedUpFigures {
  readonly replications: number;
  readonly one: WallTimes;
  readonly two: WallTimes;
}

/** The same batch with one worker and with two, in turns, the first of a round by turns too; into a store each time. */
export async function measureSpeedUp(
  folder: Folder,
  scenario: string,
  replications: number,
  rounds: number,
): Promise<SpeedUpFigures> {
  const times = { 1: { process: [], batch: [] }, 2: { process: [], batch: [] } } as {
    readonly [workers in 1 | 2]: { readonly process: number[]; readonly batch: number[] };
  };
  const run = async (workers: 1 | 2): Promise<void> => {
    const at = performance.now();
    const { code, stdout, stderr } = await fleetyield(
      [
        'run',
        scenario,
        '--replications',
        String(replications),
        '--threads',
        String(workers),
        '--store',
        'speed.sqlite',
        '--fresh',
        '--quiet',
        '--json',
      ],
      { cwd: folder.path },
    );
    if (code !== 0) throw new Error(stderr);
    times[workers].process.push((performance.now() - at) / 1_000);
    times[workers].batch.push((JSON.parse(stdout) as { wallSeconds: number }).wallSeconds);
  };
  for (let round = 0; round < rounds; round++)
    for (const workers of round % 2 === 0 ? ([1, 2] as const) : ([2, 1] as const)) await run(workers);
  return { replications, one: times[1], two: times[2] };
}

export interface OverheadFigures {
  readonly replications: number;
  /** Wall time a replication [s]: in a loop of one thread; in batches of one worker and two, kept or not. */
  readonly loop: number;
  readonly batch: Readonly<
    Record<'one worker' | 'two workers' | 'one worker, no store' | 'two workers, no store', number>
  >;
}

/** What a batch costs beside its replications, where these are as small as can be. */
export async function measureOverhead(
  folder: Folder,
  scenario: string,
  replications: number,
): Promise<OverheadFigures> {
  const loaded = loadScenario({ path: scenarioPath(scenario), overrides: [] }, readCatalog());
  const loopOf = (from: number, count: number) => {
    for (let index = from; index < from + count; index++) replicate(loaded, '1', index, { byHour: false });
  };
  loopOf(0, Math.ceil(replications / 10));
  const loop = timed(() => loopOf(0, replications)).seconds / replications;
  const wall = async (...more: string[]): Promise<number> => {
    const seconds = async (count: number) => {
      const { stdout } = await fleetyield(
        ['run', scenario, '--replications', String(count), '--json', '--quiet', '--fresh', ...more],
        { cwd: folder.path },
      );
      return (JSON.parse(stdout) as { wallSeconds: number }).wallSeconds;
    };
    // The start of the threads belongs to the batch, not to a replication: a batch of one is taken off.
    return ((await seconds(replications)) - (await seconds(1))) / (replications - 1);
  };
  const keep = ['--store', 'overhead.sqlite'];
  return {
    replications,
    loop,
    batch: {
      'one worker': await wall('--threads', '1', ...keep),
      'two workers': await wall('--threads', '2', ...keep),
      'one worker, no store': await wall('--threads', '1', '--no-store'),
      'two workers, no store': await wall('--threads', '2', '--no-store'),
    },
  };
}

export interface VolumeFigures {
  readonly replications: number;
  readonly metrics: number;
  /** Rows of replication and metric. */
  readonly rows: number;
  readonly fileBytes: number;
  /** Seconds. */
  readonly insert: number;
  readonly list: number;
  readonly one: number;
  readonly estimates: number;
  readonly exports: Readonly<
    Partial<Record<ExportFormat, { readonly seconds: number; readonly bytes: number }>>
  >;
}

/** Replications of a scenario that are worked out once and kept again and again under new indices. */
const DISTINCT = 500;
/** Replications that are kept at once. */
const AT_ONCE = 100;

/** So many replications kept, listed, asked for quantiles by metric, estimated from and exported. */
export function measureVolume(
  folder: Folder,
  scenario: string,
  replications: number,
  formats: readonly ExportFormat[],
): VolumeFigures {
  const loaded = loadScenario({ path: scenarioPath(scenario), overrides: [] }, readCatalog());
  const packed = Array.from({ length: Math.min(DISTINCT, replications) }, (_, index) =>
    packReplication(replicate(loaded, '1', index, { byHour: false }), 0.001),
  );
  const path = folder.of(`volume-${replications}.sqlite`);
  const store = Store.open(path);
  const batch = store.batch(descriptionOf(loaded.hash));
  batch.plan(replications, 0.95);
  const insert = timed(() => {
    for (let from = 0; from < replications; from += AT_ONCE) {
      const count = Math.min(AT_ONCE, replications - from);
      const chunk = Array.from({ length: count }, (_, at) => ({
        ...packed[(from + at) % packed.length]!,
        replication: from + at,
      }));
      batch.keep(chunk, [], 'a machine');
    }
  }).seconds;
  const summaries = timed(() => store.summaries());
  const metrics = batch.metrics().length;
  const waits = batch.metrics().findIndex(({ metric }) => metric === 'e2e.mean');
  const one = timed(() => batch.column(waits, batch.done())).seconds;
  const estimates = timed(() => batch.estimates(0.95, replications)).seconds;
  const exports = Object.fromEntries(
    formats.map((format) => {
      const out = folder.of(`volume.${format}`);
      const { seconds } = timed(() =>
        writeTable(
          out,
          format,
          EXPORT_COLUMNS.replications,
          EXPORT_ROWS.replications(store, summaries.value),
        ),
      );
      const bytes = statSync(out).size;
      rmSync(out);
      return [format, { seconds, bytes }];
    }),
  );
  store.close();
  const fileBytes = statSync(path).size;
  rmSync(path);
  const rows = replications * metrics;
  return {
    replications,
    metrics,
    rows,
    fileBytes,
    insert,
    list: summaries.seconds,
    one,
    estimates,
    exports,
  };
}
