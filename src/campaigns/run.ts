/** `run`: one scenario, replicated, as the JSON document of its estimates. */
import { runBatch, type BatchProgress, type BatchResult } from '../batch/run-batch.ts';
import { resultDocument, type ResultDocument } from '../batch/result-document.ts';
import { EnvironmentError, InvariantError } from '../errors.ts';
import { DEFAULT_REPLICATIONS, MOST_ASKED_REPLICATIONS } from '../experiments/default-replications.ts';
import { exactly, untilPrecise, type PrecisionTarget } from '../experiments/precision.ts';
import { shippedCatalog } from '../files/catalog-files.ts';
import { runningProgram } from '../files/program.ts';
import { loadScenario } from '../files/scenario-files.ts';
import { NO_PLUGINS, type Plugins } from '../plugins/plugins.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { outlineOf, type ScenarioOutline } from '../store/batch-identity.ts';
import type { ReplicationFailure, StoredBatch } from '../store/stored-batch.ts';
import { storedBatch } from './batches.ts';
import { checkCount, refusal } from './campaign.ts';
import { requireMetrics } from './chosen-metrics.ts';
import { CampaignInterrupted } from './context.ts';
import { openForJob } from './open-store.ts';
import { scenarioRequest } from './scenario-request.ts';
import { withPilotWarmUp, type WarmUpReport } from './pilot-warm-up.ts';
import { precisionReport, targetOf, type PrecisionReport } from './precision-report.ts';

/** The JSON document of `run`: its estimates, and what a precision or a warm-up rule adds where one was given. */
export interface RunDocument extends ResultDocument {
  readonly precision?: PrecisionReport;
  readonly warmUp?: WarmUpReport;
}

/** How `run` runs a scenario. Everything has a default. */
export interface RunOptions {
  /** Independent replications; 6 by default. */
  readonly replications?: number;
  /** Adds replications until the relative half-width of the watched metrics is at most this, such as 0.02. */
  readonly precision?: number;
  /** The metrics that the precision watches, such as `tier:paid/ttft.p99`; the headline metrics by default. */
  readonly metrics?: readonly string[];
  /** The most replications that a precision may take; 400 by default. */
  readonly maxReplications?: number;
  /** Names the streams of random numbers; `1` by default. */
  readonly seed?: string;
  /** Values to replace in the scenario, each `PATH=VALUE`. */
  readonly set?: readonly string[];
  /** Strategies and metrics of your own, as `loadPlugins` resolves to. */
  readonly plugins?: Plugins;
  /** Lengthens the warm-up to where pilot replications have settled. */
  readonly warmUp?: 'mser5';
  /** Confidence of the intervals; 0.95 by default. */
  readonly confidence?: number;
  /** Also estimates by clock hour of the window (scopes `hour:0`, `hour:1`, …). */
  readonly byHour?: boolean;
  /** Worker threads; all cores by default. */
  readonly threads?: number;
  /** The SQLite file in which replications are kept and found again. Nothing is kept without it. */
  readonly store?: string;
  /** Ends the run early. What was finished makes the document, which then says `interrupted`. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: BatchProgress) => void;
  /** Called with what the caller should know, such as that another process holds the store. */
  readonly onNotice?: (text: string) => void;
}

/**
 * Runs a scenario and resolves to what `fleetyield run --json` prints. The scenario is the path of a file, the name of a
 * shipped scenario, or the scenario itself, as a user would write it. Keeps nothing unless `store` is given.
 *
 * Throws `InputError` for a scenario or an option that is invalid, `EnvironmentError` where the machine fails,
 * `InvariantError` for a bug of the program, and `CampaignInterrupted` where it was ended before a replication was
 * finished.
 *
 * @example
 * const { estimates } = await run('erlang-c', { replications: 20, set: ['horizon.duration=1h'] });
 */
