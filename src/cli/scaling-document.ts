/** The JSON document of `scaling`: what programs read. GPUs and replicas are the provider's. */
import type { Estimate } from '../experiments/estimate.ts';
import type { Scaling } from '../experiments/scaling.ts';

export interface PoolReplicas {
  readonly pool: string;
  readonly replicas: number;
}

export interface ScalingPoint {
  readonly gpus: number;
  /** The multiple of the fleet that was asked for. */
  readonly factor: number;
  /** Multiples that were asked for and come to the same whole replicas. */
  readonly also: readonly number[];
  /** Whether it is the fleet as it is. */
  readonly present: boolean;
  readonly replicas: readonly PoolReplicas[];
  readonly estimates: readonly Estimate[];
}

export interface ScalingDocument extends Scaling {
  readonly fleetyield: string;
  /** `changes` are what `--set` replaced in it. */
  readonly scenario: { readonly name: string; readonly hash: string; readonly changes: readonly string[] };
  readonly seed: string;
  readonly replications: number;
  readonly level: number;
  /** The share of the provider that is simulated. */
  readonly cell: { readonly share: number };
  /** The fleet as it is; `pool` is the one that is scaled alone, `null` for all. */
  readonly fleet: {
    readonly pool: string | null;
    readonly gpus: number;
    readonly replicas: readonly PoolReplicas[];
  };
  /** Between what elasticities and the shadow price are taken. */
  readonly step: {
    readonly gpus: readonly [fewer: number, more: number];
    /** The pool that alone took the step, because the pools have no small step in common. */
    readonly alone: string | null;
    /** `null` where demand cannot be multiplied so; `loadRefused` says why. */
    readonly load: readonly [less: number, more: number] | null;
    readonly loadRefused: string | null;
  };
  readonly points: readonly ScalingPoint[];
}
