/** Sums of many doubles without the drift of naive addition. Knows nothing of what is summed. */

/**
 * A running sum with Neumaier's compensation: its error does not grow with the number of terms.
 *
 * Source: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974).
 */
export class CompensatedSum {
  private sum = 0;
  private compensation = 0;

  add(term: number): void {
    const next = this.sum + term;
    const added = next - this.sum;
    // What the addition lost, exactly, whichever of the two is larger (Knuth's two-sum): no branch to guess.
    this.compensation += this.sum - (next - added) + (term - added);
    this.sum = next;
  }

  /** Begins again at 0. */
  reset(): void {
    this.sum = 0;
    this.compensation = 0;
  }

  get value(): number {
    return this.sum + this.compensation;
  }
}

/**
 * The compensated sum of a list.
 *
 * @example sumOf([1, 1e100, 1, -1e100]) // => 2
 */
export function sumOf(terms: readonly number[]): number {
  const sum = new CompensatedSum();
  for (const term of terms) sum.add(term);
  return sum.value;
}