export async function run(scenario: string | ScenarioInput, options: RunOptions = {}): Promise<RunDocument> {
  const startedAt = performance.now();
  const { seed = '1', confidence = 0.95, byHour = false, threads = null, store: path = null } = options;
  checkOptions(options);
  const target = targetOf({ ...options, confidence, metric: options.metrics ?? [] });
  const catalog = shippedCatalog();
  const given = scenarioRequest(scenario, {
    overrides: options.set ?? [],
    plugins: options.plugins ?? NO_PLUGINS,
  });
  const written = { request: given, scenario: loadScenario(given, catalog) };
  requireMetrics(target?.metrics ?? null, written.scenario, byHour);
  const warmed = options.warmUp === undefined ? null : withPilotWarmUp(written, seed, catalog);
  const one = warmed ?? written;
  const stop = target === null ? exactly(options.replications ?? DEFAULT_REPLICATIONS) : untilPrecise(target);
  const onNotice = options.onNotice ?? (() => undefined);
  const store = openForJob(
    path,
    { expected: [{ ...one, replications: stop.first }], seed, byHour, threads },
    { onNotice },
  );
  try {
    const batch = storedBatch(store, one.scenario, one.request, { seed, byHour }, onNotice);
    const result = await runBatch({
      scenario: one.request,
      hash: one.scenario.hash,
      seed,
      batch,
      stop,
      confidence,
      threads,
      byHour,
      requestsFile: null,
      signal: options.signal ?? new AbortController().signal,
      onNotice,
      onProgress: (progress) => options.onProgress?.(progress),
    });
    if (result.failures.length > 0) throw failureOf([{ name: one.scenario.name, ...result }]);
    if (result.finished.length === 0) throw new CampaignInterrupted(0, 1);
    const wallSeconds = (performance.now() - startedAt) / 1_000;
    return runDocument(outlineOf(one.scenario, one.request.overrides), batch, result, {
      seed,
      confidence,
      target,
      warmUp: warmed?.warmUp ?? null,
      wallSeconds,
    });
  } finally {
    store.close();
  }
}

/** The document of a batch of which at least one replication is finished. */
export function runDocument(
  outline: ScenarioOutline,
  batch: StoredBatch,
  { planned, interrupted }: Pick<BatchResult, 'planned' | 'interrupted'>,
  run: {
    readonly seed: string;
    readonly confidence: number;
    readonly target: Required<PrecisionTarget> | null;
    readonly warmUp: WarmUpReport | null;
    readonly wallSeconds: number;
  },
): RunDocument {
  const { seed, confidence, target, warmUp, wallSeconds } = run;
  const { version } = runningProgram();
  return {
    ...resultDocument(outline, batch, { version, seed, confidence, planned, interrupted, wallSeconds }),
    ...(target === null ? {} : { precision: precisionReport(target, batch, planned) }),
    ...(warmUp === null ? {} : { warmUp }),
  };
}

/** A batch that has no result, because some of its replications failed. */
export interface FailedBatch {
  readonly name: string;
  readonly finished: readonly number[];
  readonly failures: readonly ReplicationFailure[];
}

/** Failures shown for each batch; all of them are in the store. */
const FAILURES_SHOWN = 3;

/** All failures as one error: a bug in the program when any of them is one. */
export function failureOf(failed: readonly FailedBatch[]): Error {
  const lines = failed.flatMap(({ name, finished, failures }) => [
    `${name}: ${failures.length} replications failed, ${finished.length} were finished; there is no result`,
    ...failures
      .slice(0, FAILURES_SHOWN)
      // Audit failures span several lines.
      .flatMap(({ replication, message }) => `  replication ${replication}: ${message}`.split('\n')),
  ]);
  const died = failed.every(({ failures }) => failures.every(({ failure }) => failure === 'died'));
  return died ? new EnvironmentError(lines) : new InvariantError(lines);
}

/** What the command line checks as it reads its options. */
function checkOptions({
  replications,
  precision,
  maxReplications,
  seed,
  confidence,
  threads,
}: RunOptions): void {
  const share = { precision, confidence };
  for (const [name, value] of Object.entries(share))
    if (value !== undefined && !(value > 0 && value < 1))
      throw refusal(name, `${value} is out of range; expected a number between 0 and 1`);
  const counts = { replications, maxReplications, threads };
  for (const [name, value] of Object.entries(counts)) checkCount(name, value);
  if (replications !== undefined && replications > MOST_ASKED_REPLICATIONS)
    throw refusal(
      'replications',
      `${replications} is more than ${MOST_ASKED_REPLICATIONS}; give a precision instead`,
    );
  if (seed?.trim() === '') throw refusal('seed', 'is empty; expected some text, such as 1');
  if (replications !== undefined && precision !== undefined)
    throw refusal('replications', 'is decided by precision where that is given; give one of them');
}
