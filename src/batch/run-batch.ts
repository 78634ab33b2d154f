/**
 * A batch: the replications of one scenario over the cores of the machine. The result does not depend on the number of
 * workers or on who finishes first. It knows threads and replications, and nothing of how they are shown.
 */
import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { EnvironmentError, InputError, InvariantError } from '../errors.ts';
import { estimate, type Estimate } from '../experiments/estimate.ts';
import { FIRST_STAGE, isPreciseEnough, MOST_REPLICATIONS, nextStage } from '../experiments/precision.ts';
import type { ReplicationResult } from '../experiments/replicate.ts';
import type { ScenarioRequest } from '../files/scenario-files.ts';
import type { ReplicationTask, TaskFailure, TaskOutcome } from './replication-task.ts';

export interface BatchRequest {
  readonly scenario: ScenarioRequest;
  readonly hash: string;
  readonly seed: string;
  /** How many replications, or how precise the headline estimates must be. */
  readonly stop: { readonly replications: number } | { readonly precision: number };
  readonly level: number;
  /** Threads; all cores when `null`. */
  readonly workers: number | null;
  readonly byHour: boolean;
  /** Where to write the requests of replication 0, or `null`. */
  readonly requestsFile: string | null;
  /** Ends the batch early; what is finished is kept. */
  readonly signal: AbortSignal;
  /** Called about ten times a second while the batch runs. */
  onProgress(progress: BatchProgress): void;
}

export interface BatchProgress {
  /** Replications finished, and asked for so far. */
  readonly finished: number;
  readonly planned: number;
  /** Finished replications, the simulated parts of running ones included. */
  readonly worth: number;
}

export interface BatchResult {
  /** By index; those that finished. */
  readonly replications: readonly ReplicationResult[];
  readonly estimates: readonly Estimate[];
  readonly interrupted: boolean;
}

const PROGRESS_INTERVAL = 100;

/** Runs a batch. Throws what a replication threw: `InputError`, `InvariantError` or `EnvironmentError`. */
export async function runBatch(request: BatchRequest): Promise<BatchResult> {
  const most = 'replications' in request.stop ? request.stop.replications : MOST_REPLICATIONS;
  const progress = new Float64Array(new SharedArrayBuffer(most * Float64Array.BYTES_PER_ELEMENT));
  const workers = Math.min(request.workers ?? availableParallelism(), most);
  const pool = new Piscina({ ...workerFile(), minThreads: workers, maxThreads: workers });
  const finished: ReplicationResult[] = [];
  let planned = 'replications' in request.stop ? most : FIRST_STAGE;
  const report = () => {
    const running = progress.subarray(0, planned).reduce((sum, part) => sum + part, 0);
    request.onProgress({ finished: finished.length, planned, worth: running });
  };
  // Each thread waits for a replication and listens for the end.
  setMaxListeners(0, request.signal);
  const timer = setInterval(report, PROGRESS_INTERVAL);
  /** Takes replications of the stage one after another; as many of these run as there are threads. */
  const work = async (next: Iterator<number>) => {
    for (let task = next.next(); task.done !== true; task = next.next()) {
      finished.push(await runOne(pool, request, task.value, progress));
    }
  };
  try {
    for (;;) {
      const next = range(finished.length, planned);
      await Promise.all(Array.from({ length: workers }, () => work(next)));
      finished.sort((a, b) => a.replication - b.replication);
      const estimates = estimate(measurementsOf(finished), request.level);
      const enough = 'replications' in request.stop || isPreciseEnough(estimates, request.stop.precision);
      if (enough || planned === most) return { replications: finished, estimates, interrupted: false };
      planned += nextStage(planned);
    }
  } catch (error) {
    if (!request.signal.aborted) throw error;
    // A copy: a thread that ends while the pool is taken down must not join what was estimated.
    const kept = finished.toSorted((a, b) => a.replication - b.replication);
    const estimates = kept.length === 0 ? [] : estimate(measurementsOf(kept), request.level);
    return { replications: kept, estimates, interrupted: true };
  } finally {
    clearInterval(timer);
    await pool.destroy();
  }
}

function* range(from: number, to: number): Generator<number> {
  for (let value = from; value < to; value++) yield value;
}

function measurementsOf(results: readonly ReplicationResult[]) {
  return results.map(({ measurements }) => measurements);
}

async function runOne(
  pool: Piscina<ReplicationTask, TaskOutcome>,
  request: BatchRequest,
  replication: number,
  progress: Float64Array,
): Promise<ReplicationResult> {
  const { scenario, hash, seed, byHour } = request;
  const requestsFile = replication === 0 ? request.requestsFile : null;
  const task = { scenario, hash, seed, replication, byHour, requestsFile, progress };
  const outcome = await pool.run(task, { signal: request.signal });
  if (!outcome.ok) throw errorOf(outcome.failure);
  progress[replication] = 1;
  return outcome.result;
}

function errorOf({ kind, message }: TaskFailure): Error {
  switch (kind) {
    case 'input':
      return new InputError([{ place: '', path: '', message }]);
    case 'environment':
      return new EnvironmentError(message);
    case 'invariant':
    case 'defect':
      return new InvariantError(message);
  }
}

/** The worker beside this file: built, or the source itself with the loader that reads it. */
function workerFile(): { readonly filename: string; readonly execArgv?: string[] } {
  const built = fileURLToPath(new URL('./replication-task.js', import.meta.url));
  if (existsSync(built)) return { filename: built };
  return {
    filename: fileURLToPath(new URL('./replication-task.ts', import.meta.url)),
    execArgv: ['--import', 'tsx'],
  };
}
