/**
 * The kinds of campaigns, and what each takes beside its scenarios: the one list from which the library and the API
 * read requests. The command line declares the same options with its own texts.
 */
import { Type, type Static, type TObject, type TProperties } from 'typebox';
import { DEFAULT_REPLICATIONS, MOST_ASKED_REPLICATIONS } from '../experiments/default-replications.ts';
import type { ScenarioRequest } from '../files/scenario-files.ts';
import { SchemaReader } from '../input/schema-reader.ts';
import { Count, defaulted, Fields, List, OneOf, Positive } from '../input/schema.ts';
import { SourceDocument } from '../input/source-document.ts';
import type { WrittenFields } from '../input/written.ts';
import type { Campaign, CampaignInputs } from './campaign.ts';
import { DESIGNS, METHODS } from './choices.ts';
import type { CampaignKind } from '../store/campaign-identity.ts';
import { compareCampaign } from './compare.ts';
import { scalingCampaign } from './scaling.ts';
import { sensitivityCampaign } from './sensitivity.ts';
import { subscribersCampaign } from './subscribers.ts';
import { sweepCampaign } from './sweep.ts';

/** A scenario as it was given: what it is called where two have one name, and how it is loaded. */
export interface GivenScenario {
  readonly given: string;
  readonly request: ScenarioRequest;
}

/** A kind of campaign: its parameters, and the campaign that they make of scenarios. */
interface CampaignKindOf<P extends TProperties, Document> {
  /** One sentence for the API. */
  readonly summary: string;
  /** Schemas of what it takes beside its scenarios. */
  readonly parameters: P;
  /** Whether it takes a list of scenarios, in place of one. */
  readonly takesSeveral: boolean;
  campaign(
    scenarios: readonly GivenScenario[],
    parameters: Static<TObject<P>>,
    inputs: CampaignInputs,
  ): Campaign<Document>;
}

/** Completes a kind with a reader of its parameters as they are written, for `read`. */
function kindOf<const P extends TProperties, Document>(kind: CampaignKindOf<P, Document>) {
  const schema = Fields(kind.parameters);
  return {
    ...kind,
    /**
     * The campaign of a request: of its scenarios, and of its parameters as they were written. Throws `InputError` for
     * what they have wrong.
     */
    read(scenarios: readonly GivenScenario[], written: object, inputs: CampaignInputs): Campaign<Document> {
      const document = new SourceDocument(JSON.stringify(written), 'request');
      return kind.campaign(scenarios, new SchemaReader(schema).read(document), inputs);
    },
  };
}

const MOST_TEXT = 10_000;
const MOST_ITEMS = 100;
const MOST_SIZES = 20;

const replicationCount = (description: string) =>
  defaulted(
    Type.Integer({
      minimum: 1,
      maximum: MOST_ASKED_REPLICATIONS,
      default: DEFAULT_REPLICATIONS,
      description,
    }),
  );

/** What all campaigns take. */
const COMMON = {
  seed: defaulted(
    Type.String({ default: '1', minLength: 1, maxLength: 200, description: 'Seed of all randomness.' }),
  ),
  confidence: defaulted(
    Type.Number({
      default: 0.95,
      minimum: 0.5,
      maximum: 0.9999,
      description: 'Confidence level of the intervals.',
    }),
  ),
};

/** What sweeps and sensitivities take. */
const POINTS = {
  ...COMMON,
  replications: replicationCount('Independent replications of each point.'),
  vary: List(Type.String({ maxLength: MOST_TEXT }), {
    minItems: 1,
    maxItems: MOST_ITEMS,
    description:
      'Values of a path, or their distribution, each PATH=VALUES, such as fleet.pools[0].replicas=2,3,4.',
  }),
  metrics: List(Type.String({ maxLength: MOST_TEXT }), {
    default: [],
    maxItems: MOST_ITEMS,
    description: 'The metrics of interest, such as ttft.p99 or tier:free/share.served.',
  }),
};

