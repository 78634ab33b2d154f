/**
 * The jackknife: an interval for any smooth function of means over replications, such as an elasticity or the difference
 * of two ratios. It knows nothing of the function.
 */
import { sumOf } from './compensated-sum.ts';
import { meanInterval, type Interval } from './intervals.ts';

/**
 * The statistic of n replications with Student's interval over its pseudo-values, n × all − (n − 1) × without one. The
 * point is the statistic of all replications together, uncorrected. `statistic` is called with the replication to leave
 * out, `null` for none, and returns `null` where it is not defined: then there is no interval, or no point.
 *
 * Source: Miller, "The jackknife: a review", Biometrika 61 (1974).
 *
 * @throws RangeError when the confidence level is not between 0 and 1
 */
export function jackknifeInterval(
  n: number,
  statistic: (leftOut: number | null) => number | null,
  confidence: number,
): Interval {
  const point = n === 0 ? null : statistic(null);
  if (point === null || !Number.isFinite(point)) return { mean: null, halfWidth: null, n };
  const pseudoValues = [];
  for (let leftOut = 0; leftOut < n; leftOut++) {
    const rest = n === 1 ? null : statistic(leftOut);
    if (rest === null || !Number.isFinite(rest)) return { mean: point, halfWidth: null, n };
    pseudoValues.push(n * point - (n - 1) * rest);
  }
  return { mean: point, halfWidth: meanInterval(pseudoValues, confidence).halfWidth, n };
}

/** The mean of all values but one; of all for `null`. */
export function meanWithout(values: readonly number[], leftOut: number | null): number {
  const kept = leftOut === null ? values : values.filter((_, index) => index !== leftOut);
  return sumOf(kept) / kept.length;
}
