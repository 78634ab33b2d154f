/** Several scenarios run one after another with the same seed and replications, as comparisons need them. */
import { runBatch, Threads, threadsFor } from '../batch/run-batch.ts';
import { EnvironmentError, InvariantError } from '../errors.ts';
import { exactly } from '../experiments/precision.ts';
import type { ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { StoredBatch } from '../store/stored-batch.ts';
import { Progress } from './progress.ts';
import { batchOf, openStore } from './stores.ts';

export interface VariantOptions {
  readonly replications: number;
  readonly seed: string;
  readonly workers?: number | undefined;
  readonly level: number;
  /** The file in which results are kept; `false` for none. */
  readonly store: string | false;
  readonly quiet?: boolean | undefined;
  readonly byHour: boolean;
}

/** A scenario and how it was asked for. */
export interface VariantRequest {
  readonly request: ScenarioRequest;
  readonly scenario: Scenario;
}

export interface Variant {
  readonly scenario: Scenario;
  readonly batch: StoredBatch;
  /** Indices of its replications, the same for all. */
  readonly replications: readonly number[];
}

/** What an interrupted comparison exits with: the unfinished side would not be comparable. */
export const EXIT_INTERRUPTED = 130;

/**
 * Runs every scenario, and hands all of them over when the last is done; what is in the store is not run again. `null`
 * when it was interrupted. Throws what reading or running throws, and what kept a replication from a result.
 */
export async function withVariants<T>(
  requests: readonly VariantRequest[],
  options: VariantOptions,
  work: (variants: readonly Variant[]) => T,
): Promise<T | null> {
  const { quiet = false } = options;
  const store = openStore(options.store, (text) => quiet || process.stderr.write(`${text}\n`));
  const threads = new Threads(threadsFor(options.workers ?? null, options.replications));
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    const variants: Variant[] = [];
    for (const [index, { scenario, request }] of requests.entries()) {
      const progress = new Progress(`${index + 1} of ${requests.length}: ${scenario.name}`, quiet);
      const batch = batchOf(store, scenario, request, options);
      const { finished, failures, interrupted } = await runBatch({
        ...{ scenario: request, hash: scenario.hash, batch, requestsFile: null },
        ...{ seed: options.seed, level: options.level, byHour: options.byHour },
        stop: exactly(options.replications),
        workers: options.workers ?? null,
        threads,
        signal: interrupt.signal,
        onProgress: (state) => progress.update(state),
      }).finally(() => progress.stop());
      if (interrupted) {
        const onwards = options.store === false ? '' : '; the same command goes on from there';
        process.stderr.write(
          `interrupted: ${index} of ${requests.length} scenarios were finished, nothing to compare${onwards}\n`,
        );
        return null;
      }
      const [first] = failures;
      if (first !== undefined) {
        const message = `${scenario.name}: ${failures.length} replications failed; replication ${first.replication}: ${first.message}`;
        throw first.failure === 'died' ? new EnvironmentError(message) : new InvariantError(message);
      }
      variants.push({ scenario, batch, replications: finished });
    }
    return work(variants);
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
    await threads.end();
    store.close();
  }
}
