/**
 * What a request is worth to whoever decides about it: the revenue that is expected of it. The prices come as data, made
 * by whoever knows revenue plans; here is only arithmetic on what a gateway sees.
 */

/**
 * What a tier pays by use, and what else a request of it is declared to be worth. All zero for one that does neither, such
 * as a subscriber, who pays whether served or not.
 */
export interface UsePrice {
  readonly usdPerRequest: number;
  /** Of a prompt token that is not cached [USD]. */
  readonly usdPerPromptToken: number;
  readonly usdPerCachedToken: number;
  readonly usdPerOutputToken: number;
}

/** What tenants of a tier spend by the token [USD]: on what is completed, and on what they give up after its first token. */
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

/** What a request of these lengths pays when it is served [USD]. */
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
