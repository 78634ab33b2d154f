/**
 * What arrivals and lengths look like in numbers: dispersion of counts and gaps, distances between samples, rank
 * correlation. It knows lists of numbers, and nothing of the processes that may have produced them.
 */
import { Moments } from '../stats/index.ts';

/**
 * The index of dispersion of counts: sample variance ÷ mean of the arrivals in whole windows that follow each other from
 * 0 on. 1 for Poisson. `null` with fewer than two windows or no arrivals in them. `at` never falls [s].
 */
export function dispersion(at: ArrayLike<number>, window: number, length: number): number | null {
  const counts = countsIn(at, window, length);
  const moments = new Moments();
  for (const count of counts) moments.add(count);
  const { mean, variance } = moments;
  return mean === null || variance === null || mean === 0 ? null : variance / mean;
}

/** Quotients of decimals this near to a whole number are whole. */
const ROUNDING = 1e-9;

export const windowsIn = (length: number, window: number): number => Math.floor(length / window + ROUNDING);

/** Arrivals in each whole window. */
export function countsIn(at: ArrayLike<number>, window: number, length: number): Float64Array {
  const counts = new Float64Array(windowsIn(length, window));
  for (let index = 0; index < at.length; index++) {
    const place = Math.floor(at[index]! / window + ROUNDING);
    if (place < counts.length) counts[place]! += 1;
  }
  return counts;
}

/** Standard deviation ÷ mean of the gaps between arrivals; `null` with fewer than two gaps, or where all are 0. */
export function gapVariation(at: ArrayLike<number>): number | null {
  const moments = new Moments();
  for (let index = 1; index < at.length; index++) moments.add(at[index]! - at[index - 1]!);
  const { mean, sd } = moments;
  return mean === null || sd === null || mean === 0 ? null : sd / mean;
}

/** The share of arrivals that come at the instant of the one before; 0 of none. */
export function simultaneousShare(at: ArrayLike<number>): number {
  let together = 0;
  for (let index = 1; index < at.length; index++) if (at[index] === at[index - 1]) together += 1;
  return at.length === 0 ? 0 : together / at.length;
}

/** The largest distance between two empirical distribution functions (Kolmogorov and Smirnov). Both are sorted. */
export function ksDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i] === value) i += 1;
    while (j < b.length && b[j] === value) j += 1;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/** Spearman's rank correlation, equal values at their mean rank; `null` where one of the lists is constant. */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const x = ranksOf(a);
  const y = ranksOf(b);
  const centre = (x.length + 1) / 2;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let index = 0; index < x.length; index++) {
    const dx = x[index]! - centre;
    const dy = y[index]! - centre;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy);
}

function ranksOf(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const rankOf = new Map<number, number>();
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to += 1;
    rankOf.set(sorted[from]!, (from + 1 + to) / 2);
    from = to;
  }
  return Float64Array.from(values, (value) => rankOf.get(value)!);
}
