/** The JSON document of `run`, for programs to read. */
import type { Estimate } from '../experiments/estimate.ts';
import type { ScenarioOutline } from '../store/batch-identity.ts';
import type { StoredBatch } from '../store/stored-batch.ts';
import { nothingArrived } from './nothing-arrived.ts';

export interface ResultDocument {
  readonly fleetyield: string;
  readonly scenario: {
    readonly name: string;
    readonly hash: string;
    /** The values that were overridden in it, each `PATH=VALUE`. */
    readonly changes: readonly string[];
  };
  readonly seed: string;
  readonly replications: number;
  readonly confidence: number;
  /** Whether the batch ended before it was complete. */
  readonly interrupted: boolean;
  readonly estimates: readonly Estimate[];
  /** Caveats about the estimates; usually none. */
  readonly warnings: readonly string[];
  /** The checks of the first replication; a batch in which any replication fails one has no document. */
  readonly audit: {
    readonly passed: boolean;
    readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
  };
  readonly wallSeconds: number;
}

/** The document of a batch's replications with indices below a bound, of which at least one is done. */
export function resultDocument(
  outline: ScenarioOutline,
  batch: StoredBatch,
  run: {
    readonly version: string;
    readonly seed: string;
    readonly confidence: number;
    readonly planned: number;
    readonly interrupted: boolean;
    readonly wallSeconds: number;
  },
): ResultDocument {
  const finished = batch.done(run.planned);
  const estimates = batch.estimates(run.confidence, run.planned);
  return {
    fleetyield: run.version,
    scenario: { name: outline.name, hash: outline.hash, changes: outline.changes ?? [] },
    seed: run.seed,
    replications: finished.length,
    confidence: run.confidence,
    interrupted: run.interrupted,
    estimates,
    warnings: nothingArrived(outline, estimates),
    // A replication whose audit fails does not count as done.
    audit: { passed: true, checks: batch.audit(finished[0]!) },
    wallSeconds: Number(run.wallSeconds.toFixed(3)),
  };
}
