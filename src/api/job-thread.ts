/**
 * The thread that runs batches: it takes jobs from the store, one after another, and writes what becomes of them. Writing
 * a replication waits for the disk, so the thread that answers requests has no part in it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { resultDocument } from '../batch/result-document.ts';
import { runBatch, Threads } from '../batch/run-batch.ts';
import { exactly, untilPrecise } from '../experiments/precision.ts';
import { runningProgram } from '../files/program.ts';
import { outlineOf } from '../store/batch-identity.ts';
import type { JobProblem, JobToRun } from '../store/jobs.ts';
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

/** What the thread tells: something happened to a batch; a line for the log. */
export type FromJobThread =
  { readonly kind: 'changed'; readonly id: string } | { readonly kind: 'log'; readonly text: string };

/** How often a batch tells how far it is [ms]. */
const PROGRESS_INTERVAL = 500;

const port = parentPort!;
const { store: path, workers, limits, out, version } = workerData as JobThreadData;
const store = Store.open(path);
const program = runningProgram();
const running = new Map<string, AbortController>();
/** Threads that no batch uses: they outlive batches, for to start them takes longer than a small batch. */
const idle: Threads[] = [];
let ending = false;

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

store.jobs.recover();
look();

/** Starts jobs while there is room. */
function look(): void {
  while (!ending && running.size < limits.running) {
    // One that was cancelled and asked for again waits until its first run has ended.
    const job = store.jobs.take([...running.keys()]);
    if (job === null) return;
    const controller = new AbortController();
    running.set(job.id, controller);
    tell({ kind: 'changed', id: job.id });
    void run(job, controller).finally(() => {
      running.delete(job.id);
      tell({ kind: 'changed', id: job.id });
      if (ending) void endIfIdle();
      else look();
    });
  }
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
  const threads = idle.pop() ?? new Threads(workers);
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
      onProgress: progressOf(job.id),
    });
    if (interrupted && isLate)
      return end(job, 'failed', seconds(), {
        code: 'time-limit',
        detail: `a batch may run for ${limits.jobSeconds} s; what was finished is kept: ask for fewer replications, or again to go on`,
      });
    // Of a job that was cancelled the store knows already.
    if (interrupted) return end(job, 'queued', seconds());
    if (failures.length > 0) return end(job, 'failed', seconds(), failureOf(failures));
    finish(batch, job, planned, seconds());
    end(job, 'finished', seconds());
  } catch (error) {
    const { problem, log } = problemOf(error);
    if (log !== null) tell({ kind: 'log', text: log });
    end(job, 'failed', seconds(), { code: problem.code, detail: problem.detail });
  } finally {
    forget();
    idle.push(threads);
  }
}

function end(
  { id }: JobToRun,
  status: 'finished' | 'failed' | 'queued',
  seconds: number,
  problem: JobProblem | null = null,
): void {
  store.jobs.end(id, status, seconds, problem);
}

/** The batch of a job; another program than the one that was asked would give other numbers. */
function batchOf({ id, name, text, overrides, seed, byHour }: JobToRun): StoredBatch {
  const { scenario } = readUpload(text, overrides, limits.depth, name);
  const batch = store.batch({
    ...{ kind: 'run', seed, byHour, program, outline: outlineOf(scenario, overrides) },
    ...{ text, overrides, resolved: scenario.resolved },
  });
  if (batch.id === id) return batch;
  store.delete(batch, 'keep');
  throw new Refusal(
    409,
    'program-changed',
    'the program was updated while this batch waited, and would give other numbers; submit it again',
  );
}

/** Folds the estimates, so that whoever asks finds them, and writes the document where that was asked for. */
function finish(batch: StoredBatch, job: JobToRun, planned: number, wallSeconds: number): void {
  batch.estimates(job.level, batch.end());
  if (out === null) return;
  const { outline } = store.read({ id: job.id });
  const { seed, level, id } = job;
  const run = { version, seed, level, planned, interrupted: false, wallSeconds };
  const name = `${outline.name.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}-${id.slice(0, 12)}.json`;
  writeFileSync(join(out, name), `${JSON.stringify(resultDocument(outline, batch, run), null, 2)}\n`);
}

/** Writes how far a batch is, when it is further and some time has passed. */
function progressOf(id: string): (progress: { readonly finished: number; readonly planned: number }) => void {
  let due = performance.now() + PROGRESS_INTERVAL;
  let told = -1;
  return ({ finished, planned }) => {
    if (performance.now() < due || finished === told) return;
    due = performance.now() + PROGRESS_INTERVAL;
    told = finished;
    store.jobs.progress(id, { finished, planned });
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
