/**
 * Runs a batch: the replications of one scenario over the cores of the machine, stored as they finish. Stored
 * replications are not computed again, and the result does not depend on the number of threads, on the order in which
 * replications finish or on how often the batch was interrupted. It knows threads and replications, and not how they
 * are shown.
 */
import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { EnvironmentError, InputError } from '../errors.ts';
import type { Estimate } from '../experiments/estimate.ts';
import type { StoppingRule } from '../experiments/precision.ts';
import { codeFolder } from '../files/package-folder.ts';
import type { ScenarioRequest } from '../files/scenario-files.ts';
import { NO_PLUGINS } from '../plugins/plugins.ts';
import type { ReplicationFailure, StoredBatch } from '../store/stored-batch.ts';
import { BY_IMPORT } from './module-threads.ts';
import { StoreWrites } from './store-writes.ts';
import type { ReplicationTask, TaskOutcome } from './replication-task.ts';

export interface BatchRequest {
  readonly scenario: ScenarioRequest;
  readonly hash: string;
  readonly seed: string;
  /** The stored batch, which keeps replications and has those already finished. */
  readonly batch: StoredBatch;
  /** How many replications are needed. */
  readonly stop: StoppingRule;
  readonly confidence: number;
  /** Number of threads; all cores when `null`. */
  readonly threads: number | null;
  /** Threads shared by several batches, one after another; their creator ends them. */
  readonly pool?: Threads;
  readonly byHour: boolean;
  /** Where to write the requests of replication 0, or `null`. For that, it is run even when it is already stored. */
  readonly requestsFile: string | null;
  /** Ends the batch early; finished replications are kept. */
  readonly signal: AbortSignal;
  /**
   * How long to wait while the store cannot be written [s], and whether to wait for disk space too. By default ten
   * minutes, and no.
   */
  readonly patience?: { readonly seconds: number; readonly forRoom: boolean };
  /**
   * Called with what the user should know: what the batch waits for, or which damaged replications are computed again.
   */
  onNotice?(text: string): void;
  /** Called about ten times a second while the batch runs. */
  onProgress(progress: BatchProgress): void;
}

export interface BatchProgress {
  /** Replications finished, and requested so far. */
  readonly finished: number;
  readonly planned: number;
  /** Of those finished, how many were already stored. */
  readonly reused: number;
  /** Work done, in replications: finished ones plus the simulated fractions of running ones. */
  readonly worth: number;
  /** The least certain of the estimates that the stopping rule watches; `null` until one has an interval. */
  readonly leastCertain: Estimate | null;
}

export interface BatchResult {
  /** Indices of the finished replications, of those requested, in ascending order. */
  readonly finished: readonly number[];
  /** Replications requested in the end. */
  readonly planned: number;
  /** Of those finished, how many were already stored. */
  readonly reused: number;
  /** Replications that failed while the others continued. Estimates exclude them and may be biased. */
  readonly failures: readonly ReplicationFailure[];
  readonly interrupted: boolean;
}

const PROGRESS_INTERVAL = 100;
/** Interval between checks that the batch still exists and this process still owns it [ms]. */
const ATTENDANCE_INTERVAL = 1_000;

/**
 * Runs a batch. While another process runs it, this waits, and does not repeat what that process finished. Throws what
 * every replication would hit: `InputError`, and `EnvironmentError` when files or the store fail, when the store was
 * removed or the batch is no longer the one that was started. Failures of a single replication (a broken invariant, or
 * a dead thread) are stored and reported in the result.
 */
export async function runBatch(request: BatchRequest): Promise<BatchResult> {
  const { batch, stop, confidence, signal } = request;
  const store = new StoreWrites(request);
  let planned = stop.first;
  let run: Run | null = null;
  try {
    await store.claim();
    await prepareToRun(request, store);
    const running = (run = new Run(request, store));
    const report = () => running.guarded(() => request.onProgress(running.progress(planned)));
    const timer = setInterval(report, PROGRESS_INTERVAL);
    const attendance = setInterval(() => running.guarded(() => store.attend()), ATTENDANCE_INTERVAL);
    try {
      for (let from = 0; ;) {
        await store.write(() => batch.plan(planned, confidence));
        await running.stage(from, planned);
        if (batch.failures(planned).length > 0) break;
        const more = stop.more(planned, () => watchedOf(batch, stop, confidence, planned));
        if (more === 0) break;
        from = planned;
        planned += more;
      }
    } finally {
      clearInterval(timer);
      clearInterval(attendance);
    }
  } catch (error) {
    if (!isAbort(error) || !signal.aborted) throw error;
  } finally {
    await run?.end();
    await store.release();
  }
  // Everything reported as stored must be on disk.
  batch.confirm();
  const finished = batch.done(planned);
  return {
    finished,
    planned,
    reused: run?.reused(planned) ?? finished.length,
    failures: batch.failures(planned),
    interrupted: signal.aborted && finished.length < planned,
  };
}

