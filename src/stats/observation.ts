/**
 * Observations: what one replication contributes to an estimate, in the form in which replications can be put together.
 * It knows kinds of estimates and nothing of what is estimated.
 */
import type { QuantileSketchState } from './quantile-sketch.ts';

export type Observation =
  /** One number a replication; the estimate is their mean. `null` where the replication has no data. */
  | { readonly kind: 'value'; readonly value: number | null }
  /** A ratio; the estimate is the ratio of the totals. */
  | { readonly kind: 'ratio'; readonly numerator: number; readonly denominator: number }
  /** A quantile of the values of all replications. Observations of one sample share one sketch. */
  | { readonly kind: 'quantile'; readonly p: number; readonly sketch: QuantileSketchState }
  /** The standard deviation of the values of all replications: their count, mean and sum of squares about it. */
  | { readonly kind: 'spread'; readonly count: number; readonly mean: number; readonly squares: number };

/** An observation with its name: a metric of a scope, in a unit. */
export interface Measurement {
  /** `total`, `tier:NAME`, `pool:NAME` or `hour:N`. */
  readonly scope: string;
  readonly metric: string;
  readonly unit: string;
  readonly observation: Observation;
}
