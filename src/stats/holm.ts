/** Several comparisons at once. It knows p-values, and nothing of what is compared. */

/**
 * P-values adjusted for multiple comparisons by Holm's step-down method: rejecting those at or below α gives an error
 * in any of them with probability at most α. In the order given.
 *
 * Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
 * (1979).
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = [...pValues];
  let least = 0;
  order.forEach((index, rank) => {
    least = Math.min(1, Math.max(least, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = least;
  });
  return adjusted;
}
