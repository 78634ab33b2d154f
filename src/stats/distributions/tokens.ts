/** From a distribution's real number to a whole number of tokens. Knows nothing of distributions. */
import type { UniformSource } from '../uniform-source.ts';

/**
 * A whole number of tokens from a draw of a distribution of tokens: ⌊value + u⌋ with u uniform, at least 1.
 *
 * Rounding at random keeps the mean of any value of 1 or more, which rounding to nearest or up does not. Values below 1
 * become 1, because a request has at least one token: the mean rises by E[max(0, 1 − value)] (0.002 tokens for a
 * lognormal distribution of mean 10 and cv 1; 0.048 for an exponential distribution of mean 10). A value that is whole
 * already is left as it is and takes no draw, so `constant` with a whole value and `geometric` are untouched.
 */
export function wholeTokens(value: number, source: UniformSource): number {
  const whole = Math.floor(value);
  if (whole === value) return whole < 1 ? 1 : whole;
  // As floor(value + u), without the rounding of the sum that could reach the next whole number but one.
  const rounded = whole + +(source.next() >= 1 - (value - whole));
  return rounded < 1 ? 1 : rounded;
}
