/**
 * What each tier pays in the window: its use at list prices, the terms on the whole bill, and the credits for missed
 * SLOs. Terms and credits are spread evenly over all of a tier's use and time, so that pools and hours add up.
 */
import type { Ledger } from '../simulation/ledger.ts';
import { sumOf } from '../stats/index.ts';
import type { PriceBook } from './price-book.ts';
import { creditOf, type RevenuePlan } from './revenue/index.ts';

/** Dollars of one tier, net of credits. */
export interface TierRevenue {
  readonly total: number;
  /** Credits, zero or negative. */
  readonly credits: number;
  /** Revenue from use, in a pool and an hour of the window or in all (`null`). */
  fromUse(pool: number | null, hour: number | null): number;
  /** Revenue that accrues in this many seconds of the window. */
  overTime(seconds: number): number;
}

export function revenueOfTiers(ledger: Ledger, book: PriceBook): readonly TierRevenue[] {
  return ledger.shape.tiers.map((_, tier) => {
    const plan = book.plans[tier] ?? null;
    return plan === null ? NOTHING : revenueOfTier(ledger, book, tier, plan);
  });
}

const NOTHING: TierRevenue = { total: 0, credits: 0, fromUse: () => 0, overTime: () => 0 };

function revenueOfTier(ledger: Ledger, book: PriceBook, tier: number, plan: RevenuePlan): TierRevenue {
  const { window } = ledger.shape;
  const seconds = window.to - window.from;
  const tenants = book.tenants[tier]!;
  const atList = (pool: number | null, hour: number | null) => {
    const total = (counter: keyof Ledger['flow']) => ledger.flowTotal(counter, tier, pool, hour);
    return plan.fromUse({
      completed: total('completed'),
      quality: total('completed') - total('qualityLost'),
      runs: total('runs'),
      runQuality: total('runQuality'),
      promptTokens: total('promptTokens'),
      cachedTokens: total('cachedTokens'),
      outputTokens: total('outputTokens'),
      cancelledPromptTokens: total('cancelledPromptTokens'),
      cancelledCachedTokens: total('cancelledCachedTokens'),
      cancelledOutputTokens: total('cancelledOutputTokens'),
    });
  };
  const list = atList(null, null);
  const { paidShare, due } = plan.terms?.({ fromUse: list, tenants, seconds }) ?? { paidShare: 1, due: 0 };
  const accrued = (part: number) => plan.overTime(tenants, part) + due * (part / seconds);
  const bill = list * paidShare + accrued(seconds);
  const arrived = ledger.cohortTotal('arrived', tier);
  const bands = book.credits[tier] ?? null;
  const credit =
    bands === null || arrived === 0 ? 0 : creditOf(bands, ledger.cohortTotal('withinSlo', tier) / arrived);
  return {
    total: bill * (1 - credit),
    credits: credit === 0 ? 0 : -bill * credit,
    fromUse: (pool, hour) => atList(pool, hour) * paidShare * (1 - credit),
    overTime: (part) => accrued(part) * (1 - credit),
  };
}

/** Revenue of the tiers in an hour of the window [USD]: from what was completed in it, and accrued over it. */
export function revenueInHour(ledger: Ledger, ofTiers: readonly TierRevenue[], hour: number): number {
  const seconds = ledger.secondsInHour(hour);
  return sumOf(ofTiers.map(({ fromUse, overTime }) => fromUse(null, hour) + overTime(seconds)));
}
