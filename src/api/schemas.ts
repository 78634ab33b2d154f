/**
 * Schemas of the requests and answers sent over HTTP. The types, the checks and the OpenAPI document all derive from
 * them.
 */
import { Type, type Static, type TProperties, type TSchema, type TUnsafe } from 'typebox';
import { DEFAULT_REPLICATIONS } from '../experiments/default-replications.ts';
import { CAMPAIGNS } from '../campaigns/requests.ts';
import { CAMPAIGN_KINDS, type CampaignKind } from '../store/campaign-identity.ts';
import { BATCH_STATES } from '../store/jobs.ts';
import { JOB_STATUSES } from '../store/life-cycle.ts';
import type { SentChoice } from './campaign-requests.ts';
import type { ScenarioChoice } from './uploads.ts';
import { Fields, mapSchema, OneOf, withoutDefaulted } from '../input/schema.ts';
import { MOST_NAME } from './settings.ts';

/** A value or none. */
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const NumberOrNull = orNull(Type.Number());
const Instant = Type.String({ description: 'ISO 8601, UTC.' });

const named: TSchema[] = [];

/** Read-only data, at every depth. */
type Unwritten<T> = { readonly [Key in keyof T]: Unwritten<T[Key]> };

/** A named schema of the OpenAPI document, to which others refer. */
function component<P extends TProperties>(
  $id: string,
  properties: P,
  notes: object = {},
): TUnsafe<Unwritten<Static<ReturnType<typeof Type.Object<P>>>>> {
  named.push(Type.Object(properties, { $id, additionalProperties: false, ...notes }));
  return Type.Unsafe({ $ref: `${$id}#` });
}

/** Every named schema. */
export const COMPONENTS: readonly TSchema[] = named;

export const ProblemDocument = component(
  'Problem',
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; the same as on the command line.' }),
    detail: Type.String({ description: 'What is wrong, and a remedy.' }),
    faultCode: Type.Optional(
      Type.String({ description: 'The code of an error that is not one of the input, such as FY-900.' }),
    ),
    faults: Type.Optional(
      Type.Array(
        Type.Object({
          code: Type.String({ description: 'Stable, such as FY-110: docs/reference/errors.md has a list.' }),
          place: Type.String(),
          path: Type.String(),
          message: Type.String(),
        }),
        {
          description: 'One for each fault in the input.',
        },
      ),
    ),
  },
  { description: 'RFC 9457.' },
);

/** What problems mean, by status: first those that any operation may answer with, then those of some operations. */
const ANY_PROBLEM = {
  400: 'The request is wrong: each fault is named.',
  401: 'A token is needed, and none that holds came.',
  403: 'The token has no scope for it, or another origin asks.',
  408: 'The request did not come whole in time.',
  414: 'The path is too long to name anything.',
  417: 'More than 100-continue is expected.',
  429: 'Too much at once, or in a minute.',
  431: 'Path and headers are too long.',
  500: 'The server is wrong, or what it keeps is damaged: its log says more.',
  503: 'The server cannot answer now; the same request may succeed later.',
};
const SOME_PROBLEM = {
  404: 'There is no such thing.',
  409: 'It cannot be done as things are.',
  413: 'The body is too large.',
  415: 'The body is no JSON in UTF-8.',
  422: 'The Idempotency-Key was sent with another request; or the answer would be too long.',
};
type SomeProblem = keyof typeof SOME_PROBLEM;

/** Problems of operations that take a body, or may be sent one. */
export const SENT = [413, 415] as const;

const problemAnswers = (descriptions: object) =>
  Object.fromEntries(
    Object.entries(descriptions).map(([status, description]) => [
      status,
      {
        description: String(description),
        content: { 'application/problem+json': { schema: ProblemDocument } },
      },
    ]),
  );

/**
 * The answers of an operation: its own on success, its own problems, and those any operation may have. The type covers
 * only the answers on success, because problems are thrown.
 */
export const answers = <T extends object>(own: T, ...problems: readonly SomeProblem[]): T => ({
  ...problemAnswers(ANY_PROBLEM),
  ...problemAnswers(Object.fromEntries(problems.map((status) => [status, SOME_PROBLEM[status]]))),
  ...own,
});

