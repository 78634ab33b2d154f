/**
 * When a simulated number agrees with an exact one. One rule for every statistical test of the suite.
 *
 * An estimate from R ≥ 30 replications is refused when it is further from the exact value than t(R − 1, 1 − α ÷ 2)
 * standard errors with α = 1e-6, and is inconclusive, which counts as refused, when its 95 % half-width is above the
 * precision the test states. Both are needed: the first alone passes any noisy engine, the second any biased one.
 *
 * False alarms: α = 1e-6 for each number. The suite checks 398 numbers by this rule and its relatives at the same
 * α, so the chance that a right program is refused when seeds are drawn anew is about 4.0e-4. Seeds are fixed: a verdict
 * changes only when the program does.
 */
import type { Estimate } from '../../src/experiments/estimate.ts';
import { tQuantile } from '../../src/stats/index.ts';

/** The chance that a right number is refused. */
export const ALARM = 1e-6;

/** Replications below which the standard error is not to be trusted. */
export const LEAST_REPLICATIONS = 30;

/** Quantiles of more than 131,072 values come from bins: within this share of the exact ones. */
const BIN_RESOLUTION = 2 ** -11;

/** `FLEETYIELD_PRECISION=full` runs each case to the precision its oracle states, which takes many minutes. */
export const FULL_PRECISION = process.env['FLEETYIELD_PRECISION'] === 'full';

export interface Verdict {
  /** How many standard errors the estimate lies above the exact value. */
  readonly z: number;
  /** The 95 % half-width as a share of the exact value. */
  readonly precision: number;
  /** What speaks against agreement; `null` when nothing does. */
  readonly objection: string | null;
}

/** Holds an estimate at confidence level 0.95 against the exact value; `precision` is the widest half-width, as a share of it. */
export function verdictOn(estimate: Estimate, exact: number, precision: number): Verdict {
  const { mean, halfWidth, n, metric } = estimate;
  if (mean === null || halfWidth === null)
    return { z: NaN, precision: NaN, objection: `${metric} has no data` };
  const standardError = halfWidth / tQuantile(0.975, n - 1);
  const distance = mean - exact;
  const reached = halfWidth / Math.abs(exact);
  const found = [];
  if (n < LEAST_REPLICATIONS) found.push(`only ${n} replications`);
  const slack = /\.p\d+$/.test(metric) ? BIN_RESOLUTION * Math.abs(exact) : 0;
  if (!(Math.abs(distance) <= tQuantile(1 - ALARM / 2, n - 1) * standardError + slack)) {
    found.push(`${(distance / standardError).toFixed(1)} standard errors from ${exact}`);
  }
  if (!(reached <= precision))
    found.push(`inconclusive: half-width ${reached} of the value, above ${precision}`);
  return {
    z: distance / standardError,
    precision: reached,
    objection: found.length === 0 ? null : `${metric} = ${mean}: ${found.join('; ')}`,
  };
}
