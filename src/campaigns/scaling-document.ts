/** The JSON document of `scaling`, for programs to read. GPUs and replicas are the provider's. */
import type { Estimate } from '../experiments/estimate.ts';
import type { Scaling } from '../experiments/scaling.ts';

export interface PoolReplicas {
  readonly pool: string;
  readonly replicas: number;
}

export interface ScalingPoint {
  readonly gpus: number;
  /** The requested multiple of the fleet. */
  readonly factor: number;
  /** Other requested multiples that round to the same whole replicas. */
  readonly also: readonly number[];
  /** Whether it is the present fleet. */
  readonly present: boolean;
  readonly replicas: readonly PoolReplicas[];
  readonly estimates: readonly Estimate[];
}

export interface ScalingDocument extends Scaling {
  readonly fleetyield: string;
  /** `changes` are the `--set` overrides. */
  readonly scenario: { readonly name: string; readonly hash: string; readonly changes: readonly string[] };
  readonly seed: string;
  readonly replications: number;
  readonly confidence: number;
  /** The share of the provider that is simulated. */
  readonly cell: { readonly share: number };
  /** The present fleet; `pool` is the only one that is scaled, `null` for all. */
  readonly fleet: {
    readonly pool: string | null;
    readonly gpus: number;
    readonly replicas: readonly PoolReplicas[];
  };
  /** The two sizes for which elasticities and the shadow price are computed. */
  readonly step: {
    readonly gpus: readonly [fewer: number, more: number];
    /** The only pool that was changed in the step, because the pools have no small step in common. */
    readonly alone: string | null;
    /** `null` where demand cannot be scaled; `loadRefused` says why. */
    readonly load: readonly [less: number, more: number] | null;
    readonly loadRefused: string | null;
  };
  readonly points: readonly ScalingPoint[];
}
