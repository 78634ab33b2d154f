/**
 * Revenue plans: what a tier pays. A plan sees what service completed, how long its tenants subscribed and, where it
 * has terms, the bill of the window; it knows nothing of pools, hours and costs. The ledger does not distinguish
 * tenants: terms by tenant are those of an average one.
 */
import { strategiesOf } from '../../strategy.ts';

/** What service completed for a tier. */
export interface Use {
  readonly completed: number;
  /** The sum of the qualities of what was completed: 1 each, less where it was degraded. */
  readonly quality: number;
  /** Agent runs that succeeded, and the sum of their qualities. */
  readonly runs: number;
  readonly runQuality: number;
  /** Tokens of the prompts, cached ones included. */
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** The same of requests given up after their first token: their output is what they had received. */
  readonly cancelledPromptTokens: number;
  readonly cancelledCachedTokens: number;
  readonly cancelledOutputTokens: number;
}

/** The bill of a tier for a window, before its terms. */
export interface Bill {
  /** What its use earns [USD]. */
  readonly fromUse: number;
  readonly tenants: number;
  readonly seconds: number;
}

/** What becomes of a bill. */
export interface Terms {
  /** The part of `fromUse` that is paid; discounts are evenly on all use. */
  readonly paidShare: number;
  /** What is due beside it, accrued evenly over the window [USD]. */
  readonly due: number;
}

/** A tier's subscribers, as good service keeps them and bad service loses them. */
export interface Course {
  /** Share of the subscribers who leave in a month. */
  readonly churnPerMonth: number;
  /** After each month, the first first. */
  readonly subscribers: readonly number[];
  readonly usdPerSubscriberMonth: number;
}

export interface RevenuePlan {
  /** What is earned by use [USD]: in proportion to it, so that parts of it may be priced apart. */
  fromUse(use: Use): number;
  /** What a number of tenants pays for being subscribed over a time [USD]. */
  overTime(tenants: number, seconds: number): number;
  /** Terms applied to the bill of a window; without terms the bill is paid in full. */
  terms?(bill: Bill): Terms;
  /**
   * The year ahead for this many tenants, if service stays as it was; absent where subscribers stay whatever happens.
   * `servedWell` is the share of requests that were.
   */
  course?(tenants: number, servedWell: number): Course;
}

export const revenuePlan = strategiesOf<null, RevenuePlan>();
