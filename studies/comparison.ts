/**
 * Cells of different sizes side by side: ratios of independent estimates, and from which size on they stay within a
 * tolerance. Knows nothing of what is estimated.
 */
import type { Estimate } from '../src/index.ts';

/** A mean and half the width of its interval, in the unit of what is estimated. */
export type Bounds = Pick<Estimate, 'mean' | 'halfWidth'>;

/** A ratio with its interval, which is symmetric in the logarithm. */
export interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The ratio of two independent estimates above zero; `null` where one of them has no data, no interval or is zero.
 *
 * The relative half-widths add up in squares: the delta method for the logarithm, with the variances recovered from the
 * intervals (Zou and Donner, "Construction of confidence limits about effect measures", Statist. Med. 27 (2008)).
 */
export function ratioOf(above: Bounds, below: Bounds): Ratio | null {
  const relative = (one: Bounds) =>
    one.mean === null || one.halfWidth === null || one.mean <= 0 ? null : one.halfWidth / one.mean;
  const [a, b] = [relative(above), relative(below)];
  if (a === null || b === null) return null;
  const value = above.mean! / below.mean!;
  const spread = Math.exp(Math.hypot(a, b));
  return { value, low: value / spread, high: value * spread };
}

/** One size against the largest. */
export interface SizeRatio {
  readonly replicas: number;
  readonly ratio: Ratio | null;
}

/**
 * The smallest size from which on every smaller difference than `tolerance` is shown: the whole interval of its ratio,
 * and of those of all larger sizes, lies between 1 ÷ (1 + tolerance) and 1 + tolerance. `null` where none does. Sizes
 * rise; the largest, which is the measure of the others, is not among them.
 */
export function smallestWithin(sizes: readonly SizeRatio[], tolerance: number): number | null {
  const isWithin = ({ ratio }: SizeRatio) =>
    ratio !== null && ratio.low >= 1 / (1 + tolerance) && ratio.high <= 1 + tolerance;
  const lastOutside = sizes.findLastIndex((size) => !isWithin(size));
  return sizes[lastOutside + 1]?.replicas ?? null;
}
