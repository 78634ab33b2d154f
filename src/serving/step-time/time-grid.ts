/**
 * Measured times over two quantities: a count, and a total that enters as its mean per count. It knows interpolation
 * and validation of measured points, not what they measure.
 */
import { ParameterError } from '../../errors.ts';

/** One row of a grid: linear between neighbouring points; the first and the last segment are extrapolated. */
interface Row {
  /** Where each segment begins; the first at 0, the last never ends. */
  readonly from: Float64Array;
  /** The time at that point [s]. */
  readonly time: Float64Array;
  /** The slope of the time [s/token]. */
  readonly slope: Float64Array;
}

/** The input of a grid. */
export interface MeasuredTimes {
  /** The key of the counts in the scenario. */
  readonly key: string;
  readonly counts: readonly number[];
  readonly context: readonly number[];
  /** A row for each count, with a time for each context [s]. */
  readonly times: readonly (readonly number[])[];
  /** The mean that a context corresponds to in the row of a count [tokens]. */
  mean(context: number, count: number): number;
}

/** Times by (count, mean), bilinear between points, and extrapolated from the last segment beyond them. */
export class TimeGrid {
  /** The least time of the rows, each extrapolated to a mean of 0 [s]. */
  readonly leastAtNoContext: number;
  /** The greatest count measured. */
  readonly most: number;
  private readonly counts: Float64Array;
  private readonly rows: readonly Row[];

  /**
   * Throws `ParameterError` where counts do not begin at 1, either axis does not rise, rows have the wrong length, or
   * times fall as work rises: an engine never takes less time for more work, only a noisy measurement does.
   */
  constructor({ key, counts, context, times, mean }: MeasuredTimes) {
    mustRise(key, counts);
    mustRise('context', context);
    if (counts[0] !== 1) {
      throw new ParameterError(`${key}[0]`, `${counts[0]} is the least; measure a step of 1 too`);
    }
    mustHave('times', times.length, counts.length, key);
    times.forEach((row, n) => {
      mustHave(`times[${n}]`, row.length, context.length, 'context');
      row.forEach((time, m) => {
        const less = Math.max(row[m - 1] ?? 0, times[n - 1]?.[m] ?? 0);
        if (time >= less) return;
        throw new ParameterError(
          `times[${n}][${m}]`,
          `${inMilliseconds(time)} is less than the ${inMilliseconds(less)} of a step with less to do; ` +
            'measure longer, or leave the point out',
        );
      });
    });
    this.counts = Float64Array.from(counts);
    this.most = counts.at(-1)!;
    this.rows = times.map((row, n) => {
      const means = context.map((tokens) => mean(tokens, counts[n]!));
      return rowThrough(means, row);
    });
    this.leastAtNoContext = Math.min(...this.rows.map(({ time }) => time[0]!));
  }

  /** The time of a count whose means add up to `total` [s]. */
  at(count: number, total: number): number {
    const n = this.rowBelow(count);
    const mean = total / count;
    const below = timeAt(this.rows[n]!, mean);
    return below + this.shareOfNext(n, count) * (timeAt(this.rows[n + 1]!, mean) - below);
  }

  /** The slope of the time in the total [s/token]. */
  perToken(count: number, total: number): number {
    const n = this.rowBelow(count);
    const mean = total / count;
    const below = slopeAt(this.rows[n]!, mean);
    return (below + this.shareOfNext(n, count) * (slopeAt(this.rows[n + 1]!, mean) - below)) / count;
  }

  /** The total up to which that slope holds. */
  linearUntil(count: number, total: number): number {
    const n = this.rowBelow(count);
    const mean = total / count;
    return count * Math.min(endAt(this.rows[n]!, mean), endAt(this.rows[n + 1]!, mean));
  }

  /** The least time of the rows and of the count 0, each extrapolated to a mean of 0 [s]. */
  get leastAtNothing(): number {
    const [first, second] = this.rows as readonly [Row, Row];
    const perCount = (second.time[0]! - first.time[0]!) / (this.counts[1]! - this.counts[0]!);
    return Math.min(this.leastAtNoContext, first.time[0]! - this.counts[0]! * perCount);
  }

  /** The lower row for interpolation: the last but one at most whose count is not above this one. */
  private rowBelow(count: number): number {
    let n = this.counts.length - 2;
    while (n > 0 && this.counts[n]! > count) n -= 1;
    return n;
  }

  /** The position of the count between one row and the next, as a share. */
  private shareOfNext(n: number, count: number): number {
    return (count - this.counts[n]!) / (this.counts[n + 1]! - this.counts[n]!);
  }
}

/** A duration in readable form. */
export function inMilliseconds(seconds: number): string {
  return `${Number((seconds * 1e3).toPrecision(6))} ms`;
}

function rowThrough(means: readonly number[], times: readonly number[]): Row {
  const lines = Math.max(1, means.length - 1);
  const from = Float64Array.from(means.slice(0, lines));
  const time = Float64Array.from(times.slice(0, lines));
  // With a single point there is no next one, and the segment is flat.
  const slope = from.map((mean, m) =>
    m + 1 < times.length ? (times[m + 1]! - time[m]!) / (means[m + 1]! - mean) : 0,
  );
  time[0]! -= slope[0]! * means[0]!;
  from[0] = 0;
  return { from, time, slope };
}

function segmentAt({ from }: Row, mean: number): number {
  let m = from.length - 1;
  while (m > 0 && from[m]! > mean) m -= 1;
  return m;
}

function timeAt(row: Row, mean: number): number {
  const m = segmentAt(row, mean);
  return row.time[m]! + row.slope[m]! * (mean - row.from[m]!);
}

const slopeAt = (row: Row, mean: number): number => row.slope[segmentAt(row, mean)]!;

const endAt = (row: Row, mean: number): number => row.from[segmentAt(row, mean) + 1] ?? Infinity;

function mustRise(key: string, values: readonly number[]): void {
  values.forEach((value, n) => {
    const before = values[n - 1] ?? -1;
    if (value > before) return;
    throw new ParameterError(
      `${key}[${n}]`,
      `${value} does not rise above the ${before} before it; sort the points`,
    );
  });
}

function mustHave(path: string, length: number, expected: number, key: string): void {
  if (length === expected) return;
  throw new ParameterError(path, `has ${length} items and ${key} has ${expected}; give one for each`);
}
