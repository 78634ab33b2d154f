/**
 * Scaling: what a fleet of another size would earn. It folds paired runs of several sizes, of a few GPUs fewer and
 * more, and of a little less and more load into elasticities, the shadow price of a GPU and the regime. It knows the
 * numbers of replications, and not how a fleet is made larger. Sources: docs/model.md; docs/methodology.md
 */
import { meanInterval, sumOf, type Interval } from '../stats/index.ts';
import { SECONDS_PER_HOUR } from '../units.ts';
import type { MetricName } from './columns.ts';
import {
  elasticity,
  REGIME_RULE,
  REGIME_SHARES,
  regimeOf,
  verdictOfShare,
  type PairedArc,
  type Verdict,
} from './elasticity.ts';
import type { Estimate } from './estimate.ts';
import type { Column } from './observation-parts.ts';

/** The replications of one size or load; the same indices and the same seed in all. */
export interface Run {
  readonly metrics: readonly MetricName[];
  /** The replications' values of the metric at an index. */
  column(place: number): Column;
}

export interface ScalingRuns {
  /** The fleet as it is, a step smaller and a step larger; GPUs are the provider's. */
  readonly fewer: Sized;
  readonly base: Sized;
  readonly more: Sized;
  /** The requested sizes, rising. */
  readonly points: readonly Sized[];
  /** Load multiplied by less and by more; `null` where demand cannot be multiplied so. */
  readonly load: { readonly less: Loaded; readonly more: Loaded } | null;
  /** Of each hour of the window: hour of the week (0 = Monday 00:00 to 01:00), and how much of it lies inside [s]. */
  readonly hourOfWeek: readonly number[];
  readonly secondsOfHour: readonly number[];
  /** The cell's share of the provider. */
  readonly share: number;
}

export interface Sized {
  readonly gpus: number;
  readonly run: Run;
}

export interface Loaded {
  readonly load: number;
  readonly run: Run;
}

/** An estimate without a name; the surrounding object identifies it. */
export interface Bounds {
  readonly mean: number | null;
  readonly halfWidth: number | null;
}

export interface Elasticities {
  /** d log ÷ d log GPUs. */
  readonly supply: Bounds;
  /** d log ÷ d log load. */
  readonly demand: Bounds;
}

export interface Scaling {
  /** Of revenue, output tokens and requests served, each in total; without data where there is none. */
  readonly elasticity: {
    readonly revenue: Elasticities;
    readonly tokens: Elasticities;
    readonly requests: Elasticities;
  };
  /** The two elasticities of the measure of the regime, added up, less one: near zero in a large system. */
  readonly eulerGap: number | null;
  readonly shadowPrice: ShadowPrice;
  readonly regime: RegimeOf<{
    readonly rule: string;
    /** The share of revenue in the present fleet that answers to neither GPUs nor load; it is not of the measure. */
    readonly fixedRevenueShare: number | null;
    readonly byTier: readonly RegimeOf<{ readonly tier: string }>[];
    readonly byHour: readonly RegimeOf<{ readonly hourOfDay: number }>[];
    readonly arcs: readonly Arc[];
    readonly changes: readonly RegimeChange[];
  }>;
}

/** The measure that decides the regime: revenue where it responds to GPUs or load, else output tokens. */
export type Measure = 'revenue' | 'tokens.output';

export type RegimeOf<Place> = Place & {
  readonly verdict: Verdict;
  readonly measure: Measure;
  readonly supply: Bounds;
  readonly demand: Bounds;
  /** eS ÷ (eS + eD). */
  readonly supplyShare: Bounds;
};

/** Between two neighbouring sizes. Its verdict takes the elasticities to add up to one, as in a large system. */
export interface Arc {
  readonly fromGpus: number;
  readonly toGpus: number;
  readonly supply: Bounds;
  readonly verdict: Verdict;
}

/** About where the elasticity to GPUs falls through a border of the regimes, between the middles of two arcs. */
export interface RegimeChange {
  readonly from: Verdict;
  readonly to: Verdict;
  readonly gpus: number;
}

export interface ShadowPrice {
  readonly unit: 'USD/GPU-hour';
  /** What it is reckoned from; `null` without prices. */
  readonly of: 'contribution' | 'revenue' | null;
  /** What a GPU-hour more earns, and what one fewer loses. */
  readonly forward: Bounds;
  readonly backward: Bounds;
  /** What a GPU-hour of the present fleet costs on average; `null` where the scenario does not say. */
  readonly cost: number | null;
  /** Of that, what it costs standing idle: contribution has paid for the rest already, so advice goes by this. */
  readonly idleCost: number | null;
  readonly advice: Advice;
}

