/**
 * Estimates: replications folded into numbers with intervals. It knows how each kind of observation is put together,
 * and nothing of what is observed. The order in which replications are given does not matter beyond rounding; give them
 * by index for the same bytes.
 */
import {
  meanInterval,
  QuantileSketch,
  ratioInterval,
  sectioningInterval,
  sumOf,
  type Interval,
  type Measurement,
  type Observation,
  type QuantileSketchState,
} from '../stats/index.ts';

/** One number of the result, as it travels through store, API, command line and screen. */
export interface Estimate {
  readonly scope: string;
  readonly metric: string;
  readonly unit: string;
  /** `null` when there is no data. */
  readonly mean: number | null;
  /** Half the width of the confidence interval; `null` with fewer than two replications. */
  readonly halfWidth: number | null;
  /** Replications it rests on. */
  readonly n: number;
}

/** What replications said of one metric, by index: what an estimate is folded from. */
export type Column =
  | { readonly kind: 'value'; readonly values: readonly (number | null)[] }
  | {
      readonly kind: 'ratio';
      readonly numerators: readonly number[];
      readonly denominators: readonly number[];
    }
  /** The quantile of each replication, and that of the values of all together; `null` where there are none. */
  | {
      readonly kind: 'quantile';
      readonly sections: readonly (number | null)[];
      readonly pooled: number | null;
    }
  | { readonly kind: 'spread'; readonly spreads: readonly Spread[] };

export type Spread = Omit<Extract<Observation, { kind: 'spread' }>, 'kind'>;

/** Folds the measurements of replications, which all have the same names in the same order. */
export function estimate(replications: readonly (readonly Measurement[])[], level: number): Estimate[] {
  const pools = new QuantilePools();
  return (replications[0] ?? []).map(({ scope, metric, unit }, index) => {
    const observations = replications.map((measurements) => measurements[index]!.observation);
    return { scope, metric, unit, ...estimateColumn(columnOf(observations, pools), level) };
  });
}

/** The estimate of one metric. */
export function estimateColumn(column: Column, level: number): Interval {
  switch (column.kind) {
    case 'value':
      return meanInterval(present(column.values), level);
    case 'ratio':
      return ratioInterval(column.numerators, column.denominators, level);
    case 'quantile':
      return sectioningInterval(column.pooled, present(column.sections), level);
    case 'spread':
      return sectioningInterval(
        pooledDeviation(column.spreads),
        present(column.spreads.map(deviationOf)),
        level,
      );
  }
}

const present = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** The standard deviation of one replication's values; `null` with fewer than two. */
export function deviationOf({ count, squares }: Spread): number | null {
  return count > 1 ? Math.sqrt(squares / (count - 1)) : null;
}

function columnOf(observations: readonly Observation[], pools: QuantilePools): Column {
  const kind = observations[0]!.kind;
  switch (kind) {
    case 'value':
      return { kind, values: ofKind(observations, kind).map(({ value }) => value) };
    case 'ratio': {
      const ratios = ofKind(observations, kind);
      return {
        kind,
        numerators: ratios.map(({ numerator }) => numerator),
        denominators: ratios.map(({ denominator }) => denominator),
      };
    }
    case 'quantile': {
      const quantiles = ofKind(observations, kind);
      const sketches = quantiles.map(({ sketch }) => pools.sketch(sketch));
      const { p } = quantiles[0]!;
      return {
        kind,
        sections: sketches.map((sketch) => sketch.quantile(p)),
        pooled: pools.pooled(quantiles[0]!.sketch, sketches).quantile(p),
      };
    }
    case 'spread':
      return { kind, spreads: ofKind(observations, kind) };
  }
}

/** The standard deviation of all values together; `null` with fewer than two. */
export function pooledDeviation(spreads: readonly Spread[]): number | null {
  const count = sumOf(spreads.map((spread) => spread.count));
  if (count < 2) return null;
  const mean = sumOf(spreads.map((spread) => spread.count * spread.mean)) / count;
  const squares = sumOf(spreads.map((spread) => spread.squares + spread.count * (spread.mean - mean) ** 2));
  return Math.sqrt(squares / (count - 1));
}

/** Sketches restored and pooled once, however many quantiles are asked of them. */
class QuantilePools {
  private readonly restored = new Map<QuantileSketchState, QuantileSketch>();
  private readonly merged = new Map<QuantileSketchState, QuantileSketch>();

  sketch(state: QuantileSketchState): QuantileSketch {
    const known = this.restored.get(state) ?? QuantileSketch.fromState(state);
    this.restored.set(state, known);
    return known;
  }

  /** All sketches of a metric together; `key` is the state of the first. */
  pooled(key: QuantileSketchState, sketches: readonly QuantileSketch[]): QuantileSketch {
    const known = this.merged.get(key);
    if (known !== undefined) return known;
    const pool = new QuantileSketch();
    for (const sketch of sketches) pool.merge(sketch);
    this.merged.set(key, pool);
    return pool;
  }
}

function ofKind<K extends Observation['kind']>(
  observations: readonly Observation[],
  kind: K,
): Extract<Observation, { kind: K }>[] {
  return observations.filter(
    (observation): observation is Extract<Observation, { kind: K }> => observation.kind === kind,
  );
}
