/**
 * What rate limits count: the resources, and how much of each a request uses. A resource is a weight for each part of a
 * request, so that one sum serves all resources. It knows requests by their lengths, and no algorithm.
 */
import { OneOfThese } from '../input/schema.ts';
import type { UsePrice } from './worth.ts';

/** What a request uses of a resource: an amount per request, and one per token of each sort. */
export interface Weights {
  readonly perRequest: number;
  /** Per prompt token that misses the prefix cache, and per one that hits it. */
  readonly perUncachedToken: number;
  readonly perCachedToken: number;
  readonly perOutputToken: number;
}

interface ResourceKind {
  /** One sentence for `fleetyield list`. */
  readonly summary: string;
  /** `null` for money: the weights are then the prices of the request's tier. */
  readonly weights: Weights | null;
}

const PER_REQUEST = weightsOf(1, 0, 0, 0);

const RESOURCE_KINDS = {
  requests: { summary: 'Requests that pass.', weights: PER_REQUEST },
  inputTokens: {
    summary: 'Prompt tokens, those read from a prefix cache included.',
    weights: weightsOf(0, 1, 1, 0),
  },
  uncachedInputTokens: {
    summary: 'Prompt tokens that are not read from a prefix cache.',
    weights: weightsOf(0, 1, 0, 0),
  },
  outputTokens: { summary: 'Output tokens.', weights: weightsOf(0, 0, 0, 1) },
  totalTokens: {
    summary: 'Prompt and output tokens, those read from a prefix cache included.',
    weights: weightsOf(0, 1, 1, 1),
  },
  uncachedTotalTokens: {
    summary: 'Prompt and output tokens, except those read from a prefix cache.',
    weights: weightsOf(0, 1, 0, 1),
  },
  usd: {
    summary:
      'US dollars that a tenant spends at the per-token list prices of its tier; limits may be fractional.',
    weights: null,
  },
  requestsInFlight: { summary: 'Requests that have passed the limits and not ended.', weights: PER_REQUEST },
} as const satisfies Record<string, ResourceKind>;

export type Resource = keyof typeof RESOURCE_KINDS;

/** The resources, with what each counts. */
export const RESOURCES: Readonly<Record<Resource, ResourceKind>> = RESOURCE_KINDS;

export const resourceSchema = OneOfThese<Resource>(
  Object.fromEntries(Object.entries(RESOURCES).map(([name, { summary }]) => [name, summary])) as Record<
    Resource,
    string
  >,
  { description: 'What is counted; `fleetyield list limit-resources` lists what each counts.' },
);

/** Whether usage is known only at the end of a request, and settled then. */
export const isSettled = (resource: Resource): boolean => RESOURCES[resource].weights?.perRequest !== 1;

/** Units per dollar: sums of whole billionths are exact up to nine million dollars. */
const UNITS_PER_USD = 1e9;

/** Units of an amount per unit in which limits on the resource are written. */
export const unitsPer = (resource: Resource): number => (resource === 'usd' ? UNITS_PER_USD : 1);

/** The weights of a resource that counts money, from a price. */
export const weightsOfPrice = (price: UsePrice): Weights =>
  weightsOf(
    UNITS_PER_USD * price.usdPerRequest,
    UNITS_PER_USD * price.usdPerPromptToken,
    UNITS_PER_USD * price.usdPerCachedToken,
    UNITS_PER_USD * price.usdPerOutputToken,
  );

/** What a request of these lengths uses, in whole units. */
export function amountOf(
  weights: Weights,
  promptTokens: number,
  cachedTokens: number,
  outputTokens: number,
): number {
  return Math.round(
    weights.perRequest +
      weights.perUncachedToken * (promptTokens - cachedTokens) +
      weights.perCachedToken * cachedTokens +
      weights.perOutputToken * outputTokens,
  );
}

function weightsOf(
  perRequest: number,
  perUncachedToken: number,
  perCachedToken: number,
  perOutputToken: number,
): Weights {
  return { perRequest, perUncachedToken, perCachedToken, perOutputToken };
}