/**
 * `buy`: even the lower bound of what one more earns is above its cost. `release`: even the upper bound of what one fewer
 * loses is below it. `keep`: the intervals lie clear of the cost, and neither holds. Else `undetermined`.
 */
export type Advice = 'buy' | 'keep' | 'release' | 'undetermined';

/** A number a replication. */
type Reading = (run: Run) => readonly number[];

/** Throws RangeError when the runs do not have as many replications each. */
export function scalingOf(runs: ScalingRuns, confidence: number): Scaling {
  const revenue = revenueByUse(runs);
  const measure: Measure = revenue === null ? 'tokens.output' : 'revenue';
  const reading = revenue ?? readingOf('total', 'tokens.output');
  const regime = regimeOn(runs, reading, measure, confidence);
  const { supply, demand } = regime;
  const arcs = arcsOf(runs.points, reading, confidence);
  return {
    elasticity: {
      revenue: hasRevenue(runs)
        ? elasticitiesOf(runs, readingOf('total', 'revenue'), confidence)
        : { supply: NO_DATA, demand: NO_DATA },
      tokens: elasticitiesOf(runs, readingOf('total', 'tokens.output'), confidence),
      requests: elasticitiesOf(runs, readingOf('total', 'requests.served'), confidence),
    },
    eulerGap: supply.mean === null || demand.mean === null ? null : supply.mean + demand.mean - 1,
    shadowPrice: shadowPriceOf(runs, confidence),
    regime: {
      ...regime,
      rule: REGIME_RULE,
      fixedRevenueShare: revenue === null ? null : fixedShare(runs.base.run, revenue),
      byTier: byTier(runs, confidence),
      byHour: byHour(runs, revenue, confidence),
      arcs,
      changes: changesAlong(arcs),
    },
  };
}

const NO_DATA: Bounds = { mean: null, halfWidth: null };
const bounds = ({ mean, halfWidth }: Bounds): Bounds => ({ mean, halfWidth });

const arcOf = (below: Sized, above: Sized, reading: Reading): PairedArc => ({
  below: { at: below.gpus, values: reading(below.run) },
  above: { at: above.gpus, values: reading(above.run) },
});

const loadArcOf = ({ less, more }: NonNullable<ScalingRuns['load']>, reading: Reading): PairedArc => ({
  below: { at: less.load, values: reading(less.run) },
  above: { at: more.load, values: reading(more.run) },
});

function elasticitiesOf(
  { fewer, more, load }: ScalingRuns,
  reading: Reading,
  confidence: number,
): Elasticities {
  return {
    supply: bounds(elasticity(arcOf(fewer, more, reading), confidence)),
    demand: load === null ? NO_DATA : bounds(elasticity(loadArcOf(load, reading), confidence)),
  };
}

/** Without demand there is no regime. */
function regimeOn(
  runs: ScalingRuns,
  reading: Reading,
  measure: Measure,
  confidence: number,
): RegimeOf<unknown> {
  const { fewer, more, load } = runs;
  if (load === null) {
    const { supply } = elasticitiesOf(runs, reading, confidence);
    return { verdict: 'undetermined', measure, supply, demand: NO_DATA, supplyShare: NO_DATA };
  }
  const { verdict, supply, demand, supplyShare } = regimeOf(
    arcOf(fewer, more, reading),
    loadArcOf(load, reading),
    confidence,
  );
  return {
    verdict,
    measure,
    supply: bounds(supply),
    demand: bounds(demand),
    supplyShare: bounds(supplyShare),
  };
}

