/**
 * What rate limits count: the resources, and how much of each a request uses. A resource is a weight for each thing that
 * a request is made of, so that one sum serves them all. It knows requests by their lengths, and no algorithm.
 */
import { OneOfThese } from '../schema.ts';
import type { UsePrice } from './worth.ts';

/** What a request uses of a resource: so much for itself, and so much for each of its tokens. */
export interface Weights {
  readonly perRequest: number;
  /** Of the prompt, a token that is not read from a prefix cache, and one that is. */
  readonly perUncachedToken: number;
  readonly perCachedToken: number;
  readonly perOutputToken: number;
}

interface ResourceKind {
  /** One sentence for `fleetyield list`. */
  readonly summary: string;
  /** `null` where they are the prices of the tier that sends the request. */
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
    summary: 'Prompt and output tokens but those read from a prefix cache.',
    weights: weightsOf(0, 1, 0, 1),
  },
  usd: {
    summary:
      'US dollars that a tenant spends by the token, at the list prices of its tier; limits may be fractions of one.',
    weights: null,
  },
  requestsInFlight: { summary: 'Requests that have passed and not ended.', weights: PER_REQUEST },
} as const satisfies Record<string, ResourceKind>;

export type Resource = keyof typeof RESOURCE_KINDS;

/** The resources, with what each counts. */
export const RESOURCES: Readonly<Record<Resource, ResourceKind>> = RESOURCE_KINDS;

export const resourceSchema = OneOfThese<Resource>(
  Object.fromEntries(Object.entries(RESOURCES).map(([name, { summary }]) => [name, summary])) as Record<
    Resource,
    string
  >,
  { description: 'What is counted; `fleetyield list limit-resources` says what each counts.' },
);

/** Whether what a request uses of it is known only at its end, and settled then. */
export const isSettled = (resource: Resource): boolean => RESOURCES[resource].weights?.perRequest !== 1;

/** Units of an amount in a dollar: sums of whole billionths are exact up to nine million dollars. */
const UNITS_PER_USD = 1e9;

/** Units of an amount in one of what limits on the resource are written in. */
export const unitsPer = (resource: Resource): number => (resource === 'usd' ? UNITS_PER_USD : 1);

/** The weights of a resource that is what a price says. */
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
