/** A tier: one class of customers and what its requests are like. It knows demand, not what becomes of it. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Count, Fields, Positive, PositiveDuration, Share } from '../schema.ts';
import { durationLaws } from '../stats/index.ts';
import { activities } from './activity/index.ts';
import { arrivals } from './arrivals/index.ts';
import { lengthsSchema } from './lengths.ts';
import { retriesSchema } from './retries.ts';

export const sloSchema = Fields(
  {
    ttft: Type.Optional(PositiveDuration({ description: 'Bound on the time to the first token.' })),
    tpot: Type.Optional(PositiveDuration({ description: 'Bound on the time per further output token.' })),
    e2e: Type.Optional(PositiveDuration({ description: 'Bound on the time to the last token.' })),
    target: Share({ default: 0.95, description: 'The share of requests promised to keep the bounds.' }),
  },
  { description: 'What the tier is promised.' },
);

export type Slo = Static<typeof sloSchema>;

/** The keys of a tier that describe demand; the scenario adds those about money. */
export const tierProperties = {
  name: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    description: 'A name of letters, digits, dots, dashes.',
  }),
  priority: Type.Integer({
    minimum: 0,
    maximum: 99,
    default: 0,
    description: 'Priority class; 0 is the most important.',
  }),
  weight: Positive({
    default: 1,
    description: 'Share of servers beside other tiers, where servers are shared.',
  }),
  tenants: Count({ default: 1, description: 'Tenants of the provider in this tier.' }),
  activity: Type.Unsafe<Static<typeof activities.schema>>({
    ...activities.schema,
    default: { kind: 'equal' },
  }),
  arrivals: arrivals.schema,
  lengths: lengthsSchema,
  model: Type.String({ description: 'The model asked for.' }),
  patience: Type.Optional(
    Type.Unsafe<Static<typeof durationLaws.schema>>({
      $ref: 'durationLaw',
      description: 'How long a client waits to be admitted to service before it gives up.',
    }),
  ),
  retries: Type.Optional(retriesSchema),
  slo: Type.Optional(sloSchema),
};

export type TierRule = Static<ReturnType<typeof Fields<typeof tierProperties>>>;
