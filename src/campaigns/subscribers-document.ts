/** The JSON document of `subscribers`. */
import type { Bounds } from '../experiments/scaling.ts';

export interface SubscribersDocument {
  readonly fleetyield: string;
  /** `changes` are the `--set` overrides. */
  readonly scenario: { readonly name: string; readonly hash: string; readonly changes: readonly string[] };
  readonly seed: string;
  readonly replications: number;
  readonly confidence: number;
  readonly months: readonly Month[];
}

export interface Month {
  readonly month: number;
  /** In ascending order. */
  readonly sizes: readonly MonthOfSize[];
  /** d log revenue ÷ d log GPUs from each size to the next. */
  readonly elasticity: readonly Bounds[];
}

/** Dollars are the provider's for a month at the pace of the window. */
export interface MonthOfSize {
  readonly gpus: number;
  readonly tiers: readonly SubscribersOfMonth[];
  /** Share of all requests. */
  readonly served: Bounds;
  readonly revenue: Bounds;
  readonly cost: Bounds;
  readonly margin: Bounds;
}

export interface SubscribersOfMonth {
  readonly tier: string;
  /** Of the provider, at the beginning of the month. */
  readonly subscribers: number;
  readonly servedWell: number;
  /** Share of subscribers who leave. */
  readonly churn: number | null;
}
