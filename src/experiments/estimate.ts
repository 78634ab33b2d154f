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

/** Folds the measurements of replications, which all have the same names in the same order. */
export function estimate(replications: readonly (readonly Measurement[])[], level: number): Estimate[] {
  const pools = new QuantilePools();
  return (replications[0] ?? []).map(({ scope, metric, unit }, index) => {
    const observations = replications.map((measurements) => measurements[index]!.observation);
    return { scope, metric, unit, ...intervalOf(observations, level, pools) };
  });
}

function intervalOf(observations: readonly Observation[], level: number, pools: QuantilePools): Interval {
  const kind = observations[0]!.kind;
  switch (kind) {
    case 'value': {
      const values = ofKind(observations, kind).map(({ value }) => value);
      return meanInterval(
        values.filter((value) => value !== null),
        level,
      );
    }
    case 'ratio': {
      const ratios = ofKind(observations, kind);
      return ratioInterval(
        ratios.map(({ numerator }) => numerator),
        ratios.map(({ denominator }) => denominator),
        level,
      );
    }
    case 'quantile': {
      const quantiles = ofKind(observations, kind);
      const sketches = quantiles.map(({ sketch }) => pools.sketch(sketch));
      const { p } = quantiles[0]!;
      const sections = sketches.map((sketch) => sketch.quantile(p)).filter((value) => value !== null);
      return sectioningInterval(pools.pooled(quantiles[0]!.sketch, sketches).quantile(p), sections, level);
    }
    case 'spread': {
      const spreads = ofKind(observations, kind);
      const sections = spreads
        .filter(({ count }) => count > 1)
        .map(({ count, squares }) => Math.sqrt(squares / (count - 1)));
      return sectioningInterval(pooledDeviation(spreads), sections, level);
    }
  }
}

type Spread = Extract<Observation, { kind: 'spread' }>;

/** The standard deviation of all values together; `null` with fewer than two. */
function pooledDeviation(spreads: readonly Spread[]): number | null {
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
