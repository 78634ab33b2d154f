/**
 * What a worker thread does: it runs some replications of one scenario, one after another. It runs in a thread of the
 * pool; everything that goes in and comes out is plain data.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { EnvironmentError, InputError, InvariantError, type Fault } from '../errors.ts';
import { replicate, type ReplicationResult } from '../experiments/replicate.ts';
import { readCatalog } from '../files/catalog-files.ts';
import { InputFiles, type HeldFiles } from '../files/input-files.ts';
import { loadPlugins } from '../files/plugin-files.ts';
import { loadScenario, type ScenarioRequest } from '../files/scenario-files.ts';
import type { PluginFile, Plugins } from '../plugins/plugins.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { SimulationListener } from '../simulation/simulate.ts';
import { packReplication, type PackedReplication } from '../store/packed-replication.ts';
import type { ReplicationFailure } from '../store/stored-batch.ts';
import { ByArrival, requestRow, REQUEST_COLUMNS } from './request-rows.ts';

export interface ReplicationTask {
  readonly scenario: Omit<ScenarioRequest, 'files' | 'plugins'>;
  /** The contents of files that were already read; `null` where the thread reads them itself. */
  readonly files: HeldFiles | null;
  /** The plugins that the thread imports, with the digests that they must have. */
  readonly plugins: readonly PluginFile[];
  /** The expected hash of the scenario: the files must not change while a batch runs. */
  readonly hash: string;
  readonly seed: string;
  /** Indices of the replications to run. */
  readonly replications: readonly number[];
  readonly byHour: boolean;
  /** Where to write a row for each request of replication 0, or `null`. */
  readonly requestsFile: string | null;
  /** Simulated share of each replication, by its index in the batch; shared with the thread that shows progress. */
  readonly progress: Float64Array;
  /** Its first element is nonzero once the batch must end; shared with the thread that sets it. */
  readonly stop: Int32Array;
}

/** An error that every further replication would hit too, in the form in which it crosses from a thread. */
export type TaskObstacle =
  | { readonly kind: 'input'; readonly faults: readonly Fault[] }
  | { readonly kind: 'environment'; readonly message: string };

export interface TaskOutcome {
  readonly results: readonly PackedReplication[];
  readonly failures: readonly ReplicationFailure[];
  /** Why the task ended before its last replication, or `null`; also `null` where the batch was stopped. */
  readonly obstacle: TaskObstacle | null;
}

/** Thrown within a replication whose batch is being stopped. */
class Stopped extends Error {}

/** A thread runs many replications of the same scenario and reads it once. */
let loaded: { readonly key: string; readonly scenario: Scenario } | null = null;

export default async function runTask(task: ReplicationTask): Promise<TaskOutcome> {
  const results: PackedReplication[] = [];
  let plugins: Plugins | null = null;
  const failures: ReplicationFailure[] = [];
  for (const replication of task.replications) {
    if (isStopped(task)) break;
    try {
      plugins ??= await pluginsOf(task);
      const startedAt = performance.now();
      const result = run(task, plugins, replication);
      results.push(packReplication(result, (performance.now() - startedAt) / 1_000));
    } catch (error) {
      if (error instanceof Stopped) break;
      if (error instanceof InputError)
        return { results, failures, obstacle: { kind: 'input', faults: error.faults } };
      if (error instanceof EnvironmentError)
        return { results, failures, obstacle: { kind: 'environment', message: error.message } };
      const failure = failureOf(error);
      if (plugins !== null && plugins.files.length > 0 && failure.failure !== 'died')
        return {
          results,
          failures,
          obstacle: { kind: 'input', faults: [brokenBy(plugins, replication, failure)] },
        };
      failures.push({ replication, ...failure });
    }
    task.progress[replication] = 1;
  }
  return { results, failures, obstacle: null };
}

const isStopped = ({ stop }: ReplicationTask): boolean => Atomics.load(stop, 0) !== 0;

function run(task: ReplicationTask, plugins: Plugins, replication: number): ReplicationResult {
  const { seed, byHour, progress } = task;
  const scenario = scenarioOf(task, plugins);
  const { to } = scenario.cell.window;
  const onProgress = (now: number) => {
    if (isStopped(task)) throw new Stopped();
    progress[replication] = now / to;
  };
  const options = { byHour, onProgress };
  const result =
    task.requestsFile === null || replication !== 0
      ? replicate(scenario, seed, replication, options)
      : withRows(task.requestsFile, scenario, (onClosed) =>
          replicate(scenario, seed, replication, { ...options, onClosed }),
        );
  if (replication === 0 && plugins.files.length > 0)
    requireRepeatable(plugins, result, replicate(scenario, seed, replication, options));
  return result;
}