// Parts of requests.

export const BatchId = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'An id of 64 hexadecimal digits.',
});
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'A hash of 64 hexadecimal digits.' });
export const ScenarioName = Type.String({
  minLength: 1,
  maxLength: MOST_NAME,
  description: 'The name of a scenario.',
});
const Overrides = Type.Array(Type.String({ maxLength: 10_000 }), {
  default: [],
  maxItems: 100,
  description: 'Values to replace, each PATH=VALUE, such as fleet.pools[0].replicas=8.',
});
const ScenarioText = Type.String({ minLength: 1, description: 'The scenario, as YAML or JSON.' });
/** Below one half an interval says nothing; above the maximum, its quantiles are unreliable. */
const confidence = (notes: object = {}) =>
  Type.Number({
    minimum: 0.5,
    maximum: 0.9999,
    ...notes,
    description: 'Probability that an interval covers.',
  });

export const ById = Fields({ id: BatchId });
export const ByName = Fields({ name: ScenarioName });
export const ByVersion = Fields({ name: ScenarioName, hash: Hash });

const MOST_ROWS = 1_000;
const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: MOST_ROWS, default: 50, description: 'Rows of a page.' }),
  cursor: Type.Optional(
    Type.String({ pattern: '^[0-9]{1,15}$', description: 'The cursor `next` of the previous page.' }),
  ),
};
export const PageQuery = Fields(pageQuery);

export const BatchQuery = Fields({
  ...pageQuery,
  scenario: Type.Optional(Type.String({ description: 'Filter by scenario.' })),
  seed: Type.Optional(Type.String({ description: 'Filter by seed.' })),
  status: Type.Optional(OneOf(BATCH_STATES, { description: 'Filter by status.' })),
});

export const DeleteQuery = Fields({
  force: Type.Boolean({
    default: false,
    description: 'Also if another process is running it, which then stops.',
  }),
});

/** More than hand-written scenarios have; the estimates of scenarios with hundreds of tiers come in pages. */
const MOST_ESTIMATES = 10_000;

/** Selects the requested numbers; all of them if absent. */
const someMetrics = {
  scope: Type.Optional(Type.String({ description: 'total, tier:NAME, pool:NAME or hour:N.' })),
  metric: Type.Optional(
    Type.String({ description: 'The name of a metric; GET /v1/strategies/metrics lists them.' }),
  ),
};

export const EstimatesQuery = Fields({
  ...someMetrics,
  confidence: Type.Optional(confidence()),
  limit: Type.Integer({
    minimum: 1,
    maximum: MOST_ESTIMATES,
    default: MOST_ESTIMATES,
    description: 'Estimates of a page; a page of long names has fewer.',
  }),
  cursor: pageQuery.cursor,
});

export const ReplicationsQuery = Fields({
  ...pageQuery,
  scope: Type.String({ default: 'total', description: 'total, tier:NAME, pool:NAME or hour:N.' }),
  metric: Type.String({ description: 'The name of a metric; GET /v1/strategies/metrics lists them.' }),
});

export const ExportQuery = Fields({
  table: OneOf(['estimates', 'replications', 'hourly', 'batches'], {
    default: 'estimates',
    description: 'The rows, as fleetyield export --help explains them.',
  }),
  format: OneOf(['csv', 'json', 'parquet'], { default: 'csv', description: 'The format of the file.' }),
});

export const ComparisonQuery = Fields({
  baseline: BatchId,
  batch: BatchId,
  confidence: confidence({ default: 0.95 }),
  ...someMetrics,
});

export const RepriceQuery = Fields(someMetrics);

export const ScenarioBody = Fields({ text: ScenarioText, overrides: Overrides });

const scenarioKinds = [
  Fields({ kind: Type.Literal('text'), text: ScenarioText }, { description: 'The scenario itself.' }),
  Fields(
    { kind: Type.Literal('stored'), name: ScenarioName, hash: Type.Optional(Hash) },
    { description: 'A stored scenario; its newest version unless a hash is given.' },
  ),
  Fields({ kind: Type.Literal('shipped'), name: ScenarioName }, { description: 'A shipped scenario.' }),
] as const;

