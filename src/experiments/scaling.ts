/**
 * Scaling: what a fleet of another size would earn. It folds paired runs of several sizes, of a little fewer and more GPUs
 * and of a little less and more load into elasticities, the shadow price of a GPU and the regime. It knows the numbers of
 * replications, and not how a fleet is made larger. Sources: MODEL.md 8; METHODOLOGY 3.1 to 3.3.
 */
import { meanInterval, type Interval, type Measurement, type Observation } from '../stats/index.ts';
import {
  elasticity,
  REGIME_RULE,
  regimeOf,
  type PairedArc,
  type Regime,
  type Verdict,
} from './elasticity.ts';
import { estimate, type Estimate } from './estimate.ts';

/** The replications of one size or load, by index; all have the same seed. */
export type Runs = readonly (readonly Measurement[])[];

export interface ScalingRuns {
  /** GPUs of the provider, rising, and what they did. */
  readonly points: readonly { readonly gpus: number; readonly runs: Runs }[];
  /** The fleet as it is, a step smaller and a step larger. */
  readonly fewer: { readonly gpus: number; readonly runs: Runs };
  readonly base: { readonly gpus: number; readonly runs: Runs };
  readonly more: { readonly gpus: number; readonly runs: Runs };
  /** Load multiplied by less and by more than one; `null` where demand cannot be multiplied. */
  readonly load: {
    readonly less: { readonly factor: number; readonly runs: Runs };
    readonly more: { readonly factor: number; readonly runs: Runs };
  } | null;
  /** Hours of the window, each with its hour of the day. */
  readonly hourOfDay: readonly number[];
  /** The measured window [h] and the cell's share of the provider. */
  readonly hours: number;
  readonly share: number;
}

export interface ScalingPoint {
  readonly gpus: number;
  readonly estimates: readonly Estimate[];
}

/** An estimate without a name: what stands beside it says what it is of. */
export interface Bounds {
  readonly mean: number | null;
  readonly halfWidth: number | null;
}

export interface Scaling {
  readonly points: readonly ScalingPoint[];
  readonly elasticity: { readonly revenue: { readonly supply: Bounds; readonly demand: Bounds | null } };
  /** eS + eD − 1: near zero in a large system. `null` without demand. */
  readonly eulerGap: number | null;
  readonly shadowPrice: {
    readonly unit: 'USD/GPU-hour';
    /** What one more GPU earns, and what one fewer loses, in contribution. */
    readonly forward: Bounds;
    readonly backward: Bounds;
    /** What a GPU-hour costs; `null` where the scenario does not say. */
    readonly cost: number | null;
    readonly advice: Advice;
  };
  readonly regime: {
    readonly verdict: Verdict;
    readonly rule: string;
    readonly supplyShare: Bounds;
    readonly byTier: readonly RegimeOf<{ readonly tier: string; readonly measure: string }>[];
    readonly byHour: readonly RegimeOf<{ readonly hourOfDay: number }>[];
    /** Elasticity to GPUs between neighbouring sizes. */
    readonly arcs: readonly Arc[];
  };
}

export type RegimeOf<Place> = Place & {
  readonly verdict: Verdict;
  readonly supply: Bounds;
  readonly demand: Bounds;
  readonly supplyShare: Bounds;
};

export interface Arc {
  readonly fromGpus: number;
  readonly toGpus: number;
  readonly supply: Bounds;
}

/**
 * `buy`: even the lower bound of what one more earns is above its cost. `release`: even the upper bound of what one fewer
 * loses is below it. `keep`: neither, and the intervals lie clear of the cost. Else `undetermined`.
 */
export type Advice = 'buy' | 'release' | 'keep' | 'undetermined';

/** What of a replication a regime is read from. */
type Reading = (run: readonly Measurement[]) => number;

/** Throws RangeError when the runs do not have as many replications each. */
export function scalingOf(runs: ScalingRuns, level: number): Scaling {
  const revenue = readingOf('total', 'revenue');
  const whole = regimeOn(runs, revenue, level);
  const supply = whole?.supply ?? elasticity(arcOf(runs.fewer, runs.more, revenue), level);
  const demand = whole?.demand ?? null;
  return {
    points: runs.points.map(({ gpus, runs: own }) => ({ gpus, estimates: estimate(own, level) })),
    elasticity: { revenue: { supply: bounds(supply), demand: demand === null ? null : bounds(demand) } },
    eulerGap:
      demand?.mean === undefined || demand.mean === null || supply.mean === null
        ? null
        : supply.mean + demand.mean - 1,
    shadowPrice: shadowPriceOf(runs, level),
    regime: {
      verdict: whole?.verdict ?? 'undetermined',
      rule: REGIME_RULE,
      supplyShare: bounds(whole?.supplyShare ?? NO_DATA),
      byTier: byTier(runs, level),
      byHour: byHour(runs, level),
      arcs: runs.points.slice(1).map((point, index) => {
        const before = runs.points[index]!;
        return {
          fromGpus: before.gpus,
          toGpus: point.gpus,
          supply: bounds(elasticity(arcOf(before, point, revenue), level)),
        };
      }),
    },
  };
}

