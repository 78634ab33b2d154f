/** The scenario file: its keys, their meaning and their defaults. What the values mean together is checked elsewhere. */
import { Type, type Static } from 'typebox';
import { economicsSchema } from '../economics/price-book.ts';
import { revenuePlans, slaCreditsSchema } from '../economics/revenue/index.ts';
import { admissions } from '../gateway/admission/index.ts';
import { degradationRuleSchema } from '../gateway/degradation/index.ts';
import { disciplines } from '../gateway/disciplines/index.ts';
import { routings } from '../gateway/routing/index.ts';
import {
  Count,
  Duration,
  Fields,
  List,
  NonNegative,
  OneOf,
  Positive,
  PositiveDuration,
  RunStartTime,
  Share,
} from '../input/schema.ts';
import { PHASES, services } from '../serving/index.ts';
import {
  DURATION_DISTRIBUTION,
  durationDistributions,
  TOKEN_DISTRIBUTION,
  tokenDistributions,
} from '../stats/index.ts';
import { withDefault } from '../input/strategy.ts';
import { tierProperties } from '../workload/tier.ts';
import { fleetDynamicsProperties, poolDynamicsProperties } from './fleet-dynamics.ts';
import { rateLimitSchema } from './limit-presets.ts';
import type { WrittenOf } from '../input/written.ts';

const poolSchema = Fields({
  name: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    description: 'A name of letters, digits, dots, dashes.',
    examples: ['h100'],
  }),
  model: Type.String({ description: 'The model its replicas serve.', examples: ['llama-3.1-70b'] }),
  accelerator: Type.Optional(
    Type.String({ description: 'An accelerator of the catalogue.', examples: ['h100-sxm'] }),
  ),
  gpusPerReplica: Count({ default: 1, description: 'GPUs that serve together as one replica.' }),
  replicas: Count({ description: 'Replicas of the provider.', examples: [8] }),
  serving: services.schema,
  ...poolDynamicsProperties,
  phase: OneOf(PHASES, {
    default: 'both',
    description: 'Whether its replicas serve whole requests, only prefill, or only decode.',
  }),
  link: Type.Optional(
    Fields(
      {
        latency: Duration({
          description: 'Time of each transfer, however long the prompt.',
          examples: ['5ms'],
        }),
        bytesPerSecond: Type.Optional(
          Positive({
            description: 'Bandwidth of each replica [bytes/s]; without limit when left out.',
            examples: [50e9],
          }),
        ),
        bytesPerToken: Type.Optional(
          Positive({
            description: 'KV of a token [bytes]; that of the catalogue’s model when left out.',
            examples: [163_840],
          }),
        ),
      },
      { description: 'How the KV of finished prompts leaves a prefill pool.' },
    ),
  ),
});

/** What `$ref`s in `scenarioSchema` name. */
export const scenarioReferences = {
  [DURATION_DISTRIBUTION]: durationDistributions.schema,
  [TOKEN_DISTRIBUTION]: tokenDistributions.schema,
};

export const scenarioSchema = Fields({
  fleetyield: Type.Literal(1, { description: 'Version of the file format: 1.' }),
  name: Type.String({
    minLength: 1,
    description: 'A name for tables and results.',
    examples: ['chat-at-the-peak'],
  }),
  description: Type.Optional(
    Type.String({
      description: 'What the scenario is about and what to look at.',
      examples: ['A chat product at its evening peak: how long do free users wait?'],
    }),
  ),
  horizon: Fields(
    {
      start: RunStartTime({
        default: 'Mon 00:00',
        description:
          'Time of the week at which the run starts, such as Tue 13:00; or a date, such as 2026-03-01 13:00, of which windows of calendar months need one.',
      }),
      warmUp: Duration({
        default: '0s',
        description: 'Time before the measured window, excluded from all results.',
      }),
      duration: PositiveDuration({ description: 'Length of the measured window.', examples: ['24h'] }),
    },
    { description: 'When the run starts and how long it is measured.' },
  ),
  cell: Fields(
    {
      share: Share({
        default: 1,
        description: 'Share of the provider’s customers and fleet that is simulated.',
      }),
    },
    { default: {}, description: 'How much of the provider is simulated.' },
  ),
  workload: Fields(
    {
      load: Positive({
        default: 1,
        description:
          'What all demand is multiplied by: rates and users, and the pace of what is replayed. 1.05 is five percent more.',
      }),
      tiers: Type.Array(
        Fields({
          ...tierProperties,
          revenue: Type.Optional(revenuePlans.schema),
          slaCredits: Type.Optional(slaCreditsSchema),
          valueUsdPerRequest: Type.Optional(
            NonNegative({
              description:
                'What a gateway that goes by worth (highest-value, bid-price) takes a served request to be worth beyond what it pays by use: of a subscriber, say, the price of a month divided by the requests of a month [USD]. It earns nothing.',
              examples: [0.02],
            }),
          ),
        }),
        { minItems: 1, description: 'The classes of customers.' },
      ),
    },
    { description: 'Who sends which requests.' },
  ),
  fleet: Fields(
    {
      pools: Type.Array(poolSchema, { minItems: 1, description: 'The replicas, by kind.' }),
      ...fleetDynamicsProperties,
    },
    { description: 'The replicas and GPUs that serve.' },
  ),
  gateway: Fields(
    {
      rateLimits: List(rateLimitSchema, {
        default: [],
        description: 'Limits; all that concern a request must pass.',
      }),
      degradation: List(degradationRuleSchema, {
        default: [],
        description: 'Degradations, applied in order.',
      }),
      admission: withDefault(admissions, { kind: 'unbounded' }),
      discipline: withDefault(disciplines, { kind: 'fcfs' }),
      routing: withDefault(routings, { kind: 'central' }),
      telemetryInterval: PositiveDuration({
        default: '1s',
        description: 'How often load triggers see the fleet.',
      }),
    },
    { default: {}, description: 'What may happen before service.' },
  ),
  economics: Type.Optional(economicsSchema),
});

/**
 * A scenario as a user writes it, in a file or in code: durations as text, and what has a default may be left out. A key
 * that does not exist is refused by the compiler.
 *
 * @example
 * const scenario = {
 *   fleetyield: 1,
 *   name: 'one queue',
 *   horizon: { duration: '1h' },
 *   workload: { tiers: [{ name: 'all', model: 'm', arrivals: { kind: 'poisson', ratePerSecond: 0.9 } }] },
 *   fleet: {
 *     pools: [
 *       {
 *         name: 'servers',
 *         model: 'm',
 *         replicas: 1,
 *         serving: { kind: 'slots', concurrency: 1, serviceTime: { kind: 'exponential', mean: '1s' } },
 *       },
 *     ],
 *   },
 * } satisfies ScenarioInput;
 */
export type ScenarioInput = WrittenOf<typeof scenarioSchema>;

/** A scenario as it was read: defaults filled in, durations in seconds. */
export type ScenarioFile = Static<typeof scenarioSchema>;
