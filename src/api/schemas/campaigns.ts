/** Schemas of campaigns: how they are submitted and listed, and what is answered of them. */
import { Type, type TSchema } from 'typebox';
import { CAMPAIGNS } from '../../campaigns/requests.ts';
import { Fields, OneOf } from '../../input/schema.ts';
import { CAMPAIGN_KINDS, type CampaignKind } from '../../store/campaign-identity.ts';
import { JOB_STATUSES } from '../../store/life-cycle.ts';
import type { SentChoice } from '../campaign-requests.ts';
import type { ScenarioChoice } from '../uploads.ts';
import { component, Instant, NamedScenario, orNull, Overrides, pageOf, pageQuery } from './components.ts';
import { scenarioChoice } from './scenarios.ts';

const MOST_SCENARIOS = 20;

/** What callers send: the kind of the campaign, its scenario or scenarios, and its parameters beside them. */
export interface CampaignBody {
  readonly kind: CampaignKind;
  readonly scenario?: ScenarioChoice;
  readonly overrides?: readonly string[];
  readonly scenarios?: readonly SentChoice[];
}

/** @param mostReplications of each batch */
export const campaignBody = (mostReplications: number) => {
  const parametersOf = ({ replications, ...others }: (typeof CAMPAIGNS)[CampaignKind]['parameters']) => {
    const { default: usual, ...schema } = replications as TSchema & { readonly default?: number };
    const bounded = { ...schema, maximum: mostReplications };
    return {
      ...others,
      replications:
        usual === undefined
          ? Type.Optional(bounded)
          : { ...bounded, default: Math.min(usual, mostReplications) },
    };
  };
  const kinds = CAMPAIGN_KINDS.map((name) => {
    const { parameters, takesSeveral, summary } = CAMPAIGNS[name];
    const of = takesSeveral
      ? {
          scenarios: Type.Array(Fields({ scenario: scenarioChoice, overrides: Overrides }), {
            minItems: 2,
            maxItems: MOST_SCENARIOS,
            description: 'The baseline, and what is compared with it.',
          }),
        }
      : { scenario: scenarioChoice, overrides: Overrides };
    return Fields({ kind: Type.Literal(name), ...of, ...parametersOf(parameters) }, { description: summary });
  });
  return Type.Unsafe<CampaignBody>({
    type: 'object',
    noun: 'kind of campaign',
    discriminator: { propertyName: 'kind' },
    required: ['kind'],
    oneOf: kinds,
    examples: [
      {
        kind: 'sweep',
        scenario: { kind: 'shipped', name: 'erlang-c' },
        vary: ['fleet.pools[0].serving.concurrency=9,10,11'],
        metrics: ['wait.mean'],
      },
    ],
  });
};

export const CampaignQuery = Fields({
  ...pageQuery,
  kind: Type.Optional(OneOf(CAMPAIGN_KINDS, { description: 'Filter by kind.' })),
  status: Type.Optional(OneOf(JOB_STATUSES, { description: 'Filter by status.' })),
});

export const Campaign = component('Campaign', {
  id: Type.String(),
  kind: OneOf(CAMPAIGN_KINDS, { description: 'The kind of campaign.' }),
  status: OneOf(JOB_STATUSES, { description: 'There is a document once it is finished.' }),
  scenarios: Type.Array(NamedScenario),
  replications: Type.Object(
    { finished: Type.Integer(), planned: Type.Integer() },
    { description: 'Of all its batches; 0 of 0 before it runs.' },
  ),
  problem: orNull(Type.Object({ code: Type.String(), detail: Type.String() })),
  submittedAt: Instant,
  startedAt: orNull(Instant),
  endedAt: orNull(Instant),
});

export const CampaignPage = component('CampaignPage', pageOf(Campaign));

export const CampaignDocument = Type.Unsafe<object>({
  type: 'object',
  additionalProperties: true,
  description: 'What the command of the same name prints with --json.',
});
