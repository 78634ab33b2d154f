/**
 * Published limits: what a provider says its customers may use, by offer. It knows amounts and windows; which rule
 * of a gateway enforces them is up to the scenario. Every limit is per customer, as providers publish them.
 */
import { Type, type Static } from 'typebox';
import { ParameterError } from '../errors.ts';
import { Fields, OneOf, PositiveDuration } from '../input/schema.ts';
import { CountQuantity, ENTRY_FIELDS, valueOf, type Provenance, provenanceOf } from './provenance.ts';

/** How an allowance renews: as a bucket refills, on the clock, each use after a window, or all after a window. */
export const RENEWALS = ['token-bucket', 'fixed-window', 'rolling', 'first-use'] as const;
export type Renewal = (typeof RENEWALS)[number];

/** What becomes of a customer beyond the limit. */
export const BEYOND = ['refuse', 'smaller-model'] as const;

/** What providers publish limits of. */
export const PUBLISHED_RESOURCES = [
  'requests',
  'inputTokens',
  'uncachedInputTokens',
  'outputTokens',
  'totalTokens',
  'uncachedTotalTokens',
] as const;

export interface PublishedLimit {
  readonly resource: (typeof PUBLISHED_RESOURCES)[number];
  readonly amount: number;
  /** The window for which the amount is [s]. */
  readonly window: number;
  readonly renewal: Renewal;
  readonly beyond: (typeof BEYOND)[number];
}

/** The limits of one offer, all of which hold at once. */
export interface PublishedLimits {
  readonly name: string;
  readonly summary: string;
  readonly limits: readonly PublishedLimit[];
}

const Limit = Fields({
  resource: OneOf(PUBLISHED_RESOURCES, {
    description: 'What is counted; `fleetyield list limit-resources` says what each counts.',
  }),
  amount: CountQuantity('How much of it a customer may use in a window.'),
  window: PositiveDuration({ description: 'The window, such as 1min, 3h or 1week.' }),
  renewal: OneOf(RENEWALS, { description: 'How use comes back.' }),
  beyond: OneOf(BEYOND, { default: 'refuse', description: 'What becomes of a customer beyond the limit.' }),
});

const NAME = '^[a-z0-9][a-z0-9.-]*$';

export const LimitsEntry = Fields(
  {
    kind: Type.Literal('limits'),
    ...ENTRY_FIELDS,
    offers: Type.Record(
      Type.String({ pattern: NAME }),
      Fields({
        summary: Type.String({ minLength: 1, description: 'One sentence for `fleetyield list limits`.' }),
        limits: Type.Array(Limit, { minItems: 1, description: 'The limits, all of which hold at once.' }),
      }),
      { additionalProperties: false, minProperties: 1, description: 'Offers, such as usage tiers, by name.' },
    ),
  },
  { description: 'Limits that a provider publishes.' },
);

/** The offers as `NAME-OFFER`. Throws `ParameterError` where a bucket would have no use for what is beyond it. */
export function readLimits(
  entry: Static<typeof LimitsEntry>,
): { readonly value: PublishedLimits; readonly provenance: Provenance[] }[] {
  return Object.entries(entry.offers).map(([offer, { summary, limits }]) => {
    limits.forEach(({ resource, beyond }, index) => {
      if (resource !== 'requests' && beyond === 'smaller-model') {
        throw new ParameterError(
          `offers.${offer}.limits[${index}].beyond`,
          `a limit on ${resource} refuses; only messages fall back to a smaller model`,
        );
      }
    });
    return {
      value: {
        name: `${entry.name}-${offer}`,
        summary,
        limits: limits.map((limit) => ({ ...limit, amount: valueOf(limit.amount) })),
      },
      provenance: provenanceOf(
        entry,
        Object.fromEntries(limits.map(({ amount }, index) => [`limits[${index}].amount`, amount])),
      ),
    };
  });
}