/** Dollars of a GPU-hour, forward and backward, from paired differences. */
function shadowPriceOf(
  { fewer, base, more, secondsOfHour, share }: ScalingRuns,
  confidence: number,
): ShadowPrice {
  const { run } = base;
  const of = has(run, 'total', 'contribution')
    ? 'contribution'
    : has(run, 'total', 'revenue')
      ? 'revenue'
      : null;
  const perGpuHour = (below: Sized, above: Sized): Interval | null => {
    if (of === null) return null;
    const reading = readingOf('total', of);
    const gpuHours = ((above.gpus - below.gpus) * share * sumOf(secondsOfHour)) / SECONDS_PER_HOUR;
    const [low, high] = [reading(below.run), reading(above.run)];
    return meanInterval(
      high.map((usd, replication) => (usd - low[replication]!) / gpuHours),
      confidence,
    );
  };
  const [forward, backward] = [perGpuHour(base, more) ?? NO_DATA, perGpuHour(fewer, base) ?? NO_DATA];
  const { cost, idleCost } = costOf(run);
  return {
    unit: 'USD/GPU-hour',
    of,
    forward: bounds(forward),
    backward: bounds(backward),
    cost,
    idleCost,
    advice: adviceOn(forward, backward, idleCost),
  };
}

function costOf(run: Run): Pick<ShadowPrice, 'cost' | 'idleCost'> {
  const column = columnOf(run, 'total', 'cost.perGpuHour');
  if (column?.kind !== 'ratio') return { cost: null, idleCost: null };
  const [dollars, gpuHours] = [sumOf(column.numerators), sumOf(column.denominators)];
  const variable = sumOf(readingOf('total', 'cost.variable')(run));
  return { cost: dollars / gpuHours, idleCost: (dollars - variable) / gpuHours };
}

function adviceOn(forward: Bounds, backward: Bounds, cost: number | null): Advice {
  const [up, down] = [limitsOf(forward), limitsOf(backward)];
  if (cost === null || up === null || down === null) return 'undetermined';
  if (up.low > cost) return 'buy';
  if (down.high < cost) return 'release';
  return up.high < cost && down.low > cost ? 'keep' : 'undetermined';
}

const limitsOf = ({ mean, halfWidth }: Bounds) =>
  mean === null || halfWidth === null ? null : { low: mean - halfWidth, high: mean + halfWidth };

function byTier(runs: ScalingRuns, confidence: number): Scaling['regime']['byTier'] {
  return tierScopes(runs).map((scope) => {
    const measure: Measure = answers(runs, scope) ? 'revenue' : 'tokens.output';
    return {
      tier: scope.slice(TIER.length),
      ...regimeOn(runs, readingOf(scope, measure), measure, confidence),
    };
  });
}

/**
 * By hour of the day, all hours of the window that share it together. So many verdicts are wrong together with the
 * probability of one: the confidence level is Bonferroni's.
 */
function byHour(runs: ScalingRuns, revenue: Reading | null, confidence: number): Scaling['regime']['byHour'] {
  const { base, hourOfWeek, secondsOfHour } = runs;
  if (!has(base.run, 'hour:0', 'tokens.output')) return [];
  const measure: Measure = revenue === null ? 'tokens.output' : 'revenue';
  const hoursOfDay = [...new Set(hourOfWeek.map(ofDay))].sort((a, b) => a - b);
  const ofEach = 1 - (1 - confidence) / hoursOfDay.length;
  const window = sumOf(secondsOfHour);
  return hoursOfDay.map((hourOfDay) => {
    const hours = hourOfWeek.flatMap((hour, index) => (ofDay(hour) === hourOfDay ? [index] : []));
    const earned = totalOf(hours.map((hour) => readingOf(`hour:${hour}`, measure)));
    const share = sumOf(hours.map((hour) => secondsOfHour[hour]!)) / window;
    const reading: Reading =
      revenue === null
        ? earned
        : (run) => {
            // What does not answer accrues evenly over the window.
            const fixed = fixedInTiers(run, revenue);
            return earned(run).map((usd, replication) => less(usd, share * fixed[replication]!));
          };
    return { hourOfDay, ...regimeOn(runs, reading, measure, ofEach) };
  });
}

const HOURS_PER_DAY = 24;
const ofDay = (hourOfWeek: number): number => hourOfWeek % HOURS_PER_DAY;

function arcsOf(points: readonly Sized[], reading: Reading, confidence: number): Arc[] {
  return points.slice(1).map((point, index) => {
    const before = points[index]!;
    const supply = elasticity(arcOf(before, point, reading), confidence);
    return {
      fromGpus: before.gpus,
      toGpus: point.gpus,
      supply: bounds(supply),
      verdict: verdictOfShare(supply),
    };
  });
}

