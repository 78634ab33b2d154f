/**
 * Columns: the values of one metric in all replications, from memory or from a store. It knows the kinds of
 * observation, and nothing of intervals.
 */
import {
  quantileContributions,
  QuantileSketch,
  type Measurement,
  type Observation,
  type QuantileSketchState,
  type UpTo,
} from '../stats/index.ts';

/** The values of one metric by replication index, from which an estimate is folded. */
export type Column =
  | { readonly kind: 'value'; readonly values: readonly (number | null)[] }
  | {
      readonly kind: 'ratio';
      readonly numerators: readonly number[];
      readonly denominators: readonly number[];
    }
  /**
   * The quantile of the values of all together, and what each replication contributes to it; `null` where there are
   * none.
   */
  | {
      readonly kind: 'quantile';
      readonly pooled: number | null;
      readonly contributions: readonly (number | null)[];
    }
  | { readonly kind: 'spread'; readonly spreads: readonly Spread[] };

export type Spread = Omit<Extract<Observation, { kind: 'spread' }>, 'kind'>;

/** The name of a metric and where it was measured. */
export type MetricName = Pick<Measurement, 'scope' | 'metric' | 'unit'>;

/** The measurements of replications, all with the same names in the same order, metric by metric. */
export class Columns {
  readonly names: readonly MetricName[];
  private readonly replications: readonly (readonly Measurement[])[];
  private readonly pools = new QuantilePools();

  constructor(replications: readonly (readonly Measurement[])[]) {
    this.replications = replications;
    this.names = replications[0] ?? [];
  }

  /** Of the metric at a place among the names. */
  column(place: number): Column {
    return columnOf(
      this.replications.map((measurements) => measurements[place]!.observation),
      this.pools,
    );
  }
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
      const { p, sketch: key } = quantiles[0]!;
      const pool = pools.pooled(key, sketches);
      const pooled = pool.quantile(p);
      const parts = sketches.map((sketch) => partOf(sketch, pooled));
      return { kind, pooled, contributions: quantileContributions(p, pool, parts) };
    }
    case 'spread':
      return { kind, spreads: ofKind(observations, kind) };
  }
}

/** What of a replication lies at or below the pooled quantile. */
export const partOf = (sketch: QuantileSketch, pooled: number | null): UpTo => ({
  count: sketch.count,
  upTo: pooled === null ? 0 : sketch.weightUpTo(pooled),
});

/** Sketches restored and pooled once, however many quantiles are read from them. */
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
