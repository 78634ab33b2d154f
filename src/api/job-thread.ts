/**
 * The thread that runs batches: it takes jobs from the store, one after another, and records their outcomes. Writing a
 * replication waits for the disk, so the thread that answers requests takes no part in it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { descriptionOf } from '../campaigns/batches.ts';
import { CampaignInterrupted } from '../campaigns/context.ts';
import { resultDocument } from '../batch/result-document.ts';
import { runBatch, Threads } from '../batch/run-batch.ts';
import { exactly, untilPrecise } from '../experiments/precision.ts';
import { runningProgram } from '../files/program.ts';
import { fileNameOf } from '../files/file-name.ts';
import { batchId, SHORT_ID } from '../store/batch-identity.ts';
import { campaignId } from '../store/campaign-identity.ts';
import type { JobToRun } from '../store/jobs.ts';
import type { JobProblem, Progress } from '../store/life-cycle.ts';
import type { CampaignState } from '../store/stored-campaigns.ts';
import { StoreUnavailable } from '../store/store-errors.ts';
import { Store } from '../store/store.ts';
import type { ReplicationFailure, StoredBatch } from '../store/stored-batch.ts';
import { readStoredCampaign } from './campaign-requests.ts';
import { fitsInto, LONGEST_DOCUMENT } from './json-pieces.ts';
import { after } from './long-timer.ts';
import { problemOf, Refusal } from './problems.ts';
import { publicFailure } from './replication-failures.ts';
import type { Limits } from './settings.ts';
import { operatorsPlugins, readUpload, useOperatorsPlugins } from './uploads.ts';

/** What the thread is started with. */
export interface JobThreadData {
  readonly store: string;
  readonly threads: number;
  /** Files of the operator's plugins. */
  readonly plugins: readonly string[];
  readonly limits: Limits;
  readonly out: string | null;
  readonly version: string;
}

/** Messages to the thread: there may be a job; one was cancelled; return what runs to the queue and end. */
export type ToJobThread =
  { readonly kind: 'look' } | { readonly kind: 'cancel'; readonly id: string } | { readonly kind: 'end' };

/** Messages from the thread: something happened to a batch; a line for the log; the store is gone. */
export type FromJobThread =
  | { readonly kind: 'changed'; readonly id: string }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'lost'; readonly text: string };

/** How often a batch reports its progress [ms]. */
const PROGRESS_INTERVAL = 500;
/** How often a failed write is retried, and the presence of the store checked [ms]. */
const ATTEMPT_INTERVAL = 1_000;
const CONFIRM_INTERVAL = 5_000;
/** The store may be locked for as long as it takes to copy, and its disk full until someone frees space. */
const PATIENCE = { seconds: Infinity, forRoom: true };

const port = parentPort!;
const { store: path, threads, limits, out, version, plugins } = workerData as JobThreadData;
await useOperatorsPlugins(plugins);
const store = Store.open(path, { patience: 0 });
// Read at once: files may be replaced while the server runs.
runningProgram();
const running = new Map<string, AbortController>();
/**
 * Callers wait for the answers of the server, but not for a replication: where processors are scarce a thread that
 * answers gets twice the share of one of these (Linux weighs niceness 3 as 526, and 0 as 1,024). With a much higher
 * niceness a batch would make no progress beside other programs. Niceness applies to a single thread on Linux only;
 * elsewhere it would apply to the whole server.
 */
const NICENESS = process.platform === 'linux' ? 3 : 0;
/** Threads not used by any batch: they outlive batches, because starting them takes longer than a small batch. */
const idle: Threads[] = [];
let ending = false;
let isTurnOfCampaigns = false;
/** Resolves when no job is being taken; jobs are taken one after another. */
let looking: Promise<void> = Promise.resolve();

const post = (message: FromJobThread) => port.postMessage(message);

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
    post({ kind: 'lost', text: (error as Error).message });
  }
}, CONFIRM_INTERVAL).unref();
await persisted(() => {
  store.jobs.recover();
  store.campaigns.recover();
});
look();

/**
 * Runs a write as soon as the store can be written, and logs the wait if that is not at once. Does nothing once the
 * thread is to end: the next server resumes every job that is not recorded as ended.
 */
async function persisted<T>(work: () => T): Promise<T | null> {
  for (let isReported = false; ;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      if (ending) return null;
      if (!isReported) post({ kind: 'log', text: `${error.message}; waiting until it can be written` });
      isReported = true;
    }
    await setTimeout(ATTEMPT_INTERVAL);
    if (ending) return null;
  }
}

