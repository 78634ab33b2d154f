/** What `months` says, as JSON. */
import type { Bounds } from '../experiments/scaling.ts';

export interface MonthsDocument {
  readonly fleetyield: string;
  /** `changes` are what `--set` replaced in it. */
  readonly scenario: { readonly name: string; readonly hash: string; readonly changes: readonly string[] };
  readonly seed: string;
  readonly replications: number;
  readonly level: number;
  readonly months: readonly Month[];
}

export interface Month {
  readonly month: number;
  /** Rising. */
  readonly sizes: readonly MonthOfSize[];
  /** d log revenue ÷ d log GPUs from each size to the next. */
  readonly elasticity: readonly Bounds[];
}

/** Dollars are the provider's in a month at the pace of the window. */
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
  /** Of the provider, at the beginning. */
  readonly subscribers: number;
  readonly servedWell: number;
  /** Share of them that leaves. */
  readonly churn: number | null;
}
