/**
 * The four kinds of observation, as numbers: taken apart replication by replication, and put together into the column of
 * a metric. Whatever carries observations, memory or a store, carries these numbers, and the samples of quantiles.
 */
import type { Measurement, Observation, QuantileSketchState } from '../stats/index.ts';

export type Spread = Omit<Extract<Observation, { kind: 'spread' }>, 'kind'>;

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

/** What is the same for a metric in all replications. */
export interface MetricLayout {
  readonly scope: string;
  readonly metric: string;
  readonly unit: string;
  readonly kind: Observation['kind'];
  /** The probability of a quantile, and which of the replication's sketches it belongs to; `null` for other kinds. */
  readonly p: number | null;
  readonly sample: number | null;
}

/** Where the columns of metrics come from: replications in memory, or the records of a store. */
export interface ColumnSource {
  /** In the order of results. */
  readonly layout: readonly MetricLayout[];
  /** The column of the metric at a place in the layout. */
  column(place: number): Column;
}

/** How many numbers an observation is made of; a quantile is made of its sample. */
export const PARTS_OF: Readonly<Record<Observation['kind'], number>> = {
  value: 1,
  ratio: 2,
  quantile: 0,
  spread: 3,
};

/** The numbers of an observation, `PARTS_OF` its kind: its value, the terms of its ratio, or count, mean and squares. */
export function partsOf(observation: Observation): readonly (number | null)[] {
  switch (observation.kind) {
    case 'value':
      return [observation.value];
    case 'ratio':
      return [observation.numerator, observation.denominator];
    case 'quantile':
      return [];
    case 'spread':
      return [observation.count, observation.mean, observation.squares];
  }
}

/**
 * The value of one replication alone; `null` without data.
 *
 * @param quantileOf the quantile of a sample
 */
export function valueOf(
  observation: Observation,
  quantileOf: (sketch: QuantileSketchState, p: number) => number | null,
): number | null {
  switch (observation.kind) {
    case 'value':
      return observation.value;
    case 'ratio':
      return observation.denominator === 0 ? null : observation.numerator / observation.denominator;
    case 'quantile':
      return quantileOf(observation.sketch, observation.p);
    case 'spread':
      return deviationOf(observation);
  }
}

/** The standard deviation of one replication's values; `null` with fewer than two. */
export function deviationOf({ count, squares }: Spread): number | null {
  return count > 1 ? Math.sqrt(squares / (count - 1)) : null;
}

/**
 * The column of a metric from the numbers of its parts, each by replication; NaN stands for no value.
 *
 * @param quantiles the column of a quantile, which is made of samples
 */
export function columnOf(
  kind: Observation['kind'],
  parts: readonly Float64Array[],
  quantiles: () => Column,
): Column {
  const [first = new Float64Array(), second = new Float64Array(), third = new Float64Array()] = parts;
  switch (kind) {
    case 'value':
      return { kind, values: Array.from(first, (value) => (Number.isNaN(value) ? null : value)) };
    case 'ratio':
      return { kind, numerators: [...first], denominators: [...second] };
    case 'quantile':
      return quantiles();
    case 'spread':
      return {
        kind,
        spreads: Array.from(first, (count, at) => ({ count, mean: second[at]!, squares: third[at]! })),
      };
  }
}

/** The layout of the measurements of a replication, and its samples in the order in which metrics first name them. */
export function layoutOf(measurements: readonly Measurement[]): {
  readonly layout: MetricLayout[];
  readonly samples: readonly QuantileSketchState[];
} {
  const samples = new Map<QuantileSketchState, number>();
  const layout = measurements.map(({ scope, metric, unit, observation }): MetricLayout => {
    const { kind } = observation;
    if (kind !== 'quantile') return { scope, metric, unit, kind, p: null, sample: null };
    const { p, sketch } = observation;
    const sample = samples.get(sketch) ?? samples.size;
    samples.set(sketch, sample);
    return { scope, metric, unit, kind, p, sample };
  });
  return { layout, samples: [...samples.keys()] };
}

/** The probabilities of the quantiles that a layout asks of some samples, each once, by a key. */
export function quantilesAsked(
  layout: readonly MetricLayout[],
  isOf: (sample: number) => boolean,
): Map<string, { readonly sample: number; readonly p: number }> {
  const asked = new Map<string, { readonly sample: number; readonly p: number }>();
  for (const { p, sample } of layout)
    if (sample !== null && p !== null && isOf(sample)) asked.set(quantileKey(sample, p), { sample, p });
  return asked;
}

/** The key of a quantile of a sample. */
export const quantileKey = (sample: number, p: number): string => `${sample} ${p}`;
