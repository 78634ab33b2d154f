/**
 * A replication in the form in which it is kept: records of bytes. Made where the replication ran, because packing
 * costs more than keeping. It knows kinds of observations and nothing of databases.
 */
import { InvariantError } from '../errors.ts';
import { deviationOf } from '../experiments/contributions.ts';
import type { ReplicationResult } from '../experiments/replicate.ts';
import { QuantileSketch, type Observation, type QuantileSketchState } from '../stats/index.ts';
import { recordsOf, type Records } from './records.ts';
import { sketchBytes } from './sketch-bytes.ts';

/** What is the same for a metric in all replications of a batch. */
export interface MetricLayout {
  readonly scope: string;
  readonly metric: string;
  readonly unit: string;
  readonly kind: Observation['kind'];
  /** The probability of a quantile, and which of the replication's sketches it belongs to; `null` for other kinds. */
  readonly p: number | null;
  readonly sample: number | null;
}

/** Numbers per metric: its value in the replication, then its parts, in the order of `partsOf`. */
export const NUMBERS_PER_METRIC = 4;

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
  const samples = new Samples();
  const numbers = new Float64Array(NUMBERS_PER_METRIC * result.measurements.length).fill(NaN);
  const layout = result.measurements.map(({ scope, metric, unit, observation }, index): MetricLayout => {
    const parts = partsOf(observation, samples);
    if (parts.some((part) => part !== null && !Number.isFinite(part))) {
      throw new InvariantError(
        `${metric} of ${scope} is not a finite number: ${parts.map(String).join(', ')}`,
      );
    }
    parts.forEach((part, at) => (numbers[NUMBERS_PER_METRIC * index + at] = part ?? NaN));
    const { kind } = observation;
    return kind === 'quantile'
      ? { scope, metric, unit, kind, p: observation.p, sample: samples.indexOf(observation.sketch) }
      : { scope, metric, unit, kind, p: null, sample: null };
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
      sketches: samples.bytes(),
    }),
  };
}

/**
 * The value of one replication, followed by its parts: the terms of a ratio, or count, mean and squares of a spread.
 */
function partsOf(observation: Observation, samples: Samples): (number | null)[] {
  switch (observation.kind) {
    case 'value':
      return [observation.value];
    case 'ratio': {
      const { numerator, denominator } = observation;
      return [denominator === 0 ? null : numerator / denominator, numerator, denominator];
    }
    case 'quantile':
      return [samples.sorted(observation.sketch).quantile(observation.p)];
    case 'spread': {
      const { count, mean, squares } = observation;
      return [deviationOf(observation), count, mean, squares];
    }
  }
}

/** The sketches of a replication in the order in which metrics name them, each restored and sorted once. */
class Samples {
  private readonly known = new Map<
    QuantileSketchState,
    { readonly index: number; readonly sketch: QuantileSketch; readonly state: QuantileSketchState }
  >();

  sorted(state: QuantileSketchState): QuantileSketch {
    return this.of(state).sketch;
  }

  indexOf(state: QuantileSketchState): number {
    return this.of(state).index;
  }

  bytes(): Uint8Array[] {
    return [...this.known.values()].map(({ state }) => sketchBytes(state));
  }

  private of(state: QuantileSketchState) {
    const known = this.known.get(state);
    if (known !== undefined) return known;
    const ordered = { ...state, values: state.values.toSorted() };
    const entry = { index: this.known.size, sketch: QuantileSketch.fromState(ordered), state: ordered };
    this.known.set(state, entry);
    return entry;
  }
}