/** Where the elasticity falls through a border from one arc to the next, read off between their middles in log GPUs. */
function changesAlong(arcs: readonly Arc[]): RegimeChange[] {
  const borders = [
    { border: REGIME_SHARES.supply, from: 'supply-constrained', to: 'balanced' },
    { border: REGIME_SHARES.demand, from: 'balanced', to: 'demand-constrained' },
  ] as const;
  const middle = ({ fromGpus, toGpus }: Arc) => Math.log(fromGpus * toGpus) / 2;
  return borders.flatMap(({ border, from, to }) => {
    const index = arcs.findIndex((arc, at) => {
      const [high, low] = [arc.supply.mean, arcs[at + 1]?.supply.mean ?? null];
      return high !== null && low !== null && high >= border && low < border;
    });
    const [above, below] = [arcs[index], arcs[index + 1]];
    if (above === undefined || below === undefined) return [];
    const [high, low] = [above.supply.mean!, below.supply.mean!];
    const along = (high - border) / (high - low);
    return [{ from, to, gpus: Math.exp(middle(above) + along * (middle(below) - middle(above))) }];
  });
}

const TIER = 'tier:';

const tierScopes = ({ base: { run } }: ScalingRuns): string[] =>
  run.metrics.flatMap(({ scope, metric }) =>
    metric === 'tokens.output' && scope.startsWith(TIER) ? [scope] : [],
  );

const hasRevenue = ({ base }: ScalingRuns): boolean => has(base.run, 'total', 'revenue');

/** Whether a tier's revenue is another with other GPUs or load in any replication: a subscription's is not. */
function answers(runs: ScalingRuns, scope: string): boolean {
  if (!has(runs.base.run, scope, 'revenue')) return false;
  const reading = readingOf(scope, 'revenue');
  const { fewer, base, more, load } = runs;
  const present = reading(base.run);
  const others = [fewer.run, more.run, ...(load === null ? [] : [load.less.run, load.more.run])];
  return others.some((run) => reading(run).some((usd, replication) => usd !== present[replication]));
}

/** The revenue of the tiers whose revenue answers to GPUs or load; `null` where none does. */
function revenueByUse(runs: ScalingRuns): Reading | null {
  const scopes = tierScopes(runs).filter((scope) => answers(runs, scope));
  return scopes.length === 0 ? null : totalOf(scopes.map((scope) => readingOf(scope, 'revenue')));
}

/** Revenue of the tiers that is not of `byUse`, by replication. */
function fixedInTiers(run: Run, byUse: Reading): readonly number[] {
  const other = has(run, 'total', 'revenue.other') ? readingOf('total', 'revenue.other')(run) : null;
  const used = byUse(run);
  return readingOf(
    'total',
    'revenue',
  )(run).map((usd, replication) => less(usd, used[replication]! + (other?.[replication] ?? 0)));
}

function fixedShare(run: Run, byUse: Reading): number {
  const all = sumOf(readingOf('total', 'revenue')(run));
  return less(all, sumOf(byUse(run))) / all;
}

/** Sums of the same dollars in another order differ by rounding only. */
const ROUNDING = 1e-9;

/** What is left of dollars; nothing where that is rounding. */
function less(usd: number, part: number): number {
  const rest = usd - part;
  return Math.abs(rest) <= ROUNDING * Math.abs(usd) ? 0 : rest;
}

const totalOf =
  (readings: readonly Reading[]): Reading =>
  (run) => {
    const columns = readings.map((reading) => reading(run));
    return columns[0]!.map((_, replication) => sumOf(columns.map((values) => values[replication]!)));
  };

function columnOf(run: Run, scope: string, metric: string): Column | null {
  const place = run.metrics.findIndex((one) => one.scope === scope && one.metric === metric);
  return place < 0 ? null : run.column(place);
}

const has = (run: Run, scope: string, metric: string): boolean =>
  run.metrics.some((one) => one.scope === scope && one.metric === metric);

/** Reads a metric that every replication has a number of. Throws RangeError where one has not. */
function readingOf(scope: string, metric: string): Reading {
  return (run) => {
    const column = columnOf(run, scope, metric);
    if (column?.kind !== 'value') throw new RangeError(`there are no values of ${metric} of ${scope}`);
    return column.values.map((value) => {
      if (value === null) throw new RangeError(`a replication has no ${metric} of ${scope}`);
      return value;
    });
  };
}

/** The estimates of a point: those of hours are left to the hours. */
export function pointEstimates(estimates: readonly Estimate[]): Estimate[] {
  return estimates.filter(({ scope }) => !scope.startsWith('hour:'));
}
