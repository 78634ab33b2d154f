/** The columns of replications that are in memory. */
import { QuantileSketch, type Measurement } from '../stats/index.ts';
import {
  columnOf,
  layoutOf,
  PARTS_OF,
  partsOf,
  quantileKey,
  quantilesAsked,
  type Column,
  type ColumnSource,
  type MetricLayout,
} from './observation-parts.ts';
import { SamplesFold } from './samples-fold.ts';

/** The name of a metric and where it was measured. */
export type MetricName = Pick<Measurement, 'scope' | 'metric' | 'unit'>;

/** The measurements of replications, all with the same names in the same order, metric by metric. */
export class Columns implements ColumnSource {
  readonly layout: readonly MetricLayout[];
  readonly names: readonly MetricName[];
  private readonly replications: readonly (readonly Measurement[])[];
  /** By sample, the columns of its quantiles. */
  private readonly quantiles = new Map<number, ReadonlyMap<string, Column>>();

  constructor(replications: readonly (readonly Measurement[])[]) {
    this.replications = replications;
    this.names = replications[0] ?? [];
    this.layout = layoutOf(replications[0] ?? []).layout;
  }

  /** Of the metric at a place among the names. */
  column(place: number): Column {
    const { kind, p, sample } = this.layout[place]!;
    const parts = Array.from({ length: PARTS_OF[kind] }, () => new Float64Array(this.replications.length));
    this.replications.forEach((measurements, at) => {
      const numbers = partsOf(measurements[place]!.observation);
      parts.forEach((part, index) => (part[at] = numbers[index] ?? NaN));
    });
    return columnOf(kind, parts, () => this.quantilesOf(sample!, place).get(quantileKey(sample!, p!))!);
  }

  /** Every quantile of a sample, which the metric at a place names. */
  private quantilesOf(sample: number, place: number): ReadonlyMap<string, Column> {
    const known = this.quantiles.get(sample);
    if (known !== undefined) return known;
    const asked = quantilesAsked(this.layout, (one) => one === sample);
    const fold = new SamplesFold(
      [...asked].map(([key, { p }]) => ({ key, p, at: 0 })),
      (replication) => {
        const { observation } = this.replications[replication]![place]!;
        return observation.kind === 'quantile' ? [QuantileSketch.fromState(observation.sketch)] : [];
      },
    );
    const made = fold.columns([...this.replications.keys()]);
    this.quantiles.set(sample, made);
    return made;
  }
}
