/**
 * Confidence intervals over independent replications. Knows nothing of where the numbers come from or of when to stop
 * replicating. The confidence level is the probability that the interval covers, such as 0.95.
 */
import jStat from 'jstat';
import { sumOf } from './compensated-sum.ts';

/** An estimate and its precision, in the unit of what is estimated. */
export interface Interval {
  /** The point estimate; `null` when there is no data. */
  readonly mean: number | null;
  /** Half the width of the interval about the estimate; `null` with fewer than two replications. */
  readonly halfWidth: number | null;
  /** Replications that it rests on. */
  readonly n: number;
}

/**
 * The mean of independent values, with Student's interval.
 *
 * @throws RangeError when a value is not finite or the confidence level not between 0 and 1
 * @example meanInterval([9, 10, 11], 0.95) // => { mean: 10, halfWidth: 2.4841, n: 3 }
 */
export function meanInterval(values: readonly number[], confidence: number): Interval {
  requireFinite(values);
  const n = values.length;
  if (n === 0) return { mean: null, halfWidth: null, n };
  const mean = sumOf(values) / n;
  return { mean, halfWidth: halfWidthAbout(mean, values, confidence), n };
}

/**
 * The ratio of two means, such as dollars per token: the ratio of totals, never the mean of ratios, with the
 * half-width of the jackknife's interval over its pseudo-values. `mean` is `null` when the denominators add up to
 * zero, `halfWidth` also when they do so with one replication left out.
 *
 * Source: Law, "Simulation Modeling and Analysis", 5th ed. (2015), section 9.
 *
 * @throws RangeError when the lists differ in length, a value is not finite or the confidence level not between 0 and 1
 * @example ratioInterval([2, 4], [1, 2], 0.95) // => { mean: 2, halfWidth: 0, n: 2 }
 */
export function ratioInterval(
  numerators: readonly number[],
  denominators: readonly number[],
  confidence: number,
): Interval {
  const n = numerators.length;
  const { ratio, pseudoValues } = ratioPseudoValues(numerators, denominators);
  const halfWidth =
    pseudoValues === null ? null : halfWidthAbout(sumOf(pseudoValues) / n, pseudoValues, confidence);
  return { mean: ratio, halfWidth, n };
}

/**
 * The ratio of totals, and what each pair contributes to it by the jackknife: n × all − (n − 1) × without the pair.
 * `ratio` is `null` when the denominators add up to zero, `pseudoValues` also when they do so with one left out.
 *
 * @throws RangeError when the lists differ in length or a value is not finite
 */
export function ratioPseudoValues(
  numerators: readonly number[],
  denominators: readonly number[],
): { readonly ratio: number | null; readonly pseudoValues: readonly number[] | null } {
  requireFinite(numerators);
  requireFinite(denominators);
  requireSameLength(numerators, denominators);
  const n = numerators.length;
  const above = sumOf(numerators);
  const below = sumOf(denominators);
  if (below === 0) return { ratio: null, pseudoValues: null };
  const ratio = above / below;
  const pseudoValues = [];
  for (let i = 0; i < n; i++) {
    const rest = below - denominators[i]!;
    if (rest === 0) return { ratio, pseudoValues: null };
    pseudoValues.push(n * ratio - ((n - 1) * (above - numerators[i]!)) / rest);
  }
  return { ratio, pseudoValues };
}

/**
 * The ratio of two means with the half-width of the linearised standard error, that of numerator − ratio × denominator
 * (the delta method). Cheaper than the jackknife, which is less biased in few replications. `null` as `ratioInterval`.
 *
 * Source: Law, "Simulation Modeling and Analysis", 5th ed. (2015), section 9.
 *
 * @throws RangeError as `ratioInterval`
 */
export function deltaRatioInterval(
  numerators: readonly number[],
  denominators: readonly number[],
  confidence: number,
): Interval {
  requireFinite(numerators);
  requireFinite(denominators);
  requireSameLength(numerators, denominators);
  const n = numerators.length;
  const below = sumOf(denominators);
  if (below === 0) return { mean: null, halfWidth: null, n };
  const ratio = sumOf(numerators) / below;
  const residuals = numerators.map((x, i) => x - ratio * denominators[i]!);
  const halfWidth = halfWidthAbout(0, residuals, confidence);
  return { mean: ratio, halfWidth: halfWidth === null ? null : (halfWidth * n) / Math.abs(below), n };
}

/**
 * An interval about an estimate pooled over all replications (a quantile, say) from the same estimate made within
 * each: the spread is taken about the pooled estimate, so a bias within replications widens the interval.
 *
 * Source: Asmussen and Glynn, "Stochastic Simulation" (2007), section III.5a; Nakayama, "Confidence intervals for
 * quantiles using sectioning", TOMACS 24(4) (2014).
 *
 * @throws RangeError when a value is not finite or the confidence level not between 0 and 1
 * @example sectioningInterval(10.5, [9, 10, 11], 0.95).mean // => 10.5
 */
export function sectioningInterval(
  point: number | null,
  sectionValues: readonly number[],
  confidence: number,
): Interval {
  requireFinite(sectionValues);
  const n = sectionValues.length;
  if (point === null) return { mean: null, halfWidth: null, n };
  requireFinite([point]);
  return { mean: point, halfWidth: halfWidthAbout(point, sectionValues, confidence), n };
}

/**
 * The p-quantile of Student's t with `df` degrees of freedom.
 *
 * @throws RangeError when p is not between 0 and 1 or df not above 0
 * @example tQuantile(0.975, 9) // => 2.262157
 */
export function tQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1) || !(df > 0))
    throw new RangeError(`no ${p}-quantile of Student's t with ${df} degrees`);
  return jStat.studentt.inv(p, df);
}

/** The probability that Student's t with `df` degrees of freedom is at least as far from 0 as `t`, on either side. */
export function tTails(t: number, df: number): number {
  return 2 * jStat.studentt.cdf(-Math.abs(t), df);
}

/** t × √(Σ(x − point)² ÷ (n − 1) ÷ n); `null` with fewer than two values. */
function halfWidthAbout(point: number, values: readonly number[], confidence: number): number | null {
  requireConfidence(confidence);
  const n = values.length;
  if (n < 2) return null;
  const variance = sumOf(values.map((x) => (x - point) ** 2)) / (n - 1);
  return tQuantile((1 + confidence) / 2, n - 1) * Math.sqrt(variance / n);
}

/** Throws RangeError when the confidence level is not between 0 and 1. */
export function requireConfidence(confidence: number): void {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`confidence ${confidence}: a number between 0 and 1 is needed`);
}

/** Throws RangeError when two lists that belong together differ in length. */
export function requireSameLength(one: readonly number[], other: readonly number[]): void {
  if (one.length !== other.length)
    throw new RangeError(`${one.length} values and ${other.length}: each needs its counterpart`);
}

/** Throws RangeError when a value is not finite. */
export function requireFinite(values: readonly number[]): void {
  const bad = values.find((x) => !Number.isFinite(x));
  if (bad !== undefined)
    throw new RangeError(`${bad} among the values of an interval: finite numbers are needed`);
}
