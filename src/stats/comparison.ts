/**
 * Comparing two policies: what common random numbers, or a quantity whose mean is known, take away from the noise. One
 * value a replication; knows nothing of what the values are. The confidence level is the probability of coverage, such as 0.95.
 */
import {
  meanInterval,
  requireFinite,
  requireConfidence,
  requireSameLength,
  tQuantile,
  type Interval,
} from './intervals.ts';
import { sumOf } from './compensated-sum.ts';

export interface PairedDifference extends Interval {
  /** Of the two sides over replications; `null` where either side does not vary. */
  readonly correlation: number | null;
  /** How much larger the variance of the difference would be if the sides were independent; `null` when it is 0. */
  readonly varianceReduction: number | null;
}

/**
 * The mean of `treated` − `baseline` over replications that shared their random numbers, by Student's t on the
 * differences. A correlation below 0 says that sharing did harm.
 *
 * Source: Law, "Simulation Modeling and Analysis", 5th ed. (2015), sections 10.2 and 11.2.
 *
 * @throws RangeError when the lists differ in length, a value is not finite or the confidence level not between 0 and 1
 */
export function pairedDifference(
  treated: readonly number[],
  baseline: readonly number[],
  confidence: number,
): PairedDifference {
  requireSameLength(treated, baseline);
  const differences = treated.map((value, i) => value - baseline[i]!);
  const interval = meanInterval(differences, confidence);
  const [one, other, both] = [varianceOf(treated), varianceOf(baseline), varianceOf(differences)];
  const product = Math.sqrt(one * other);
  return {
    ...interval,
    correlation: product > 0 ? (one + other - both) / (2 * product) : null,
    varianceReduction: both > 0 ? (one + other) / both : null,
  };
}

/**
 * The mean of `treated` − `baseline` over independent replications, whose numbers and variances may differ: Student's t
 * with the degrees of freedom of Welch and Satterthwaite. `mean` is `null` when a side has no values, `halfWidth` when
 * one has fewer than two; `n` is the smaller number of the two.
 *
 * Source: B. L. Welch, "The generalization of 'Student's' problem", Biometrika 34 (1947).
 *
 * @throws RangeError when a value is not finite or the confidence level not between 0 and 1
 */
export function welchDifference(
  treated: readonly number[],
  baseline: readonly number[],
  confidence: number,
): Interval {
  requireFinite(treated);
  requireFinite(baseline);
  requireConfidence(confidence);
  const n = Math.min(treated.length, baseline.length);
  if (n === 0) return { mean: null, halfWidth: null, n };
  const mean = meanOf(treated) - meanOf(baseline);
  if (n < 2) return { mean, halfWidth: null, n };
  const [one, other] = [varianceOf(treated) / treated.length, varianceOf(baseline) / baseline.length];
  if (one + other === 0) return { mean, halfWidth: 0, n };
  const degrees = (one + other) ** 2 / (one ** 2 / (treated.length - 1) + other ** 2 / (baseline.length - 1));
  return { mean, halfWidth: tQuantile((1 + confidence) / 2, degrees) * Math.sqrt(one + other), n };
}

export interface ControlledMean extends Interval {
  /** What a unit of the control is worth in the unit of the values. */
  readonly slope: number;
  /** The share of the variance that the control explains; 1 − it is what is left, before the loss of one degree of freedom. */
  readonly explained: number;
}

/**
 * The mean of values corrected by a control, a quantity of the same replications whose mean is known exactly (offered
 * tokens, say): the regression on it, read at the known mean. `null` with fewer than three replications, or when the
 * control or the values do not vary.
 *
 * Source: S. S. Lavenberg and P. D. Welch, "A perspective on the use of control variables to increase the efficiency of
 * Monte Carlo simulations", Management Science 27 (1981).
 *
 * @throws RangeError when the lists differ in length, a number is not finite or the confidence level not between 0 and 1
 */
export function controlledMean(
  values: readonly number[],
  controls: readonly number[],
  controlMean: number,
  confidence: number,
): ControlledMean | null {
  requireFinite(values);
  requireFinite([...controls, controlMean]);
  requireSameLength(values, controls);
  requireConfidence(confidence);
  const n = values.length;
  const [ofValues, ofControls] = [varianceOf(values), varianceOf(controls)];
  if (n < 3 || !(ofControls > 0 && ofValues > 0)) return null;
  const [mean, control] = [meanOf(values), meanOf(controls)];
  const covariance = sumOf(values.map((value, i) => (value - mean) * (controls[i]! - control))) / (n - 1);
  const slope = covariance / ofControls;
  const explained = (covariance * covariance) / (ofValues * ofControls);
  const distance = control - controlMean;
  const residual = ((n - 1) / (n - 2)) * ofValues * (1 - explained);
  const variance = residual * (1 / n + (distance * distance) / ((n - 1) * ofControls));
  return {
    mean: mean - slope * distance,
    halfWidth: tQuantile((1 + confidence) / 2, n - 2) * Math.sqrt(variance),
    n,
    slope,
    explained,
  };
}

const meanOf = (values: readonly number[]): number => sumOf(values) / values.length;

/** The sample variance; 0 with fewer than two values. */
function varianceOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
}