/**
 * Removes from the batch what cannot be reused: damaged replications, or all of them where samples are needed but were
 * pruned.
 */
async function prepareToRun(
  { batch, stop, confidence, onNotice }: BatchRequest,
  store: StoreWrites,
): Promise<void> {
  const damaged = await store.write(() => batch.removeDamaged());
  if (damaged.length > 0) onNotice?.(damagedText(batch, damaged));
  if (!batch.isPruned()) return;
  const { first, most } = stop;
  if (first === most && batch.done(first).length === first && batch.keptEstimates(confidence, first) !== null)
    return;
  onNotice?.(`${batch.name}: its samples were pruned; all its replications are computed anew`);
  await store.write(() => batch.clear());
  await store.claim();
}

/** At most this many replications are listed one by one. */
const MOST_NAMED = 10;

/** A message about replications with damaged records: which they are, and that they are computed again. */
export function damagedText({ name }: StoredBatch, replications: readonly number[]): string {
  const [one, ...others] = replications;
  if (others.length === 0) return `${name}: records of replication ${one} were damaged; it is computed anew`;
  const named = replications.slice(0, MOST_NAMED).join(', ');
  const rest = replications.length - MOST_NAMED;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return `${name}: records of replications ${named}${more} were damaged; they are computed anew`;
}

/** The estimates that a stopping rule watches. */
export function watchedOf(
  batch: StoredBatch,
  { watched }: StoppingRule,
  confidence: number,
  below: number,
): Estimate[] {
  const scopes = [...new Set(watched.map(({ scope }) => scope))];
  const named = (scope: string) => watched.filter((one) => one.scope === scope).map(({ metric }) => metric);
  return scopes.flatMap((scope) => batch.estimatesOf(scope, named(scope), confidence, below));
}

/** How long a task may go on after it was asked to stop, before its thread is terminated [ms]. */
const PATIENCE = 1_000;

/** Worker threads, started when there is work for them. */
export class Threads {
  private readonly threads: number;
  private readonly niceness: number;
  private pool: Piscina<ReplicationTask, TaskOutcome> | null = null;
  /** Resolves when every pool that was ended has no thread left. */
  private ended: Promise<unknown> = Promise.resolve();

  /** @param niceness scheduling priority given up to other threads of the machine, from 0 for none to 19 */
  constructor(threads: number, niceness = 0) {
    this.threads = threads;
    this.niceness = niceness;
  }

  /**
   * Runs a task. On abort, the task stops by itself and returns what it has finished; if it does not respond, every
   * thread is terminated, and the task rejects with an `AbortError`. The signal is not passed to Piscina: it would
   * terminate the one thread, start another in its place, and go on starting threads in a pool that has been destroyed
   * in the meantime, where nothing ends them.
   */
  async run(task: ReplicationTask, signal: AbortSignal): Promise<TaskOutcome> {
    throwIfAborted(signal);
    this.pool ??= new Piscina({
      ...workerFile(),
      minThreads: this.threads,
      maxThreads: this.threads,
      niceIncrement: this.niceness,
    });
    let patience: NodeJS.Timeout | undefined;
    const stop = () => {
      patience = setTimeout(() => void this.end(), PATIENCE);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await this.pool.run(task);
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    } finally {
      clearTimeout(patience);
      signal.removeEventListener('abort', stop);
    }
  }

  /** Ends the threads, and resolves when they are gone. A later task starts new ones. */
  async end(): Promise<void> {
    const { pool } = this;
    this.pool = null;
    if (pool !== null) this.ended = Promise.all([this.ended, pool.destroy()]);
    await this.ended;
  }
}

function throwIfAborted({ aborted }: AbortSignal): void {
  if (aborted) throw new DOMException('the batch was ended', 'AbortError');
}

/** How many threads this many replications keep busy, up to the number allowed. */
export function threadsFor(threads: number | null, replications: number): number {
  return Math.min(threads ?? availableParallelism(), replications);
}

