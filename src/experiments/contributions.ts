/**
 * What each replication contributes to an estimate: the numbers whose spread says how sure it is. An estimate, and the
 * difference of two estimates, are put together from them in the same way, whatever kind of observation they rest on.
 */
import {
  meanInterval,
  QuantileSketch,
  ratioPseudoValues,
  sectioningInterval,
  sumOf,
  type Interval,
  type Observation,
  type QuantileSketchState,
} from '../stats/index.ts';

export interface Contributions {
  /** The estimate from all replications; `null` when there is no data. */
  readonly point: number | null;
  /**
   * One number a replication, `null` where it has none: their mean is the point or near it, their spread its
   * uncertainty. `null` altogether where nothing can be said of it.
   */
  readonly values: readonly (number | null)[] | null;
  /** Whether the spread is taken about the point, as sectioning does, or about the mean of the values. */
  readonly aboutPoint: boolean;
  /** Replications that the estimate rests on. */
  readonly n: number;
}

/** The contributions of observations of one metric, by replication. */
export function contributionsOf(observations: readonly Observation[], pools: QuantilePools): Contributions {
  const kind = observations[0]!.kind;
  switch (kind) {
    case 'value': {
      const values = ofKind(observations, kind).map(({ value }) => value);
      const known = values.filter((value) => value !== null);
      const point = known.length === 0 ? null : sumOf(known) / known.length;
      return { point, values, aboutPoint: false, n: known.length };
    }
    case 'ratio': {
      const ratios = ofKind(observations, kind);
      const { ratio, pseudoValues } = ratioPseudoValues(
        ratios.map(({ numerator }) => numerator),
        ratios.map(({ denominator }) => denominator),
      );
      return { point: ratio, values: pseudoValues, aboutPoint: false, n: ratios.length };
    }
    case 'quantile': {
      const quantiles = ofKind(observations, kind);
      const sketches = quantiles.map(({ sketch }) => pools.sketch(sketch));
      const { p, sketch } = quantiles[0]!;
      return sectioned(
        pools.pooled(sketch, sketches).quantile(p),
        sketches.map((one) => one.quantile(p)),
      );
    }
    case 'spread': {
      const spreads = ofKind(observations, kind);
      return sectioned(
        pooledDeviation(spreads),
        spreads.map(({ count, squares }) => (count > 1 ? Math.sqrt(squares / (count - 1)) : null)),
      );
    }
  }
}

/** The same estimate made within each replication, about the one made of all together. */
function sectioned(point: number | null, values: readonly (number | null)[]): Contributions {
  return { point, values, aboutPoint: true, n: values.filter((value) => value !== null).length };
}

/** The estimate with its interval. */
export function intervalOf({ point, values, aboutPoint, n }: Contributions, level: number): Interval {
  const known = (values ?? []).filter((value) => value !== null);
  const { halfWidth } = aboutPoint ? sectioningInterval(point, known, level) : meanInterval(known, level);
  return { mean: point, halfWidth: point === null || values === null ? null : halfWidth, n };
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
export class QuantilePools {
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