/** Starts jobs while there is room. Never throws. */
function look(): void {
  looking = looking.then(startJobs).catch((error: unknown) => logged(error));
}

async function startJobs(): Promise<void> {
  while (!ending && running.size < limits.running) {
    const work = await persisted(nextWork);
    if (work === null) return;
    const { id } = work;
    const controller = new AbortController();
    running.set(id, controller);
    post({ kind: 'changed', id });
    void run(work, controller)
      .catch((error: unknown) => logged(error))
      .finally(() => {
        running.delete(id);
        post({ kind: 'changed', id });
        if (ending) void endIfIdle();
        else look();
      });
    if (ending) controller.abort();
  }
}

/** What is run next: batches and campaigns that wait take turns. */
function nextWork(): Work | null {
  // What was cancelled and resubmitted waits until its first run has ended.
  const except = [...running.keys()];
  const kinds = [
    () => {
      const job = store.jobs.take(except);
      return job === null ? null : batchWork(job);
    },
    () => {
      const state = store.campaigns.take(except);
      return state === null ? null : campaignWork(state);
    },
  ];
  const [first, second] = (isTurnOfCampaigns ? kinds.toReversed() : kinds) as [
    () => Work | null,
    () => Work | null,
  ];
  isTurnOfCampaigns = !isTurnOfCampaigns;
  return first() ?? second();
}

function logged(error: unknown): void {
  const { log, problem } = problemOf(error);
  post({ kind: 'log', text: log ?? problem.detail });
}

async function endIfIdle(): Promise<void> {
  if (running.size > 0) return;
  await Promise.all(idle.map((threads) => threads.end()));
  store.close();
  port.close();
}

/** Something that runs: the job of a batch, or a campaign. */
interface Work {
  readonly id: string;
  readonly noun: 'batch' | 'campaign';
  /** How long it has run before, on all servers [s]. */
  readonly seconds: number;
  /** Runs it, and returns why it failed, or `null`; its result is then in the store. */
  execute(running: Running): Promise<JobProblem | 'interrupted' | null>;
  end(status: 'finished' | 'failed' | 'queued', seconds: number, problem: JobProblem | null): void;
}

interface Running {
  readonly signal: AbortSignal;
  readonly pool: Threads;
  /** How long it has run so far [s]. */
  seconds(): number;
}

/** Runs something to its end, whatever the outcome; never throws. */
async function run(work: Work, controller: AbortController): Promise<void> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1_000;
  const end = (status: 'finished' | 'failed' | 'queued', problem: JobProblem | null = null) =>
    persisted(() => work.end(status, seconds(), problem));
  let isLate = false;
  const forget = after(Math.max(0, limits.jobSeconds - work.seconds), () => {
    isLate = true;
    controller.abort();
  });
  const pool = idle.pop() ?? new Threads(threads, NICENESS);
  try {
    const outcome = await work.execute({ signal: controller.signal, pool, seconds });
    // If it was cancelled, the store has already recorded it.
    if (outcome === 'interrupted')
      await (isLate
        ? end('failed', {
            code: 'time-limit',
            detail: `a ${work.noun} may run for ${limits.jobSeconds} s; what was finished is kept: ask for fewer replications, or the same again to resume`,
          })
        : end('queued'));
    else await (outcome === null ? end('finished') : end('failed', outcome));
  } catch (error) {
    // What could not write its end continues with the next server.
    if (error instanceof StoreUnavailable) return void (await end('queued'));
    const { problem, log } = problemOf(error);
    if (log !== null) post({ kind: 'log', text: log });
    await end('failed', { code: problem.code, detail: problem.detail });
  } finally {
    forget();
    idle.push(pool);
  }
}

const batchWork = (job: JobToRun): Work => ({
  id: job.id,
  noun: 'batch',
  seconds: job.seconds,
  end: (status, seconds, problem) => store.jobs.end(job.id, status, seconds, problem),
  execute: async ({ signal, pool, seconds }) => {
    const batch = batchOf(job);
    const { failures, interrupted, planned } = await runBatch({
      scenario: { path: job.name, text: job.text, overrides: job.overrides, plugins: operatorsPlugins() },
      hash: store.summary(job.id)!.scenarioHash,
      seed: job.seed,
      byHour: job.byHour,
      confidence: job.confidence,
      batch,
      threads,
      pool,
      stop:
        job.precision === null
          ? exactly(job.replications!)
          : untilPrecise({ relative: job.precision, confidence: job.confidence }),
      requestsFile: null,
      signal,
      patience: PATIENCE,
      onNotice: (text) => post({ kind: 'log', text }),
      onProgress: progressOf(job.id, store.jobs),
    });
    if (interrupted) return 'interrupted';
    if (failures.length > 0) return failureOf(failures);
    finish(batch, job, planned, seconds());
    return null;
  },
});