/** Target duration of one task [s]: long compared with its dispatch, short compared with a wait. */
const TASK_SECONDS = 0.1;
/** Tasks queued beyond one for each thread, so that no thread waits while its results are written. */
const TASKS_AHEAD = 1;
/** Estimating for the progress line may take at most one part in this many of the time. */
const PROGRESS_SHARE = 20;
/** After this many failures and no success, the remaining replications are not tried. */
const HOPELESS = 20;

/** The remaining work of a batch, and the threads that do it. */
class Run {
  private readonly request: BatchRequest;
  private readonly store: StoreWrites;
  private readonly threads: number;
  /** Indices that are already stored and are not run again. */
  private readonly there: ReadonlySet<number>;
  /** Simulated share of each replication, by index; written by the threads. */
  private readonly shares: Float64Array;
  /** Its first element is nonzero once threads must stop their work. */
  private readonly stopFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private readonly stopped = new AbortController();
  private readonly signal: AbortSignal;
  /** Why the run was stopped early; `null` if it was not stopped from within. */
  private reason: unknown = null;
  private readonly machine = machineDescription();
  private readonly pool: Threads;
  /** What this run finished, and how long it took in threads [s]. */
  private finished = 0;
  private failed = 0;
  private seconds = 0;
  /** Outcomes not yet on disk, and the promise that resolves when they are. */
  private arrived: TaskOutcome[] = [];
  private kept: Promise<void> | null = null;
  private leastCertain: Estimate | null = null;
  private leastCertainDue = 0;

  constructor(request: BatchRequest, store: StoreWrites) {
    this.request = request;
    this.store = store;
    const { batch, stop, requestsFile } = request;
    const done = batch.done(stop.most).filter((index) => index > 0 || requestsFile === null);
    this.there = new Set(done);
    this.shares = new Float64Array(new SharedArrayBuffer(stop.most * Float64Array.BYTES_PER_ELEMENT));
    for (const index of done) this.shares[index] = 1;
    this.threads = threadsFor(request.threads, stop.most);
    this.pool = request.pool ?? new Threads(this.threads);
    this.signal = AbortSignal.any([request.signal, this.stopped.signal]);
    // Each waiting task listens for the abort.
    setMaxListeners(0, this.signal);
    this.signal.addEventListener('abort', () => Atomics.store(this.stopFlag, 0, 1), { once: true });
  }

  /** How many replications below a bound were already stored. */
  reused(below: number): number {
    return [...this.there].filter((index) => index < below).length;
  }

  /** Runs the replications of an index range that are not stored yet. Rejects when it was ended early. */
  async stage(from: number, to: number): Promise<void> {
    const queue = new TaskQueue(
      Array.from({ length: to - from }, (_, index) => from + index).filter((index) => !this.there.has(index)),
    );
    if (queue.left === 0) return;
    const lines = Array.from({ length: this.threads + TASKS_AHEAD }, () => this.work(queue));
    const failure = (await Promise.allSettled(lines)).filter(({ status }) => status === 'rejected');
    const reasons = failure.map((one) => (one as PromiseRejectedResult).reason as unknown);
    // When one worker loop fails the others are aborted: their errors are not the cause.
    const causes: readonly unknown[] = this.reason === null ? reasons : [this.reason];
    if (causes.length > 0) throw causes[0];
  }

