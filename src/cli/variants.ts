/** Several scenarios run one after another with the same seed and replications, as comparisons need them. */
import { availableParallelism } from 'node:os';
import { runBatch } from '../batch/run-batch.ts';
import type { ReplicationResult } from '../experiments/replicate.ts';
import { readCatalog } from '../files/catalog-files.ts';
import { loadScenario, type ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { loadAll } from './commands/run.ts';
import { Progress } from './progress.ts';

export interface VariantOptions {
  readonly replications: number;
  readonly seed: string;
  readonly workers?: number | undefined;
  readonly level: number;
  readonly quiet?: boolean | undefined;
  readonly byHour: boolean;
}

export interface Variant {
  readonly scenario: Scenario;
  /** By index. */
  readonly replications: readonly ReplicationResult[];
}

/** What an interrupted comparison exits with: the unfinished side would not be comparable. */
export const EXIT_INTERRUPTED = 130;

/**
 * Runs every request, all of which are read before anything runs. `null` when it was interrupted. Throws what reading
 * or a replication throws.
 */
export async function runVariants(
  requests: readonly ScenarioRequest[],
  { replications, seed, workers, level, quiet = false, byHour }: VariantOptions,
): Promise<readonly Variant[] | null> {
  const catalog = readCatalog();
  const scenarios = loadAll(requests.map((request) => () => loadScenario(request, catalog)));
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const variants: Variant[] = [];
  try {
    for (const [index, scenario] of scenarios.entries()) {
      const progress = new Progress(`${index + 1} of ${scenarios.length}: ${scenario.name}`, quiet);
      const result = await runBatch({
        ...{ scenario: requests[index]!, hash: scenario.hash, seed, level, byHour },
        stop: { replications },
        workers: workers ?? availableParallelism(),
        requestsFile: null,
        signal: interrupt.signal,
        onProgress: (state) => progress.update(state),
      }).finally(() => progress.stop());
      if (result.interrupted) {
        process.stderr.write(`interrupted after ${index} of ${scenarios.length}: nothing to compare\n`);
        return null;
      }
      variants.push({ scenario, replications: result.replications });
    }
    return variants;
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
  }
}