const fleetSizes = (sizes: readonly number[]) =>
  List(Positive({ description: 'A multiple of the present fleet.' }), {
    default: sizes,
    minItems: 1,
    maxItems: MOST_SIZES,
    description: 'Fleet sizes to run, as multiples of the present fleet.',
  });

/** Every kind of campaign, by name. */
export const CAMPAIGNS = {
  compare: kindOf({
    summary: 'Compares scenarios with the first of them, paired by replication.',
    takesSeveral: true,
    parameters: { ...COMMON, replications: replicationCount('Independent replications of each scenario.') },
    campaign: (scenarios, parameters, inputs) => compareCampaign({ scenarios, ...parameters }, inputs),
  }),
  sweep: kindOf({
    summary: 'Runs a scenario over a grid or a sample of values.',
    takesSeveral: false,
    parameters: {
      ...POINTS,
      design: OneOf(DESIGNS, {
        default: 'grid',
        description: 'Every combination of the values, or a sample of points.',
      }),
      points: Type.Optional(Count({ description: 'Points of a design that samples.' })),
    },
    campaign: ([one], { points = null, ...parameters }, inputs) =>
      sweepCampaign({ scenario: one!.request, points, ...parameters }, inputs),
  }),
  sensitivity: kindOf({
    summary: 'Finds out which values of a scenario matter.',
    takesSeveral: false,
    parameters: {
      ...POINTS,
      method: OneOf(METHODS, {
        default: 'tornado',
        description: 'Elementary effects of Morris, or one value at a time.',
      }),
      walks: Count({ default: 10, description: 'Trajectories of the method of Morris.' }),
      levels: Count({
        default: 4,
        description: 'Grid levels of each factor in the method of Morris, an even number.',
      }),
    },
    campaign: ([one], parameters, inputs) =>
      sensitivityCampaign({ scenario: one!.request, ...parameters }, inputs),
  }),
  scaling: kindOf({
    summary: 'Shows revenue and cost against fleet size, what a GPU is worth, and what binds.',
    takesSeveral: false,
    parameters: {
      ...COMMON,
      replications: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MOST_ASKED_REPLICATIONS,
          description: `Independent replications of each size and load; ${DEFAULT_REPLICATIONS} if left out, and 10 where intervals leave open what binds.`,
        }),
      ),
      gpus: fleetSizes([0.5, 0.75, 1, 1.5, 2]),
      pool: Type.Optional(
        Type.String({ maxLength: MOST_TEXT, description: 'The only pool to scale; all if left out.' }),
      ),
      step: defaulted(
        Type.Number({
          default: 0.02,
          exclusiveMinimum: 0,
          exclusiveMaximum: 1,
          description: 'Share of the fleet removed and added to see what a GPU is worth.',
        }),
      ),
    },
    campaign: ([one], { replications = null, pool = null, ...parameters }, inputs) =>
      scalingCampaign({ scenario: one!.request, replications, pool, ...parameters }, inputs),
  }),
  subscribers: kindOf({
    summary: 'Projects subscribers and demand month by month, each driving the other.',
    takesSeveral: false,
    parameters: {
      ...COMMON,
      replications: replicationCount('Independent replications of each month and size.'),
      months: defaulted(
        Type.Integer({ default: 12, minimum: 1, maximum: 240, description: 'Months to project.' }),
      ),
      gpus: fleetSizes([1]),
    },
    campaign: ([one], parameters, inputs) =>
      subscribersCampaign({ scenario: one!.request, ...parameters }, inputs),
  }),
} as const satisfies Readonly<Record<CampaignKind, unknown>>;

/** What a user writes for a kind of campaign beside its scenarios. */
export type CampaignParametersOf<Kind extends CampaignKind> = WrittenFields<
  (typeof CAMPAIGNS)[Kind]['parameters']
>;
