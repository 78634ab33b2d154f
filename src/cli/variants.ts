/** Runs several scenarios one after another with the same seed and replications, as comparisons require. */
import { runBatch, Threads, threadsFor } from '../batch/run-batch.ts';
import type { VariantRequest } from '../campaigns/variants.ts';
import { EnvironmentError, InvariantError } from '../errors.ts';
import { DEFAULT_REPLICATIONS } from '../experiments/default-replications.ts';
import { exactly } from '../experiments/precision.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { costOfReplication } from '../simulation/cost.ts';
import { titleOf } from '../store/changes.ts';
import type { Store } from '../store/store.ts';
import type { StoredBatch } from '../store/stored-batch.ts';
import { openFor, partsOf, printEstimate, type ExpectedBatch, type ExpectedPart } from './job-estimate.ts';
import { JobProgress } from './progress.ts';
import { batchOf } from './stores.ts';
import { notice } from './terminal.ts';

export interface VariantOptions {
  readonly replications: number;
  readonly seed: string;
  readonly threads?: number | undefined;
  readonly confidence: number;
  /** The file that results are stored in; `false` for none. */
  readonly store: string | false;
  readonly quiet?: boolean | undefined;
  readonly byHour: boolean;
}

export interface Variant {
  readonly scenario: Scenario;
  readonly batch: StoredBatch;
  /** Indices of its replications, the same for all. */
  readonly replications: readonly number[];
}

/** The exit code of an interrupted comparison: the unfinished side would not be comparable. */
export const EXIT_INTERRUPTED = 130;

/** The batches of one job, run one after another through one store and the same threads. */
export class VariantRuns {
  private readonly store: Store;
  private readonly options: VariantOptions;
  private readonly signal: AbortSignal;
  private readonly pool: Threads;
  private progress: JobProgress | null = null;

  constructor(store: Store, options: VariantOptions, signal: AbortSignal) {
    this.store = store;
    this.options = options;
    this.signal = signal;
    this.pool = new Threads(threadsFor(options.threads ?? null, options.replications));
  }

  /** Sets the batches that are expected from here on, for progress. */
  plan(batches: readonly ExpectedBatch[]): readonly ExpectedPart[] {
    const parts = partsOf(batches, this.store, this.options);
    const timed = parts.map(({ replications, there, cell }) => ({
      ...{ there, replications: replications + there },
      seconds: costOfReplication(cell).seconds,
    }));
    this.progress = new JobProgress(timed, this.options.quiet ?? false);
    return parts;
  }

  /**
   * Like `plan`, for more batches than were expected at first; prints an estimate if they take long. Throws
   * `InputError` for a job that cannot end.
   */
  expect(batches: readonly ExpectedBatch[]): void {
    const { threads = null, store, quiet = false } = this.options;
    printEstimate(this.plan(batches), threads, store === false ? null : this.store.path, quiet);
  }

  /**
   * Runs every scenario up to a number of replications; stored ones are not run again. `null` when it was interrupted.
   */
  async run(requests: readonly VariantRequest[], replications: number): Promise<readonly Variant[] | null> {
    const variants: Variant[] = [];
    for (const one of requests) {
      const variant = await this.runOne(one, replications);
      if (variant === null) return null;
      variants.push(variant);
    }
    return variants;
  }

  async end(): Promise<void> {
    this.progress?.stop();
    await this.pool.end();
  }

  private async runOne({ scenario, request }: VariantRequest, replications: number): Promise<Variant | null> {
    const { store, options, signal, pool } = this;
    const progress = this.progress!;
    const { done, count } = progress;
    const batch = batchOf(store, scenario, request, options);
    progress.begin(titleOf({ name: scenario.name, changes: request.overrides }));
    const { finished, failures, interrupted } = await runBatch({
      ...{ scenario: request, hash: scenario.hash, batch, requestsFile: null },
      ...{ seed: options.seed, confidence: options.confidence, byHour: options.byHour },
      stop: exactly(replications),
      threads: options.threads ?? null,
      pool,
      signal,
      onNotice: notice,
      onProgress: (state) => progress.update(state),
    });
    if (interrupted) {
      progress.stop();
      const onwards = options.store === false ? '' : '; the same command goes on from there';
      notice(`interrupted: ${done} of ${count} scenarios were finished, nothing to compare${onwards}`);
      return null;
    }
    const [first] = failures;
    if (first !== undefined) {
      const lines =
        `${scenario.name}: ${failures.length} replications failed; replication ${first.replication}: ${first.message}`.split(
          '\n',
        );
      throw first.failure === 'died' ? new EnvironmentError(lines) : new InvariantError(lines);
    }
    return { scenario, batch, replications: finished };
  }
}

/**
 * Opens the store and starts the threads for a job, and closes them in every case. `null` when it was interrupted.
 * Throws what reading or running throws, and what kept a replication from a result.
 */
export async function withRuns<T>(
  expected: readonly ExpectedBatch[],
  options: VariantOptions,
  work: (runs: VariantRuns) => Promise<T | null>,
): Promise<T | null> {
  const { quiet = false } = options;
  const store = openFor(expected, options, (text) => quiet || notice(text));
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const runs = new VariantRuns(store, options, interrupt.signal);
  if (options.replications === 1 && !quiet)
    notice(
      `1 replication of each: there are no intervals; --replications ${DEFAULT_REPLICATIONS} gives some`,
    );
  try {
    runs.plan(expected);
    return await work(runs);
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    await runs.end();
    store.close();
  }
}

/** Runs every scenario, and passes all of them to `work` after the last is done. Otherwise like `withRuns`. */
export async function withVariants<T>(
  requests: readonly VariantRequest[],
  options: VariantOptions,
  work: (variants: readonly Variant[]) => T,
): Promise<T | null> {
  const { replications } = options;
  const expected = requests.map((one) => ({ ...one, replications }));
  return withRuns(expected, options, async (runs) => {
    const variants = await runs.run(requests, replications);
    return variants === null ? null : work(variants);
  });
}
