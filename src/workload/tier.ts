/** A tier: one class of customers and what its requests are like. It knows demand, not what happens to it. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import { Count, defaulted, Fields, Positive, PositiveDuration, Share } from '../input/schema.ts';
import { withDefault } from '../input/strategy.ts';
import { durationDistribution } from '../stats/index.ts';
import { activities } from './activity/index.ts';
import { arrivals } from './arrivals/index.ts';
import { featureSchema } from './features.ts';
import { lengthsSchema } from './lengths.ts';
import { PriorityClass } from './priority.ts';
import { retriesSchema } from './retries.ts';
import { sessionSchema } from './sessions.ts';

export const sloSchema = Fields(
  {
    ttft: Type.Optional(
      PositiveDuration({ description: 'Bound on the time to the first token.', examples: ['2s'] }),
    ),
    tpot: Type.Optional(
      PositiveDuration({ description: 'Bound on the time per further output token.', examples: ['50ms'] }),
    ),
    e2e: Type.Optional(
      PositiveDuration({ description: 'Bound on the time to the last token.', examples: ['30s'] }),
    ),
    target: Share({ default: 0.95, description: 'The target share of requests within the bounds.' }),
  },
  { description: 'The service-level objective of the tier.' },
);

export type Slo = Static<typeof sloSchema>;

/**
 * The reserve's default: a full batch of 256 sequences, the usual engine's, varies by √256 = 16 where arrivals are
 * Poisson, and three times that is a fifth of it (derived).
 */
export const deferrableSchema = Fields(
  {
    window: PositiveDuration({
      description:
        'How long after its arrival a request must be finished; one that is not leaves then, shed and late.',
      examples: ['24h'],
    }),
    reserve: defaulted(
      Type.Number({
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0.2,
        description:
          'Share of the sequences and KV of each replica, or of its servers, that is kept free: none of these requests starts beyond the rest.',
      }),
    ),
  },
  {
    description:
      'Work that can wait, such as a batch: its requests wait separately, at no cost to others, and start only when no request waits in the queue and there is spare capacity.',
  },
);

/** The keys of a tier that describe demand; the scenario adds those about money. */
export const tierProperties = {
  name: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    description: 'A name of letters, digits, dots, dashes.',
    examples: ['paid'],
  }),
  priority: PriorityClass({
    default: 0,
    description: 'Priority class; 0 is the most important.',
  }),
  weight: Type.Optional(
    Positive({
      description: 'Share of service beside other tiers, relative to theirs; 1 when left out.',
      examples: [3],
    }),
  ),
  tenants: Type.Optional(
    Count({
      description:
        'Tenants of the provider in this tier; 1 when left out, or as many as the users of a closed loop.',
      examples: [2000],
    }),
  ),
  activity: withDefault(activities, { kind: 'equal' }),
  arrivals: arrivals.schema,
  load: Type.Optional(
    Positive({
      description: 'Factor on the demand of this tier, in addition to workload.load; 1 when left out.',
      examples: [1.1],
    }),
  ),
  session: Type.Optional(sessionSchema),
  lengths: lengthsSchema,
  features: Type.Optional(
    Type.Array(featureSchema, {
      minItems: 1,
      description: 'Features that some of the requests ask for.',
    }),
  ),
  model: Type.String({ description: 'The model asked for.', examples: ['llama-3.1-70b'] }),
  patience: Type.Optional(
    durationDistribution({
      description: 'How long a client waits to be admitted to service before it gives up.',
    }),
  ),
  deadline: Type.Optional(
    durationDistribution({
      description:
        'How long after its first arrival a client gives a request up that is not served whole, wherever it is, and for good.',
    }),
  ),
  deferrable: Type.Optional(deferrableSchema),
  retries: Type.Optional(retriesSchema),
  slo: Type.Optional(sloSchema),
};

export type TierRule = Static<ReturnType<typeof Fields<typeof tierProperties>>>;
