/** Markov chains in continuous time. Knows rates between states, and nothing of what the states represent. */

/**
 * The stationary distribution of a chain from its rates: `rates[i][j]` from state i to another state j (the
 * diagonal is not read). `null` when some state cannot be reached from some other, for then the distribution depends on
 * the start.
 *
 * By the elimination of Grassmann, Taksar and Heyman ("Regenerative analysis and steady state distributions for Markov
 * chains", Operations Research 33 (1985)): state after state is cut out and the rates through it are added to those
 * that bypass it. Nothing is subtracted, so every probability has full relative precision.
 */
export function stationaryDistribution(rates: readonly (readonly number[])[]): number[] | null {
  const n = rates.length;
  const between = rates.map((row) => [...row]);
  for (let last = n - 1; last > 0; last--) {
    let leaving = 0;
    for (let to = 0; to < last; to++) leaving += between[last]![to]!;
    if (leaving === 0) return null;
    for (let from = 0; from < last; from++) {
      between[from]![last]! /= leaving;
      for (let to = 0; to < last; to++) between[from]![to]! += between[from]![last]! * between[last]![to]!;
    }
  }
  const weights = [1];
  for (let state = 1; state < n; state++) {
    const weight = weights.reduce((sum, before, from) => sum + before * between[from]![state]!, 0);
    if (weight === 0) return null;
    weights.push(weight);
  }
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}
