/**
 * What a request is worth to a policy: its expected revenue. Prices come as data from the code that knows revenue
 * plans; here is only arithmetic on what a gateway sees.
 */

/**
 * What a tier pays by use, plus any value declared for its requests. All zero for a tier with neither, such as
 * subscribers, who pay whether served or not.
 */
export interface UsePrice {
  readonly usdPerRequest: number;
  /** Per prompt token that is not cached [USD]. */
  readonly usdPerPromptToken: number;
  readonly usdPerCachedToken: number;
  readonly usdPerOutputToken: number;
}

/**
 * What tenants of a tier spend per token [USD]: on completed requests, and on those they cancel after the first token.
 */
export interface Spend {
  readonly completed: UsePrice;
  readonly cancelled: UsePrice;
}

export const NO_PRICE: UsePrice = {
  usdPerRequest: 0,
  usdPerPromptToken: 0,
  usdPerCachedToken: 0,
  usdPerOutputToken: 0,
};

/** Revenue of a served request of these lengths [USD]. */
export function revenueOf(
  price: UsePrice,
  promptTokens: number,
  cachedTokens: number,
  outputTokens: number,
): number {
  return (
    price.usdPerRequest +
    price.usdPerPromptToken * (promptTokens - cachedTokens) +
    price.usdPerCachedToken * cachedTokens +
    price.usdPerOutputToken * outputTokens
  );
}