const scenarioChoice = Type.Unsafe<Static<(typeof scenarioKinds)[number]>>({
  type: 'object',
  noun: 'choice of a scenario',
  discriminator: { propertyName: 'kind' },
  required: ['kind'],
  oneOf: scenarioKinds,
});

export const batchBody = (mostReplications: number) =>
  Fields({
    scenario: scenarioChoice,
    overrides: Overrides,
    seed: Type.String({ default: '1', minLength: 1, maxLength: 200, description: 'Seed of all randomness.' }),
    replications: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: mostReplications,
        description: `Independent replications; ${DEFAULT_REPLICATIONS} without precision.`,
      }),
    ),
    precision: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description:
          'Add replications until the relative half-width of the headline metrics is at most this.',
      }),
    ),
    confidence: confidence({ default: 0.95 }),
    byHour: Type.Boolean({ default: false, description: 'Also estimate by clock hour of the window.' }),
  });

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

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Repeating a key with the same body within a day repeats the first answer.',
    }),
  ),
});

export const ResumeHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ pattern: '^[0-9]{1,15}$', description: 'The id of the last event received.' }),
  ),
});

// Answers.

/** A page of something; `next` is the cursor of the following page, `null` on the last. */
const pageOf = <T extends TSchema>(items: T) => ({
  items: Type.Array(items),
  next: orNull(Type.String({ description: 'The cursor of the next page.' })),
});

const outline = {
  name: Type.String(),
  description: orNull(Type.String()),
  hash: Type.String({ description: 'Digest of everything that affects the numbers.' }),
  tiers: Type.Array(Type.String()),
  pools: Type.Array(Type.Object({ name: Type.String(), gpus: Type.Number() })),
};

export const CheckedScenario = component('CheckedScenario', {
  ...outline,
  gpus: Type.Number({ description: 'In the cell.' }),
});

const version = {
  ...outline,
  overrides: Type.Array(Type.String()),
  createdAt: Instant,
};
export const ScenarioVersion = component('ScenarioVersion', version);
export const WholeScenario = component('Scenario', { ...version, text: Type.String() });
export const ScenarioPage = component('ScenarioPage', pageOf(ScenarioVersion));

const NamedScenario = Type.Object({
  name: Type.String(),
  hash: Type.String(),
  changes: Type.Array(Type.String(), { description: 'Values replaced in it, each PATH=VALUE.' }),
});

export const Batch = component('Batch', {
  id: Type.String(),
  status: OneOf(BATCH_STATES, {
    description:
      'unfinished: a command was interrupted; running-elsewhere: another process than the server, or a campaign, runs it.',
  }),
  scenario: NamedScenario,
  seed: Type.String(),
  byHour: Type.Boolean(),
  confidence: Type.Number(),
  replications: Type.Object({
    planned: Type.Integer(),
    done: Type.Integer(),
    failed: Type.Integer(),
  }),
  precision: orNull(
    Type.Number({ description: 'The precision asked for instead of a number of replications.' }),
  ),
  problem: orNull(Type.Object({ code: Type.String(), detail: Type.String() })),
  wallSeconds: Type.Number({ description: 'Sum over all replications, on one thread.' }),
  version: Type.String(),
  node: Type.String(),
  createdAt: Instant,
  updatedAt: Instant,
  submittedAt: orNull(Instant),
  startedAt: orNull(Instant),
  endedAt: orNull(Instant),
});
export const BatchPage = component('BatchPage', pageOf(Batch));

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

export const Estimate = component('Estimate', {
  scope: Type.String(),
  metric: Type.String(),
  unit: Type.String(),
  mean: NumberOrNull,
  halfWidth: NumberOrNull,
  n: Type.Integer(),
});

export const Estimates = component('Estimates', {
  batch: Type.String(),
  confidence: Type.Number(),
  replications: Type.Integer({ description: 'Finished replications at the time of the request.' }),
  estimates: Type.Array(Estimate),
  next: orNull(Type.String({ description: 'The cursor of the next page; null after the last.' })),
});

