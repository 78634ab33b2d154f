/**
 * The thread that runs batches: it takes jobs from the store, one after another, and writes what becomes of them. Writing
 * a replication waits for the disk, so the thread that answers requests has no part in it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { resultDocument } from '../batch/result-document.ts';
import { runBatch, Threads } from '../batch/run-batch.ts';
import { exactly, untilPrecise } from '../experiments/precision.ts';
import { runningProgram } from '../files/program.ts';
import { fileNameOf } from '../files/file-name.ts';
import { batchId, outlineOf, SHORT_ID } from '../store/batch-identity.ts';
import type { JobProblem, JobToRun } from '../store/jobs.ts';
import { StoreUnavailable } from '../store/store-errors.ts';
import { Store } from '../store/store.ts';
import type { ReplicationFailure, StoredBatch } from '../store/stored-batch.ts';
import { after } from './long-timer.ts';
import { problemOf, Refusal } from './problems.ts';
import { toldFailure } from './replication-failures.ts';
import type { Limits } from './settings.ts';
import { readUpload } from './uploads.ts';

/** What the thread is started with. */
export interface JobThreadData {
  readonly store: string;
  readonly workers: number;
  readonly limits: Limits;
  readonly out: string | null;
  readonly version: string;
}

/** What the thread is told: there may be a job; one was cancelled; give back what runs and end. */
export type ToJobThread =
  { readonly kind: 'look' } | { readonly kind: 'cancel'; readonly id: string } | { readonly kind: 'end' };

/** What the thread tells: something happened to a batch; a line for the log; the store is gone. */
export type FromJobThread =
  | { readonly kind: 'changed'; readonly id: string }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'lost'; readonly text: string };

/** How often a batch tells how far it is [ms]. */
const PROGRESS_INTERVAL = 500;
/** How often it is tried again what the store could not take, and asked whether the store is there [ms]. */
const ATTEMPT_INTERVAL = 1_000;
const CONFIRM_INTERVAL = 5_000;
/** The store may be held for as long as it is copied, and its disk be full until somebody makes room. */
const PATIENCE = { seconds: Infinity, forRoom: true };

const port = parentPort!;
const { store: path, workers, limits, out, version } = workerData as JobThreadData;
const store = Store.open(path, { patience: 0 });
const program = runningProgram();
const running = new Map<string, AbortController>();
/**
 * Who asks the server waits for its answer, and nobody for a replication: where processors are short a thread that answers
 * gets twice what one of these does (Linux weighs niceness 3 as 526, and 0 as 1,024). Much more, and a batch would stand
 * still beside other programs. Niceness is of a thread on Linux alone; elsewhere it would be of the whole server.
 */
const NICENESS = process.platform === 'linux' ? 3 : 0;
/** Threads that no batch uses: they outlive batches, for to start them takes longer than a small batch. */
const idle: Threads[] = [];
let ending = false;
/** Resolves when no job is being taken: one is taken after another. */
let looking: Promise<void> = Promise.resolve();

const tell = (message: FromJobThread) => port.postMessage(message);

port.on('message', (message: ToJobThread) => {
  if (message.kind === 'cancel') running.get(message.id)?.abort();
  if (message.kind === 'look') look();
  if (message.kind === 'end') {
    ending = true;
    for (const controller of running.values()) controller.abort();
    void endIfIdle();
  }
});

setInterval(() => {
  try {
    store.confirm();
  } catch (error) {
    tell({ kind: 'lost', text: (error as Error).message });
  }
}, CONFIRM_INTERVAL).unref();
await persisted(() => store.jobs.recover());
look();

/**
 * Writes as soon as the store can be written, and says so where that is not at once; nothing while the thread is to end:
 * the next server takes up what is not told as ended.
 */
async function persisted<T>(work: () => T): Promise<T | null> {
  for (let told = false; ;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      if (ending) return null;
      if (!told) tell({ kind: 'log', text: `${error.message}; waiting until it can be written` });
      told = true;
    }
    await setTimeout(ATTEMPT_INTERVAL);
    if (ending) return null;
  }
}

/** Starts jobs while there is room. Nothing is thrown. */
function look(): void {
  looking = looking.then(startJobs).catch((error: unknown) => logged(error));
}

async function startJobs(): Promise<void> {
  while (!ending && running.size < limits.running) {
    // One that was cancelled and asked for again waits until its first run has ended.
    const job = await persisted(() => store.jobs.take([...running.keys()]));
    if (job === null) return;
    const controller = new AbortController();
    running.set(job.id, controller);
    tell({ kind: 'changed', id: job.id });
    void run(job, controller)
      .catch((error: unknown) => logged(error))
      .finally(() => {
        running.delete(job.id);
        tell({ kind: 'changed', id: job.id });
        if (ending) void endIfIdle();
        else look();
      });
    if (ending) controller.abort();
  }
}

function logged(error: unknown): void {
  const { log, problem } = problemOf(error);
  tell({ kind: 'log', text: log ?? problem.detail });
}

