/**
 * A replication in the form in which it is kept: records of bytes. Made where the replication ran, because packing
 * costs more than keeping. It knows kinds of observations and nothing of databases.
 */
import { InvariantError } from '../errors.ts';
import { layoutOf, partsOf, valueOf, type MetricLayout } from '../experiments/observation-parts.ts';
import type { ReplicationResult } from '../experiments/replicate.ts';
import { QuantileSketch, type QuantileSketchState } from '../stats/index.ts';
import { recordsOf, type Records } from './records.ts';
import { sketchBytes } from './sketch-bytes.ts';

/** Numbers per metric: its value in the replication, then its parts; of a value that is one. */
export const NUMBERS_PER_METRIC = 4;

/** Where a part of a metric stands among its numbers. */
export const placeOf = (kind: MetricLayout['kind'], part: number): number =>
  kind === 'value' ? part : part + 1;

export interface PackedReplication {
  readonly replication: number;
  readonly wallSeconds: number;
  readonly events: number;
  /** JSON of `MetricLayout[]`. */
  readonly layout: string;
  readonly records: Records;
}

/** Packs a replication that took `wallSeconds` [s]. Throws `InvariantError` if one of its numbers is not finite. */
export function packReplication(result: ReplicationResult, wallSeconds: number): PackedReplication {
  const { layout, samples } = layoutOf(result.measurements);
  const sketches = new Map(
    samples.map((state) => {
      const ordered = { ...state, values: state.values.toSorted() };
      return [state, { ordered, sketch: QuantileSketch.fromState(ordered) }];
    }),
  );
  const quantileOf = (state: QuantileSketchState, p: number) => sketches.get(state)!.sketch.quantile(p);
  const numbers = new Float64Array(NUMBERS_PER_METRIC * result.measurements.length).fill(NaN);
  result.measurements.forEach(({ scope, metric, observation }, index) => {
    const value = valueOf(observation, quantileOf);
    const all = observation.kind === 'value' ? [value] : [value, ...partsOf(observation)];
    if (all.some((one) => one !== null && !Number.isFinite(one))) {
      throw new InvariantError(`${metric} of ${scope} is not a finite number: ${all.map(String).join(', ')}`);
    }
    all.forEach((one, at) => (numbers[NUMBERS_PER_METRIC * index + at] = one ?? NaN));
  });
  return {
    replication: result.replication,
    wallSeconds,
    events: result.events,
    layout: JSON.stringify(layout),
    records: recordsOf({
      numbers,
      audit: result.audit,
      fingerprints: [...result.fingerprints],
      hourly: JSON.stringify(result.hourly),
      books: result.books,
      sketches: [...sketches.values()].map(({ ordered }) => sketchBytes(ordered)),
    }),
  };
}