type OnClosed = NonNullable<SimulationListener['onClosed']>;

/** Runs `work`, and writes a row for each request of it to a file. */
function withRows<T>(path: string, scenario: Scenario, work: (onClosed: OnClosed) => T): T {
  const writer = new RowWriter(path);
  try {
    return work(writer.listener(scenario));
  } finally {
    writer.close();
  }
}

/** The plugins of a task, which must not change while a batch runs. */
async function pluginsOf({ plugins: expected }: ReplicationTask): Promise<Plugins> {
  const plugins = await loadPlugins(expected.map(({ file }) => file));
  plugins.files.forEach(({ file, digest }, index) => {
    if (digest !== expected[index]!.digest)
      throw new InputError([
        {
          kind: 'changed-meanwhile',
          place: file,
          path: '',
          message: 'the plugin changed while its batch was running; run it again',
        },
      ]);
  });
  return plugins;
}

/** Throws `InputError` where a replication has another result the second time: a plugin is not deterministic. */
function requireRepeatable(plugins: Plugins, first: ReplicationResult, second: ReplicationResult): void {
  if (isDeepStrictEqual(first, second)) return;
  throw new InputError([
    {
      kind: 'plugin-call',
      place: filesOf(plugins),
      path: '',
      message:
        'replication 0 had another result when it was run again: a plugin must depend on nothing but what it is given, ' +
        'not on Math.random, the clock, or what it kept from another replication',
    },
  ]);
}

function scenarioOf({ scenario: request, files, hash }: ReplicationTask, plugins: Plugins): Scenario {
  const key = JSON.stringify([request, hash, plugins.files]);
  if (loaded?.key !== key) {
    const held = files === null ? {} : { files: new InputFiles(undefined, files) };
    const scenario = loadScenario({ ...request, ...held, plugins }, readCatalog());
    if (scenario.hash !== hash) {
      throw new InputError([
        {
          kind: 'changed-meanwhile',
          place: request.path,
          path: '',
          message: 'the scenario changed while its batch was running; run it again',
        },
      ]);
    }
    loaded = { key, scenario };
  }
  return loaded.scenario;
}

/** A state that a simulation cannot come to: with plugins, it is theirs that is doubted first. */
const brokenBy = (
  plugins: Plugins,
  replication: number,
  { message }: Pick<ReplicationFailure, 'message'>,
): Fault => ({
  kind: 'plugin-call',
  place: filesOf(plugins),
  path: '',
  message: `replication ${replication} came to a state that cannot be (${message.split('\n', 1)[0]!}); a plugin does not keep its contract, such as a queue that loses a request`,
});

const filesOf = ({ files }: Plugins): string => files.map(({ file }) => file).join(', ');

/** V8's messages for an array that does not fit in memory. */
const TOO_LARGE = /allocation failed|Invalid typed array length/;

function failureOf(error: unknown): Omit<ReplicationFailure, 'replication'> {
  if (error instanceof InvariantError) return { failure: 'invariant', message: error.message };
  if (!(error instanceof Error)) return { failure: 'defect', message: String(error) };
  if (error instanceof RangeError && TOO_LARGE.test(error.message))
    return { failure: 'died', message: `out of memory: ${error.message}` };
  return { failure: 'defect', message: error.stack ?? error.message };
}

/** Rows are buffered up to this size before they are written [characters]. */
const CHUNK = 1 << 20;

/**
 * Writes the requests of a run to a file in order of arrival, those of the warm-up included. It holds back a request
 * which has ended until every earlier arrival has ended too.
 */
class RowWriter {
  private readonly path: string;
  private readonly file: number;
  private readonly order = new ByArrival();
  private pending = `${REQUEST_COLUMNS.join(',')}\n`;

  constructor(path: string) {
    this.path = path;
    this.file = this.attempt(() => openSync(path, 'w'));
  }

  listener(scenario: Scenario): OnClosed {
    const { cell } = scenario;
    return (table, row, outcome) => {
      this.pending += this.order.take(table.declared.id[row]!, requestRow(cell, table, row, outcome));
      if (this.pending.length >= CHUNK) this.flush();
    };
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private flush(): void {
    const rows = this.pending;
    this.pending = '';
    this.attempt(() => writeSync(this.file, rows));
  }

  private attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new EnvironmentError(`${this.path} cannot be written: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}
