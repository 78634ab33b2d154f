/** Two stored batches held against each other, replication by replication. It knows stores, and nothing of threads. */
import { InputError } from '../errors.ts';
import { compareScenarios, type ComparisonOfScenarios, type Side } from '../experiments/compare.ts';
import type { BatchSummary } from './store.ts';
import type { StoredBatch } from './stored-batch.ts';

/** A batch to be compared, and what the user calls it. */
export interface ComparedBatch {
  readonly given: string;
  readonly summary: BatchSummary;
  readonly batch: StoredBatch;
}

export interface ComparisonOfBatches {
  /** Replications that both have. */
  readonly replications: number;
  readonly comparison: ComparisonOfScenarios;
}

/**
 * What a second batch changes against a first, over the replications that both have. Throws `InputError` for batches of
 * different seeds, or with fewer than two replications in common.
 */
export function compareBatches(a: ComparedBatch, b: ComparedBatch, level: number): ComparisonOfBatches {
  const refuse = (message: string): never => {
    throw new InputError([{ place: `${a.given} and ${b.given}`, path: '', message }]);
  };
  if (a.summary.seed !== b.summary.seed)
    refuse(`seeds differ (${a.summary.seed} and ${b.summary.seed}); run both with the same --seed`);
  const inB = new Set(b.batch.done());
  const common = a.batch.done().filter((index) => inB.has(index));
  if (common.length < 2) refuse('fewer than two replications in common; run more of both');
  const distinct = a.summary.scenario !== b.summary.scenario;
  const side = ({ given, summary, batch }: ComparedBatch): Side => ({
    name: distinct ? summary.scenario : given,
    metrics: batch.metrics(),
    fingerprints: batch.fingerprints(common),
    column: (place) => batch.column(place, common),
  });
  return { replications: common.length, comparison: compareScenarios(side(a), [side(b)], level) };
}
