/** What a revenue plan pays at list prices for one more request or token, as policies and limits of the gateway see it. */
import { revenuePlans, type Use } from '../economics/revenue/index.ts';
import { NO_PRICE, type Spend, type UsePrice } from '../gateway/worth.ts';
import type { ScenarioFile } from './schema.ts';

const NOTHING_USED: Use = {
  completed: 0,
  quality: 0,
  runs: 0,
  runQuality: 0,
  promptTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  cancelledPromptTokens: 0,
  cancelledCachedTokens: 0,
  cancelledOutputTokens: 0,
};

type Revenue = NonNullable<ScenarioFile['workload']['tiers'][number]['revenue']>;

/** What a plan pays at list prices for one more request and for one more token of each kind; nothing without a plan. */
export function usePriceOf(revenue: Revenue | undefined): UsePrice {
  if (revenue === undefined) return NO_PRICE;
  const pays = payer(revenue);
  return {
    usdPerRequest: pays({ completed: 1, quality: 1 }),
    usdPerPromptToken: pays({ promptTokens: 1 }),
    usdPerCachedToken: pays({ promptTokens: 1, cachedTokens: 1 }),
    usdPerOutputToken: pays({ outputTokens: 1 }),
  };
}

/** What is paid at list prices for what is completed, and for what is given up. */
export function spendOf(revenue: Revenue): Spend {
  const pays = payer(revenue);
  return {
    completed: usePriceOf(revenue),
    cancelled: {
      usdPerRequest: 0,
      usdPerPromptToken: pays({ cancelledPromptTokens: 1 }),
      usdPerCachedToken: pays({ cancelledPromptTokens: 1, cancelledCachedTokens: 1 }),
      usdPerOutputToken: pays({ cancelledOutputTokens: 1 }),
    },
  };
}

/** What a plan pays at list prices for use [USD]. */
function payer(revenue: Revenue): (use: Partial<Use>) => number {
  const plan = revenuePlans.create(revenue, null);
  return (use) => plan.fromUse({ ...NOTHING_USED, ...use });
}

/** A price to which each request adds what it is declared to be worth [USD]. */
export const worthMore = (price: UsePrice, usd: number): UsePrice => ({
  ...price,
  usdPerRequest: price.usdPerRequest + usd,
});