const campaignWork = ({ id, seconds: before }: CampaignState): Work => ({
  id,
  noun: 'campaign',
  seconds: before,
  end: (status, seconds, problem) => store.campaigns.end(id, status, seconds, problem),
  execute: async ({ signal, pool, seconds }) => {
    const asked = store.campaigns.request(id);
    if (campaignId(asked, runningProgram(), operatorsPlugins().files) !== id)
      throw programChanged('campaign');
    let failure: JobProblem | null = null;
    let reached: Progress = { finished: 0, planned: 0 };
    const report = progressOf(id, store.campaigns);
    try {
      const document = await readStoredCampaign(asked).run({
        store,
        signal,
        threads,
        pool,
        patience: PATIENCE,
        onNotice: (text) => post({ kind: 'log', text }),
        onProgress: (progress) => {
          reached = progress;
          report(progress);
        },
        onFailures: (failures) => {
          failure = failureOf(failures);
        },
      });
      if (!fitsInto({ ...document }, LONGEST_DOCUMENT))
        return {
          code: 'answer-too-long',
          detail: `the document would have more than ${LONGEST_DOCUMENT / 2 ** 20} MiB; name metrics, or ask for fewer points`,
        };
      if (out !== null) {
        const { kind, scenarios } = asked;
        writeDocument(out, `${kind}-${fileNameOf(scenarios[0]!.name)}`, `campaign ${id}`, id, document);
      }
      await persisted(() => store.campaigns.finish(id, document, seconds(), reached));
      return null;
    } catch (error) {
      if (error instanceof CampaignInterrupted) return 'interrupted';
      if (failure !== null) return failure;
      throw error;
    }
  },
});

/**
 * The batch of a job, which is in the store. Throws if the program has changed since it was submitted: another program
 * would give other numbers.
 */
function batchOf({ id, name, text, overrides, seed, byHour }: JobToRun): StoredBatch {
  const { scenario, request } = readUpload(text, overrides, limits.depth, name);
  const asked = batchId(descriptionOf(scenario, request, { seed, byHour }));
  if (asked === id) return store.read({ id }).batch;
  throw programChanged('batch');
}

const programChanged = (noun: Work['noun']): Refusal =>
  new Refusal(
    409,
    'program-changed',
    `the program was updated while this ${noun} waited, and would give other numbers; submit it again`,
  );

/** Folds the estimates in advance, so that they are ready when requested, and writes the document if one is asked for. */
function finish(batch: StoredBatch, job: JobToRun, planned: number, wallSeconds: number): void {
  batch.estimates(job.confidence, batch.end());
  if (out === null) return;
  const { outline } = store.read({ id: job.id });
  const { seed, confidence, id } = job;
  const run = { version, seed, confidence, planned, interrupted: false, wallSeconds };
  writeDocument(out, fileNameOf(outline.name), `batch ${id}`, id, resultDocument(outline, batch, run));
}

/** Writes a document that was asked for. One that cannot be written is only logged: its work is done all the same. */
function writeDocument(folder: string, name: string, what: string, id: string, document: object): void {
  try {
    writeFileSync(
      join(folder, `${name}-${id.slice(0, SHORT_ID)}.json`),
      `${JSON.stringify(document, null, 2)}\n`,
    );
  } catch (error) {
    post({ kind: 'log', text: `the document of ${what} cannot be written: ${(error as Error).message}` });
  }
}

/** Writes the progress of something, when it has advanced and some time has passed. */
function progressOf(
  id: string,
  to: { progress(id: string, progress: Progress): void },
): (progress: Progress) => void {
  let due = performance.now() + PROGRESS_INTERVAL;
  let reported = -1;
  return ({ finished, planned }) => {
    if (performance.now() < due || finished === reported) return;
    due = performance.now() + PROGRESS_INTERVAL;
    reported = finished;
    try {
      to.progress(id, { finished, planned });
    } catch (error) {
      // It is reported the next time.
      if (!(error instanceof StoreUnavailable)) throw error;
    }
    post({ kind: 'changed', id });
  };
}

function failureOf(failures: readonly ReplicationFailure[]): JobProblem {
  const [first] = failures as [ReplicationFailure];
  if (first.failure !== 'invariant') post({ kind: 'log', text: first.message });
  const { code, detail } = publicFailure(first);
  return {
    code,
    detail: `${failures.length} replications failed; replication ${first.replication}: ${detail}`,
  };
}
