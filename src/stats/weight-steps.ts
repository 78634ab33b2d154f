/**
 * What a sketch says of one stretch of values, so that the sketch itself need not be at hand: how much of its weight is at
 * or below any value there. Knows nothing of how a sketch keeps what it has seen.
 */

const NONE: readonly number[] = [];
/** Numbers that an object of this kind takes beside those of its steps, about. */
const OVERHEAD = 8;

/** The weight at or below x, for every x from a lower end to a higher one: a base, and where it rises. */
export class WeightSteps {
  /** Of a sketch without weight; the one object for all of them. */
  static readonly none = new WeightSteps(0, 0, NONE, null);

  /** All weight of the sketch. */
  readonly count: number;
  /** The weight at or below the lower end. */
  private readonly base: number;
  /** Where weight is added above the lower end, in rising order, and how much; `null` where it is 1 everywhere. */
  private readonly at: readonly number[];
  private readonly weights: readonly number[] | null;

  constructor(count: number, base: number, at: readonly number[], weights: readonly number[] | null) {
    this.count = count;
    this.base = base;
    this.at = at.length === 0 ? NONE : at;
    this.weights = at.length === 0 ? null : weights;
  }

  /** What it takes of memory, in eights of bytes. */
  get numbersHeld(): number {
    return this.count === 0 ? 0 : OVERHEAD + this.at.length + (this.weights?.length ?? 0);
  }

  /** The weight at or below an x between the ends: the number that `QuantileSketch.weightUpTo` gives, to the bit. */
  upTo(x: number): number {
    return this.sumUpTo(this.stepsUpTo(x));
  }

  /** The same between ends that lie between these. */
  narrowed(low: number, high: number): WeightSteps {
    const [first, end] = [this.stepsUpTo(low), this.stepsUpTo(high)];
    if (first === 0 && end === this.at.length) return this;
    const weights = this.weights?.slice(first, end) ?? null;
    return new WeightSteps(this.count, this.sumUpTo(first), this.at.slice(first, end), weights);
  }

  /** The base and so many steps, added in their order, as the sketch adds its bins. */
  private sumUpTo(steps: number): number {
    if (this.weights === null) return this.base + steps;
    let weight = this.base;
    for (let step = 0; step < steps; step++) weight += this.weights[step]!;
    return weight;
  }

  private stepsUpTo(x: number): number {
    let [low, high] = [0, this.at.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at[middle]! <= x) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
