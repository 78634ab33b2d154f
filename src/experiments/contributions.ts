/**
 * What each replication contributes to an estimate: the numbers whose spread gives its uncertainty. An estimate, and the
 * difference of two estimates, are put together from them in the same way, whatever kind of column they rest on.
 */
import { meanInterval, ratioPseudoValues, sectioningInterval, sumOf, type Interval } from '../stats/index.ts';
import { deviationOf, type Column, type Spread } from './observation-parts.ts';

export interface Contributions {
  /** The estimate from all replications; `null` when there is no data. */
  readonly point: number | null;
  /**
   * One number a replication, `null` where it has none: their mean is the point or near it, their spread its
   * uncertainty. `null` where there is no uncertainty estimate.
   */
  readonly values: readonly (number | null)[] | null;
  /** Whether the spread is taken about the point, as sectioning does, or about the mean of the values. */
  readonly aboutPoint: boolean;
  /** Replications that the estimate rests on. */
  readonly n: number;
}

/** The contributions of a column, by replication. */
export function contributionsOf(column: Column): Contributions {
  switch (column.kind) {
    case 'value': {
      const known = present(column.values);
      const point = known.length === 0 ? null : sumOf(known) / known.length;
      return { point, values: column.values, aboutPoint: false, n: known.length };
    }
    case 'ratio': {
      const { ratio, pseudoValues } = ratioPseudoValues(column.numerators, column.denominators);
      return { point: ratio, values: pseudoValues, aboutPoint: false, n: column.numerators.length };
    }
    case 'quantile': {
      const { pooled, contributions } = column;
      return { point: pooled, values: contributions, aboutPoint: false, n: present(contributions).length };
    }
    case 'spread':
      return sectioned(pooledDeviation(column.spreads), column.spreads.map(deviationOf));
  }
}

/** The estimate with its interval. */
export function intervalOf({ point, values, aboutPoint, n }: Contributions, confidence: number): Interval {
  const known = present(values ?? []);
  const { halfWidth } = aboutPoint
    ? sectioningInterval(point, known, confidence)
    : meanInterval(known, confidence);
  return { mean: point, halfWidth: point === null || values === null ? null : halfWidth, n };
}

/**
 * `b` minus `a`, from the replications that both have. A mean of values is then the mean of their differences;
 * what is pooled or a ratio is the difference of what either says of all its replications.
 */
export function differenceOf(a: Contributions, b: Contributions): Contributions {
  const { aboutPoint } = a;
  const between = a.point === null || b.point === null ? null : b.point - a.point;
  if (a.values === null || b.values === null) return { point: between, values: null, aboutPoint, n: a.n };
  const values = a.values.map((from, replication) => {
    const to = b.values![replication] ?? null;
    return from === null || to === null ? null : to - from;
  });
  const known = present(values);
  const all = known.length === a.n && known.length === b.n;
  const point = aboutPoint || all || known.length === 0 ? between : sumOf(known) / known.length;
  return { point: known.length === 0 ? null : point, values, aboutPoint, n: known.length };
}

/** Those that are numbers. */
export const present = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null);

/** The same estimate within each replication, around the pooled one. */
function sectioned(point: number | null, values: readonly (number | null)[]): Contributions {
  return { point, values, aboutPoint: true, n: present(values).length };
}

/** The standard deviation of all values together; `null` with fewer than two. */
function pooledDeviation(spreads: readonly Spread[]): number | null {
  const count = sumOf(spreads.map((spread) => spread.count));
  if (count < 2) return null;
  const mean = sumOf(spreads.map((spread) => spread.count * spread.mean)) / count;
  const squares = sumOf(spreads.map((spread) => spread.squares + spread.count * (spread.mean - mean) ** 2));
  return Math.sqrt(squares / (count - 1));
}
