/**
 * Revenue plans: what a tier pays. A plan sees the completed service, how long its tenants subscribed and, where it has
 * terms, the bill of the window; it knows nothing of pools, hours and costs. The ledger does not distinguish tenants:
 * terms by tenant are those of an average one.
 */
import { declaringStrategiesOf } from '../../input/strategy.ts';

/** The service completed for a tier. */
export interface Use {
  readonly completed: number;
  /** The sum of the qualities of completed requests: 1 each, less where degraded. */
  readonly quality: number;
  /** Agent runs that succeeded, and the sum of their qualities. */
  readonly runs: number;
  readonly runQuality: number;
  /** Tokens of the prompts, cached ones included. */
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** The same for requests cancelled after their first token: their output is what they had received by then. */
  readonly cancelledPromptTokens: number;
  readonly cancelledCachedTokens: number;
  readonly cancelledOutputTokens: number;
}

/** The bill of a tier for a window, before its terms. */
export interface Bill {
  /** Revenue from its use [USD]. */
  readonly fromUse: number;
  readonly tenants: number;
  readonly seconds: number;
}

/** The terms applied to a bill. */
export interface Terms {
  /** The share of `fromUse` that is paid; discounts are spread evenly over all use. */
  readonly paidShare: number;
  /** The amount due in addition, accrued evenly over the window [USD]. */
  readonly due: number;
}

/** A tier's subscribers over time: good service retains them and bad service loses them. */
export interface Course {
  /** Share of the subscribers who leave in a month. */
  readonly churnPerMonth: number;
  /** After each month, starting with the first. */
  readonly subscribers: readonly number[];
  readonly usdPerSubscriberMonth: number;
}

export interface RevenuePlan {
  /** Revenue from use [USD]: proportional to it, so that parts of it can be priced separately. */
  fromUse(use: Use): number;
  /** What a number of tenants pays for being subscribed for a time [USD]. */
  overTime(tenants: number, seconds: number): number;
  /** Terms applied to the bill of a window; without terms the bill is paid in full. */
  terms?(bill: Bill): Terms;
  /**
   * The year ahead for this many tenants, if service stays as it was; absent where subscribers do not respond to
   * service. `servedWell` is the share of requests served well.
   */
  course?(tenants: number, servedWell: number): Course;
}

/** What a plan needs of the tier that it is of. */
export interface TierNeed {
  readonly of: 'deferrable' | 'runs';
  /** The key that asks for it. */
  readonly key: string;
  /** What is wrong with a tier that does not have it, with the remedy. */
  readonly otherwise: string;
}

export interface RevenueDeclarations {
  /** `null` where it suits any tier. */
  readonly needs: TierNeed | null;
  /** Whether it bills by the token, so that limits in dollars can count what tenants spend. */
  readonly billsTokens: boolean;
}

export const revenuePlan = declaringStrategiesOf<null, RevenuePlan, RevenueDeclarations>();
