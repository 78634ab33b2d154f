/** The batches that a job is expected to run, and what is left to run of them. */
import type { JobPart } from '../batch/job-cost.ts';
import type { ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { batchId } from '../store/batch-identity.ts';
import type { Store } from '../store/store.ts';
import { descriptionOf, type BatchSettings } from './batches.ts';

/** A batch that a job is expected to run; `request` is `null` where it depends on earlier batches. */
export interface ExpectedBatch {
  readonly scenario: Scenario;
  readonly request: ScenarioRequest | null;
  readonly replications: number;
}

/** A part of a job, including the replications of it that are already stored. */
export interface ExpectedPart extends JobPart {
  readonly there: number;
}

/**
 * The parts that a job is expected to run, where `replications` counts those still to run; this creates no batch.
 *
 * @param store where finished replications are reused from; `null` where none are
 */
export function partsOf(
  expected: readonly ExpectedBatch[],
  store: Store | null,
  settings: BatchSettings,
): ExpectedPart[] {
  return expected.map(({ scenario, request, replications }) => {
    const kept =
      store === null || request === null
        ? 0
        : store.doneOf(batchId(descriptionOf(scenario, request, settings)));
    const there = Math.min(kept, replications);
    return { name: scenario.name, cell: scenario.cell, replications: replications - there, there };
  });
}
