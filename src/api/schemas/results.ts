/** Schemas of results: how they are asked for, and the estimates, series, values and documents that are answered. */
import { Type } from 'typebox';
import { Fields, OneOf } from '../../input/schema.ts';
import {
  BatchId,
  component,
  confidence,
  NamedScenario,
  NumberOrNull,
  orNull,
  pageOf,
  pageQuery,
} from './components.ts';

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
