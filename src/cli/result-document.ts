/** The JSON document of `run`: what programs read. */
import type { BatchResult } from '../batch/run-batch.ts';
import type { Estimate } from '../experiments/estimate.ts';
import type { Scenario } from '../scenario/scenario.ts';

export interface ResultDocument {
  readonly fleetyield: string;
  readonly scenario: { readonly name: string; readonly hash: string };
  readonly seed: string;
  readonly replications: number;
  readonly level: number;
  /** Whether the batch ended before it was done. */
  readonly interrupted: boolean;
  readonly estimates: readonly Estimate[];
  /** The checks of replication 0; a batch in which any replication fails one has no document. */
  readonly audit: {
    readonly passed: boolean;
    readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
  };
  readonly wallSeconds: number;
}

export function resultDocument(
  scenario: Scenario,
  result: BatchResult,
  run: {
    readonly version: string;
    readonly seed: string;
    readonly level: number;
    readonly wallSeconds: number;
  },
): ResultDocument {
  const audits = result.replications.map(({ audit }) => audit);
  return {
    fleetyield: run.version,
    scenario: { name: scenario.name, hash: scenario.hash },
    seed: run.seed,
    replications: result.replications.length,
    level: run.level,
    interrupted: result.interrupted,
    estimates: result.estimates,
    audit: { passed: audits.flat().every(({ passed }) => passed), checks: audits[0] ?? [] },
    wallSeconds: Number(run.wallSeconds.toFixed(3)),
  };
}