const NO_DATA: Bounds = { mean: null, halfWidth: null };
const bounds = ({ mean, halfWidth }: Bounds): Bounds => ({ mean, halfWidth });

interface Sized {
  readonly gpus: number;
  readonly runs: Runs;
}

const arcOf = (below: Sized, above: Sized, reading: Reading): PairedArc => ({
  below: { at: below.gpus, values: below.runs.map(reading) },
  above: { at: above.gpus, values: above.runs.map(reading) },
});

function regimeOn({ fewer, more, load }: ScalingRuns, reading: Reading, level: number): Regime | null {
  if (load === null) return null;
  return regimeOf(
    arcOf(fewer, more, reading),
    {
      below: { at: load.less.factor, values: load.less.runs.map(reading) },
      above: { at: load.more.factor, values: load.more.runs.map(reading) },
    },
    level,
  );
}

/** Dollars of one GPU and hour, forward and backward, from paired differences of contribution. */
function shadowPriceOf(runs: ScalingRuns, level: number): Scaling['shadowPrice'] {
  const { fewer, base, more, hours, share } = runs;
  const metric = has(base.runs, 'total', 'contribution') ? 'contribution' : 'revenue';
  const reading = readingOf('total', metric);
  const perGpuHour = (below: Sized, above: Sized): Interval => {
    const gpuHours = (above.gpus - below.gpus) * share * hours;
    return meanInterval(
      above.runs.map((run, index) => (reading(run) - reading(below.runs[index]!)) / gpuHours),
      level,
    );
  };
  const forward = perGpuHour(base, more);
  const backward = perGpuHour(fewer, base);
  const cost = has(base.runs, 'total', 'cost.perGpuHour')
    ? (estimate(base.runs, level).find((one) => one.scope === 'total' && one.metric === 'cost.perGpuHour')
        ?.mean ?? null)
    : null;
  return {
    unit: 'USD/GPU-hour',
    forward: bounds(forward),
    backward: bounds(backward),
    cost,
    advice: adviceOn(forward, backward, cost),
  };
}

function adviceOn(forward: Interval, backward: Interval, cost: number | null): Advice {
  const limits = ({ mean, halfWidth }: Interval) =>
    mean === null || halfWidth === null ? null : { low: mean - halfWidth, high: mean + halfWidth };
  const [up, down] = [limits(forward), limits(backward)];
  if (cost === null || up === null || down === null) return 'undetermined';
  if (up.low > cost) return 'buy';
  if (down.high < cost) return 'release';
  return up.high < cost && down.low > cost ? 'keep' : 'undetermined';
}

/** A tier that earns by use by its revenue; one that does not, such as a subscription, by the tokens it is given. */
function byTier(runs: ScalingRuns, level: number): Scaling['regime']['byTier'] {
  const { base, fewer, more } = runs;
  const tiers = (base.runs[0] ?? []).flatMap(({ scope, metric }) =>
    metric === 'tokens.output' && scope.startsWith('tier:') ? [scope] : [],
  );
  return tiers.flatMap((scope) => {
    const revenue = has(base.runs, scope, 'revenue') ? readingOf(scope, 'revenue') : null;
    const answers =
      revenue !== null && fewer.runs.some((run, index) => revenue(run) !== revenue(more.runs[index]!));
    const measure = answers ? 'revenue' : 'tokens.output';
    const regime = regimeOn(runs, readingOf(scope, measure), level);
    return regime === null ? [] : [{ tier: scope.slice('tier:'.length), measure, ...shown(regime) }];
  });
}

/** By hour of the day, all hours of the window that share it together; the level is Bonferroni's of so many hours. */
function byHour(runs: ScalingRuns, level: number): Scaling['regime']['byHour'] {
  if (!has(runs.base.runs, 'hour:0', 'revenue')) return [];
  const days = [...new Set(runs.hourOfDay)].sort((a, b) => a - b);
  const corrected = 1 - (1 - level) / days.length;
  return days.flatMap((hourOfDay) => {
    const hours = runs.hourOfDay.flatMap((own, hour) =>
      own === hourOfDay ? [readingOf(`hour:${hour}`, 'revenue')] : [],
    );
    const reading: Reading = (run) => hours.reduce((sum, read) => sum + read(run), 0);
    const regime = regimeOn(runs, reading, corrected);
    return regime === null ? [] : [{ hourOfDay, ...shown(regime) }];
  });
}

const shown = ({ verdict, supply, demand, supplyShare }: Regime) => ({
  verdict,
  supply: bounds(supply),
  demand: bounds(demand),
  supplyShare: bounds(supplyShare),
});

const has = (runs: Runs, scope: string, metric: string): boolean =>
  (runs[0] ?? []).some((one) => one.scope === scope && one.metric === metric);

/** Reads a metric that every replication has a number of. Throws RangeError where one has not. */
function readingOf(scope: string, metric: string): Reading {
  return (run) => {
    const found = run.find((one) => one.scope === scope && one.metric === metric);
    const value = found === undefined ? null : numberIn(found.observation);
    if (value === null) throw new RangeError(`a replication has no ${metric} of ${scope}`);
    return value;
  };
}

function numberIn(observation: Observation): number | null {
  return observation.kind === 'value' ? observation.value : null;
}