const counts = Type.Array(Type.Number());
export const Hourly = component('Hourly', {
  batch: Type.String(),
  replications: Type.Integer({ description: 'The number of replications averaged.' }),
  hourOfWeek: Type.Array(Type.Integer({ description: '0 is Monday 00:00 to 01:00.' })),
  seconds: Type.Array(Type.Number({ description: 'Seconds of the hour within the window.' })),
  tiers: Type.Array(
    Type.Object({
      name: Type.String(),
      outcomes: Type.Object({
        served: counts,
        limited: counts,
        shed: counts,
        abandoned: counts,
        failed: counts,
        unfinished: counts,
      }),
      degraded: counts,
    }),
  ),
});

export const Replications = component('Replications', {
  batch: Type.String(),
  scope: Type.String(),
  metric: Type.String(),
  unit: Type.String(),
  ...pageOf(
    Type.Object({
      replication: Type.Integer(),
      status: OneOf(['done', 'failed'], { description: 'Status of the replication.' }),
      value: NumberOrNull,
      wallSeconds: NumberOrNull,
    }),
  ),
});

export const Comparison = component('Comparison', {
  seed: Type.String(),
  replications: Type.Integer({ description: 'Replications that both batches have.' }),
  confidence: Type.Number(),
  baseline: Type.String(),
  scenarios: Type.Array(Type.Object({ scenario: Type.String(), sameDemand: Type.Boolean() })),
  differences: Type.Array(
    Type.Object({
      scenario: Type.String(),
      scope: Type.String(),
      metric: Type.String(),
      unit: Type.String(),
      baseline: NumberOrNull,
      mean: NumberOrNull,
      halfWidth: NumberOrNull,
      n: Type.Integer(),
      varianceReduction: NumberOrNull,
      pValue: NumberOrNull,
      adjustedPValue: NumberOrNull,
      replicationsToDecide: orNull(Type.Integer()),
    }),
  ),
});

const audit = Type.Object({
  passed: Type.Boolean(),
  checks: Type.Array(Type.Object({ name: Type.String(), passed: Type.Boolean(), detail: Type.String() })),
});

export const PricesBody = Fields({
  text: Type.String({
    minLength: 1,
    description: 'Prices, as YAML or JSON: revenue by tier, and economics; see fleetyield reprice --help.',
  }),
});

export const Repriced = component(
  'Repriced',
  {
    fleetyield: Type.String(),
    scenario: NamedScenario,
    seed: Type.String(),
    replications: Type.Integer(),
    confidence: Type.Number(),
    prices: Type.String(),
    estimates: Type.Array(Estimate),
    audit,
  },
  { description: 'What fleetyield reprice --json prints.' },
);

export const Result = component(
  'Result',
  {
    fleetyield: Type.String(),
    scenario: NamedScenario,
    seed: Type.String(),
    replications: Type.Integer(),
    confidence: Type.Number(),
    interrupted: Type.Boolean(),
    estimates: Type.Array(Estimate),
    warnings: Type.Array(Type.String(), {
      description: 'Caveats about the estimates; usually none.',
    }),
    audit,
    wallSeconds: Type.Number(),
  },
  { description: 'What fleetyield run --json prints.' },
);

export const Entry = component('Entry', {
  name: Type.String(),
  summary: Type.String(),
  example: Type.Optional(Type.Unsafe<object>({ type: 'object', additionalProperties: true })),
  schema: Type.Optional(
    Type.Unsafe<object>({
      type: 'object',
      additionalProperties: true,
      description: 'JSON Schema of what it takes.',
    }),
  ),
  sources: Type.Optional(Type.Array(Type.String())),
});
export const Family = component('Family', {
  family: Type.String(),
  summary: Type.String(),
  entries: Type.Array(Entry),
});
export const Families = component('Families', { families: Type.Array(Family) });

const PARTS = ['body', 'querystring', 'params', 'headers'] as const;

/**
 * The schema of an operation as a client sees it: what has a default may be left out. The schemas themselves describe
 * requests after reading, when the default is filled in.
 */
export function asWritten<Schema extends Partial<Record<(typeof PARTS)[number], unknown>>>(
  schema: Schema,
): Schema {
  const parts = PARTS.filter((part) => schema[part] !== undefined);
  return {
    ...schema,
    ...Object.fromEntries(parts.map((part) => [part, mapSchema(schema[part], withoutDefaulted)])),
  };
}