async function endIfIdle(): Promise<void> {
  if (running.size > 0) return;
  await Promise.all(idle.map((threads) => threads.end()));
  store.close();
  port.close();
}

/** Runs a job to its end, whatever that is; nothing is thrown. */
async function run(job: JobToRun, controller: AbortController): Promise<void> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1_000;
  let isLate = false;
  const forget = after(Math.max(0, limits.jobSeconds - job.seconds), () => {
    isLate = true;
    controller.abort();
  });
  const threads = idle.pop() ?? new Threads(workers, NICENESS);
  try {
    const batch = batchOf(job);
    const { failures, interrupted, planned } = await runBatch({
      scenario: { path: job.name, text: job.text, overrides: job.overrides },
      hash: store.summary(job.id)!.scenarioHash,
      ...{ seed: job.seed, byHour: job.byHour, level: job.level, batch, workers, threads },
      stop:
        job.precision === null
          ? exactly(job.replications!)
          : untilPrecise({ relative: job.precision, level: job.level }),
      requestsFile: null,
      signal: controller.signal,
      patience: PATIENCE,
      onNotice: (text) => tell({ kind: 'log', text }),
      onProgress: progressOf(job.id),
    });
    if (interrupted && isLate)
      return await end(job, 'failed', seconds(), {
        code: 'time-limit',
        detail: `a batch may run for ${limits.jobSeconds} s; what was finished is kept: ask for fewer replications, or again to go on`,
      });
    // Of a job that was cancelled the store knows already.
    if (interrupted) return await end(job, 'queued', seconds());
    if (failures.length > 0) return await end(job, 'failed', seconds(), failureOf(failures));
    finish(batch, job, planned, seconds());
    await end(job, 'finished', seconds());
  } catch (error) {
    // What could not be written when it was to end goes on with the next server.
    if (error instanceof StoreUnavailable) return await end(job, 'queued', seconds());
    const { problem, log } = problemOf(error);
    if (log !== null) tell({ kind: 'log', text: log });
    await end(job, 'failed', seconds(), { code: problem.code, detail: problem.detail });
  } finally {
    forget();
    idle.push(threads);
  }
}

async function end(
  { id }: JobToRun,
  status: 'finished' | 'failed' | 'queued',
  seconds: number,
  problem: JobProblem | null = null,
): Promise<void> {
  await persisted(() => store.jobs.end(id, status, seconds, problem));
}

/** The batch of a job, which is there; another program than the one that was asked would give other numbers. */
function batchOf({ id, name, text, overrides, seed, byHour }: JobToRun): StoredBatch {
  const { scenario } = readUpload(text, overrides, limits.depth, name);
  const asked = batchId({
    ...{ kind: 'run', seed, byHour, program, outline: outlineOf(scenario, overrides) },
    ...{ text, overrides, resolved: scenario.resolved },
  });
  if (asked === id) return store.read({ id }).batch;
  throw new Refusal(
    409,
    'program-changed',
    'the program was updated while this batch waited, and would give other numbers; submit it again',
  );
}

/**
 * Folds the estimates, so that whoever asks finds them, and writes the document where that was asked for. A document that
 * cannot be written is told in the log: the batch has finished all the same.
 */
function finish(batch: StoredBatch, job: JobToRun, planned: number, wallSeconds: number): void {
  batch.estimates(job.level, batch.end());
  if (out === null) return;
  const { outline } = store.read({ id: job.id });
  const { seed, level, id } = job;
  const run = { version, seed, level, planned, interrupted: false, wallSeconds };
  const document = `${JSON.stringify(resultDocument(outline, batch, run), null, 2)}\n`;
  try {
    writeFileSync(join(out, `${fileNameOf(outline.name)}-${id.slice(0, SHORT_ID)}.json`), document);
  } catch (error) {
    tell({ kind: 'log', text: `the document of batch ${id} cannot be written: ${(error as Error).message}` });
  }
}

/** Writes how far a batch is, when it is further and some time has passed. */
function progressOf(id: string): (progress: { readonly finished: number; readonly planned: number }) => void {
  let due = performance.now() + PROGRESS_INTERVAL;
  let told = -1;
  return ({ finished, planned }) => {
    if (performance.now() < due || finished === told) return;
    due = performance.now() + PROGRESS_INTERVAL;
    told = finished;
    try {
      store.jobs.progress(id, { finished, planned });
    } catch (error) {
      // It is told the next time.
      if (!(error instanceof StoreUnavailable)) throw error;
    }
    tell({ kind: 'changed', id });
  };
}

function failureOf(failures: readonly ReplicationFailure[]): JobProblem {
  const [first] = failures as [ReplicationFailure];
  if (first.failure !== 'invariant') tell({ kind: 'log', text: first.message });
  const { code, detail } = toldFailure(first);
  return {
    code,
    detail: `${failures.length} replications failed; replication ${first.replication}: ${detail}`,
  };
}
