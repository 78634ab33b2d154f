/**
 * The levers study: what each lever on `openai-2025` changes, under common random numbers. A lever is a scenario that
 * changes that one, so `fleetyield compare openai-2025 LEVER` says the same of a larger cell. Lock-in changes nothing
 * within a day: it is held against the same day with churn, a year ahead.
 */
import { Columns } from '../src/experiments/columns.ts';
import { compareScenarios, type Difference, type Side } from '../src/experiments/compare.ts';
import { elasticity } from '../src/experiments/elasticity.ts';
import { replicate, type ReplicationResult } from '../src/experiments/replicate.ts';
import { readCatalog } from '../src/files/catalog-files.ts';
import { loadScenario } from '../src/files/scenario-files.ts';
import { scenarioPath, shippedScenarios } from '../src/files/shipped-scenarios.ts';
import type { Scenario } from '../src/scenario/scenario.ts';
import type { Interval } from '../src/stats/index.ts';

export const BASELINE = 'openai-2025';
export const SEED = 'levers';
export const LEVEL = 0.95;

/** How the study runs: values replaced in every scenario, and how often each is run. */
export interface Scale {
  readonly overrides: readonly string[];
  readonly replications: number;
}

/** A whole day, of half the preset's cell. */
export const PUBLISHED: Scale = { overrides: ['cell.share=0.0001'], replications: 3 };

export const SHOWN = ['revenue.perYear', 'cost.perYear', 'margin.perYear', 'cost.perMillionTokens'] as const;

/** The lever that moves no day, and the scenario with churn that it changes. */
export const LOCK_IN = { baseline: 'openai-2025-churn', lever: 'lever-lock-in' } as const;

/** What lock-in is told by: what a day serves and earns, and what the year ahead does. */
export const SHOWN_OF_LOCK_IN = [
  'throughput.outputTokens',
  'revenue.perYear',
  'subscribers.month12',
  'revenue.month12',
] as const;

export interface Lever {
  readonly name: string;
  readonly about: string;
  /** By metric, against the baseline. */
  readonly differences: ReadonlyMap<string, Difference>;
  readonly elasticities: Elasticities;
}

/** Along the arc from one large engine of the cell fewer to all of them. */
export interface Elasticities {
  readonly revenue: Interval;
  /** Of what is paid by the piece, which can answer within a day. */
  readonly byUse: Interval;
}

export interface LeversStudy {
  readonly scale: Scale;
  readonly baseline: { readonly values: ReadonlyMap<string, number>; readonly elasticities: Elasticities };
  readonly levers: readonly Lever[];
  readonly lockIn: LockIn;
}

export interface LockIn {
  readonly about: string;
  readonly baselineAbout: string;
  /** By metric, the lever against the scenario with churn. */
  readonly differences: ReadonlyMap<string, Difference>;
}

export const leverNames = (): readonly string[] =>
  shippedScenarios()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('lever-'));

const catalog = readCatalog();
/** A shipped scenario with values replaced. */
export const load = (name: string, overrides: readonly string[]): Scenario =>
  loadScenario({ path: scenarioPath(name), overrides }, catalog);

const run = (scenario: Scenario, { replications }: Scale): ReplicationResult[] =>
  Array.from({ length: replications }, (_, index) => replicate(scenario, SEED, index, { byHour: false }));

const valueOf = ({ measurements }: ReplicationResult, metric: string, of = 'total'): number => {
  const found = measurements.find((one) => one.scope === of && one.metric === metric)?.observation;
  if (found?.kind !== 'value' || found.value === null) throw new Error(`there is no ${metric} of ${of}`);
  return found.value;
};

const revenueOf = (result: ReplicationResult) => valueOf(result, 'revenue');

/** Revenue of tiers that do not pay by the month [USD]. */
const revenueByUse =
  ({ cell, priceBook }: Scenario) =>
  (result: ReplicationResult): number =>
    cell.tiers
      .filter((_, tier) => priceBook.plans[tier]?.overTime(1, 1) === 0)
      .reduce((sum, { rule }) => sum + valueOf(result, 'revenue', `tier:${rule.name}`), 0);

const gpusOf = ({ cell }: Scenario) =>
  cell.pools.reduce((sum, { replicas, gpusPerReplica }) => sum + replicas * gpusPerReplica, 0);

/** Runs the lever with one large engine of the cell fewer. */
function elasticitiesOf(
  name: string,
  scenario: Scenario,
  all: readonly ReplicationResult[],
  scale: Scale,
): Elasticities {
  const fewer = (scenario.cell.pools[0]!.replicas - 1) / scenario.cell.share;
  const smaller = load(name, [...scale.overrides, `fleet.pools[0].replicas=${Math.round(fewer)}`]);
  const below = run(smaller, scale);
  const of = (value: (result: ReplicationResult) => number): Interval =>
    elasticity(
      {
        below: { at: gpusOf(smaller), values: below.map(value) },
        above: { at: gpusOf(scenario), values: all.map(value) },
      },
      LEVEL,
    );
  return { revenue: of(revenueOf), byUse: of(revenueByUse(scenario)) };
}

function sideOf(name: string, results: readonly ReplicationResult[]): Side {
  const columns = new Columns(results.map(({ measurements }) => measurements));
  return {
    name,
    metrics: columns.names,
    fingerprints: results.map(({ fingerprints }) => fingerprints.join()),
    column: (place) => columns.column(place),
  };
}

function runLockIn(scale: Scale, told: (name: string) => void): LockIn {
  const [before, after] = [LOCK_IN.baseline, LOCK_IN.lever].map((name) => {
    const scenario = load(name, scale.overrides);
    const side = sideOf(name, run(scenario, scale));
    told(name);
    return { side, about: scenario.description! };
  });
  const { differences } = compareScenarios(before!.side, [after!.side], LEVEL);
  return {
    about: after!.about,
    baselineAbout: before!.about,
    differences: new Map(
      differences.filter(({ scope }) => scope === 'total').map((one) => [one.metric, one]),
    ),
  };
}

/** All but the one that is held against a baseline of its own. */
const leversOfTheDay = () => leverNames().filter((name) => name !== LOCK_IN.lever);

/** Runs `names`, the baseline and lock-in; `told` hears of each that is done. */
export function runLevers(scale: Scale, told: (name: string) => void, names = leversOfTheDay()): LeversStudy {
  const lockIn = runLockIn(scale, told);
  const [baseline, ...levers] = [BASELINE, ...names].map((name) => {
    const scenario = load(name, scale.overrides);
    const results = run(scenario, scale);
    const found = {
      side: sideOf(name, results),
      about: scenario.description!,
      elasticities: elasticitiesOf(name, scenario, results, scale),
    };
    told(name);
    return found;
  });
  const { differences } = compareScenarios(
    baseline!.side,
    levers.map(({ side }) => side),
    LEVEL,
  );
  const total = differences.filter(({ scope }) => scope === 'total');
  const of = (name: string) =>
    new Map(total.filter(({ scenario }) => scenario === name).map((one) => [one.metric, one]));
  return {
    scale,
    baseline: {
      values: new Map(total.map(({ metric, baseline: value }) => [metric, value!])),
      elasticities: baseline!.elasticities,
    },
    levers: levers.map(({ side, about, elasticities }) => ({
      name: side.name,
      about,
      elasticities,
      differences: of(side.name),
    })),
    lockIn,
  };
}
