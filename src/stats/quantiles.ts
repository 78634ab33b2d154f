/** The one definition of a quantile in the program. Knows nothing of sketches or of time. */

/**
 * The p-quantile of values in rising order: the smallest x among them with at least the share p of them at or below
 * it; the smallest value for p = 0; `null` when there are none. It is always one of the values: nothing is
 * interpolated (definition 1 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996).
 *
 * @throws RangeError when p is outside [0, 1]
 * @example quantileOfSorted([10, 20, 30, 40], 0.5) // => 20
 */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number | null {
  requireProbability(p);
  const n = sorted.length;
  if (n === 0) return null;
  // p * n may be off by a rounding (0.07 * 100 is above 7), and the definition is about k / n.
  let k = Math.max(1, Math.ceil(p * n));
  while (k > 1 && (k - 1) / n >= p) k--;
  while (k < n && k / n < p) k++;
  return sorted[k - 1]!;
}

/** Throws RangeError when p is not in [0, 1]. */
export function requireProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile ${p}: a probability from 0 to 1 is needed`);
}