  /** Runs work that the batch cannot continue without: if it fails, everything stops, and `stage` throws the reason. */
  guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.stop(error);
    }
  }

  progress(planned: number): BatchProgress {
    const reused = this.reused(planned);
    const worth = this.shares.subarray(0, planned).reduce((sum, share) => sum + share, 0);
    return {
      finished: reused + this.finished,
      planned,
      reused,
      worth,
      leastCertain: this.leastCertainOf(planned),
    };
  }

  async end(): Promise<void> {
    if (this.request.pool === undefined) await this.pool.end();
  }

  /** Takes one task after another. As many of these loops run concurrently as there are threads, plus one ahead. */
  private async work(queue: TaskQueue): Promise<void> {
    try {
      for (;;) {
        const replications = queue.take(this.taskSize(queue.left));
        if (replications.length === 0) return;
        await this.runTask(replications, queue);
        if (this.failed >= HOPELESS && this.finished === 0 && this.there.size === 0) queue.clear();
      }
    } catch (error) {
      if (!isAbort(error)) this.stop(error);
      throw error;
    }
  }

  private stop(reason: unknown): void {
    this.reason ??= reason;
    this.stopped.abort();
  }

  private taskSize(left: number): number {
    if (this.finished === 0) return 1;
    const wanted = Math.floor((TASK_SECONDS * this.finished) / this.seconds);
    return Math.max(1, Math.min(wanted, Math.ceil(left / (2 * this.threads))));
  }

  private async runTask(replications: readonly number[], queue: TaskQueue): Promise<void> {
    const { hash, seed, byHour, requestsFile } = this.request;
    const { files, plugins = NO_PLUGINS, ...scenario } = this.request.scenario;
    const shared = { progress: this.shares, stop: this.stopFlag, files: files?.held() ?? null };
    const task = {
      scenario,
      hash,
      seed,
      replications,
      byHour,
      requestsFile,
      ...shared,
      plugins: plugins.files,
    };
    let outcome: TaskOutcome;
    try {
      outcome = await this.pool.run(task, this.signal);
    } catch (error) {
      if (isAbort(error)) throw error;
      // A task returns its own failures, so a rejection means that its thread died.
      if (replications.length > 1) {
        queue.giveBackAlone(replications);
        return;
      }
      const message = `its thread died: ${(error as Error).message}`;
      outcome = {
        results: [],
        failures: [{ replication: replications[0]!, failure: 'died', message }],
        obstacle: null,
      };
    }
    const { results, failures, obstacle } = outcome;
    if (results.length + failures.length > 0) await this.keep(outcome);
    this.finished += results.length;
    this.failed += failures.length;
    this.seconds += results.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0);
    throwIfAborted(this.signal);
    if (obstacle === null) return;
    throw obstacle.kind === 'input'
      ? new InputError(obstacle.faults)
      : new EnvironmentError(obstacle.message);
  }

  /** Resolves when an outcome is on disk, in one commit with all others that arrived while the thread was busy. */
  private keep(outcome: TaskOutcome): Promise<void> {
    this.arrived.push(outcome);
    this.kept ??= setImmediate().then(() => {
      const outcomes = this.arrived;
      this.arrived = [];
      this.kept = null;
      const results = outcomes.flatMap((one) => one.results);
      const failures = outcomes.flatMap((one) => one.failures);
      return this.store.write(() => this.request.batch.keep(results, failures, this.machine));
    });
    return this.kept;
  }

  private leastCertainOf(planned: number): Estimate | null {
    const now = performance.now();
    if (now < this.leastCertainDue) return this.leastCertain;
    const { batch, stop, confidence } = this.request;
    const relative = ({ mean, halfWidth }: Estimate) => halfWidth! / Math.abs(mean!);
    this.leastCertain =
      watchedOf(batch, stop, confidence, planned)
        .filter(({ mean, halfWidth }) => mean !== null && mean !== 0 && halfWidth !== null)
        .toSorted((a, b) => relative(b) - relative(a))[0] ?? null;
    this.leastCertainDue =
      performance.now() + PROGRESS_SHARE * Math.max(PROGRESS_INTERVAL, performance.now() - now);
    return this.leastCertain;
  }
}

/** Replications that have to run: first those which run alone, then by index. */
class TaskQueue {
  private readonly indices: readonly number[];
  private readonly alone: number[] = [];
  private next = 0;

  constructor(indices: readonly number[]) {
    this.indices = indices;
  }

  get left(): number {
    return this.alone.length + this.indices.length - this.next;
  }

  take(count: number): readonly number[] {
    const single = this.alone.shift();
    if (single !== undefined) return [single];
    const from = this.next;
    this.next = Math.min(this.indices.length, from + count);
    return this.indices.slice(from, this.next);
  }

  /** Replications of a task whose thread died: run one at a time, they show which of them caused it. */
  giveBackAlone(indices: readonly number[]): void {
    this.alone.push(...indices);
  }

  clear(): void {
    this.alone.length = 0;
    this.next = this.indices.length;
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

const BYTES_PER_GIB = 2 ** 30;

/** A description of this machine, stored with the replications that ran on it. */
function machineDescription(): string {
  const memory = Math.round(totalmem() / BYTES_PER_GIB);
  return `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${memory} GiB, ${platform()} ${release()}, Node ${process.version}`;
}

/** The worker beside this file: the built one, or the source with the loader for it. */
function workerFile(): { readonly filename: string; readonly execArgv: string[] } {
  const built = join(codeFolder(), 'batch/replication-task.js');
  if (existsSync(built)) return { filename: built, execArgv: [...BY_IMPORT] };
  return {
    filename: join(codeFolder(), 'batch/replication-task.ts'),
    // As a URL, so that the loader is found from whatever folder the program is started in.
    execArgv: [...BY_IMPORT, '--import', import.meta.resolve('tsx')],
  };
}
