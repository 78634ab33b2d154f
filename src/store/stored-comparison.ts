/** Compares batches of a store with the first of them, over the replications that all of them have. */
import { InputError } from '../errors.ts';
import { compareScenarios, type ComparisonOfScenarios } from '../experiments/compare.ts';
import { SHORT_ID } from './batch-identity.ts';
import { titleOf } from './changes.ts';
import type { BatchSummary } from './batch-summary.ts';
import type { ReadBatch, Store } from './store.ts';

export interface OpenedBatch extends ReadBatch {
  readonly summary: BatchSummary;
}

/** The batch that a user means. Throws `InputError` if there is none, or if no replication of it is done. */
export function openedBatch(store: Store, given: string): OpenedBatch {
  const summary = store.find(given);
  if (summary.done === 0) {
    throw new InputError([
      {
        kind: 'batch-state',
        place: given,
        path: '',
        message: 'no replication of this batch is done; run it again',
      },
    ]);
  }
  return { summary, ...store.read(summary) };
}

/** A batch, and what the user called it. */
export interface GivenBatch extends OpenedBatch {
  readonly given: string;
}

/**
 * Paired differences, at the confidence level of the first batch by default, and how many replications they are made from. Throws
 * `InputError` if seeds differ or fewer than two replications are common.
 */
export function storedComparison(
  batches: readonly GivenBatch[],
  names = distinctNames(batches),
  confidence = batches[0]!.summary.confidence,
): ComparisonOfScenarios & { readonly replications: number } {
  const [first, ...rest] = batches;
  const { seed } = first!.summary;
  const refuse = (message: string): never => {
    throw new InputError([
      { kind: 'batch-state', place: batches.map(({ given }) => given).join(' and '), path: '', message },
    ]);
  };
  const other = rest.find(({ summary }) => summary.seed !== seed);
  if (other !== undefined)
    refuse(`seeds differ (${seed} and ${other.summary.seed}); run both with the same --seed`);
  const common = rest.reduce((indices, { batch }) => {
    const done = new Set(batch.done());
    return indices.filter((index) => done.has(index));
  }, first!.batch.done());
  if (common.length < 2) refuse('fewer than two replications in common; run more of both');
  const [baseline, ...others] = batches.map(({ batch }, index) => ({
    name: names[index]!,
    metrics: batch.metrics(),
    fingerprints: batch.fingerprints(common),
    column: (place: number) => batch.column(place, common),
  }));
  return { ...compareScenarios(baseline!, others, confidence), replications: common.length };
}

/** The scenarios' names with the values replaced in them, or what the user called the batches if two have the same. */
function distinctNames(batches: readonly GivenBatch[]): string[] {
  const names = batches.map(({ outline }) => titleOf(outline));
  return areDistinct(names) ? names : batches.map(({ given }) => given);
}

/** The scenarios' names with the values replaced in them, and the beginning of the id if two have the same. */
export function distinguishingNames(batches: readonly GivenBatch[]): string[] {
  const names = batches.map(({ outline }) => titleOf(outline));
  if (areDistinct(names)) return names;
  return batches.map(({ summary }, index) => `${names[index]!}, batch ${summary.id.slice(0, SHORT_ID)}`);
}

const areDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length;
