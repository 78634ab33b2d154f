/**
 * Count, sum, mean and variance of values seen one at a time. Does not keep the values; does not know what they are.
 */
import { CompensatedSum } from './compensated-sum.ts';

/** Values that are added about one centre before the centre moves to their mean. */
const BLOCK = 1_024;

/**
 * Moments of a weighted list of values, in one pass and a fixed amount of memory. A weight is a frequency: adding x
 * with weight 3 is adding x three times.
 *
 * Values are taken in blocks: within one, plain sums of distances to a centre near the data and of their squares, which
 * need no division; after it, the block joins those before it and the centre moves to the mean of all. So digits are
 * lost neither to a mean far from zero nor to the number of values.
 *
 * Source: the shifted sums and the merging of Chan, Golub and LeVeque, "Algorithms for computing the sample variance",
 * Amer. Statist. 37 (1983).
 */
export class Moments {
  /** Of the blocks that ended: the sum, the weight, the mean, and the squared distances from it. */
  private readonly total = new CompensatedSum();
  private weight = 0;
  private centre = 0;
  private squares = 0;
  /** Of the block begun: additions, weight, sum, and distances from the centre and their squares. */
  private additions = 0;
  private blockWeight = 0;
  private blockTotal = 0;
  private blockDistance = 0;
  private blockSquares = 0;

  /**
   * Adds a value.
   *
   * @throws RangeError when the value is not finite, or the weight not finite and zero or more
   */
  add(x: number, weight = 1): void {
    if (!(x > -Infinity && x < Infinity && weight >= 0 && weight < Infinity)) refuse(x, weight);
    if (weight === 0) return;
    this.begin(x);
    const distance = x - this.centre;
    this.blockWeight += weight;
    this.blockTotal += weight * x;
    this.blockDistance += weight * distance;
    this.blockSquares += weight * distance * distance;
  }

  /**
   * Adds the first `count` of these values, each with its weight, as calling `add` for each.
   *
   * @throws RangeError as `add` does
   */
  addAll(values: Float64Array, weights: Float64Array, count: number): void {
    for (let from = 0; from < count;) {
      this.begin(values[from]!);
      const until = Math.min(count, from + BLOCK - this.additions + 1);
      const { centre } = this;
      let weight = this.blockWeight;
      let total = this.blockTotal;
      let distances = this.blockDistance;
      let squares = this.blockSquares;
      this.additions += until - from - 1;
      for (; from < until; from++) {
        const x = values[from]!;
        const w = weights[from]!;
        if (!(x > -Infinity && x < Infinity && w >= 0 && w < Infinity)) refuse(x, w);
        const distance = x - centre;
        weight += w;
        total += w * x;
        distances += w * distance;
        squares += w * distance * distance;
      }
      this.blockWeight = weight;
      this.blockTotal = total;
      this.blockDistance = distances;
      this.blockSquares = squares;
    }
  }

  /**
   * Adds `weight` of each of so many values in arithmetic progression: with the distance d of the first from the centre
   * and n values an increment i apart, Σ (d + j i) = n d + i n (n − 1) ÷ 2, and the squares likewise.
   *
   * @throws RangeError when a number is not finite, `values` not whole and one or more, or the weight below zero
   */
  addProgression(first: number, increment: number, values: number, weight: number): void {
    const last = first + (values - 1) * increment;
    if (!(
      Number.isFinite(last) &&
      Number.isInteger(values) &&
      values >= 1 &&
      weight >= 0 &&
      weight < Infinity
    )) {
      refuseProgression(first, increment, values, weight);
    }
    if (weight === 0) return;
    this.begin(first);
    const distance = first - this.centre;
    const sum1 = (values * (values - 1)) / 2;
    const rise = increment * sum1;
    const riseSquares = (increment * increment * sum1 * (2 * values - 1)) / 3;
    this.blockWeight += values * weight;
    this.blockTotal += weight * (values * first + rise);
    this.blockDistance += weight * (values * distance + rise);
    this.blockSquares += weight * (distance * (values * distance + 2 * rise) + riseSquares);
  }

  /** Adds everything another has seen, as if it had been seen here. */
  merge(other: Moments): void {
    this.endBlock();
    other.endBlock();
    if (other.weight === 0) return;
    const weight = this.weight + other.weight;
    const distance = other.centre - this.centre;
    this.total.add(other.total.value);
    this.squares += other.squares + distance * distance * ((this.weight * other.weight) / weight);
    this.centre += (distance * other.weight) / weight;
    this.weight = weight;
  }

  /** The sum of the weights: the number of values, when each was added with weight 1. */
  get count(): number {
    return this.weight + this.blockWeight;
  }

  /** The sum of the values; 0 when there are none. */
  get sum(): number {
    this.endBlock();
    return this.total.value;
  }

  /** `null` when there are no values. */
  get mean(): number | null {
    return this.count === 0 ? null : this.sum / this.count;
  }

  /** The unbiased sample variance (divisor n − 1); `null` unless the count is above 1. */
  get variance(): number | null {
    this.endBlock();
    return this.weight > 1 ? this.squares / (this.weight - 1) : null;
  }

  /** The square root of the sample variance; `null` unless the count is above 1. */
  get sd(): number | null {
    const variance = this.variance;
    return variance === null ? null : Math.sqrt(variance);
  }

  /** Readies a block for a value: the very first is the centre of its own. */
  private begin(x: number): void {
    if (this.additions === BLOCK) this.endBlock();
    if (this.additions === 0 && this.weight === 0) this.centre = x;
    this.additions += 1;
  }

  /** The block joins those before it; distances from the old centre become those from the mean of all. */
  private endBlock(): void {
    if (this.additions === 0) return;
    this.weight += this.blockWeight;
    this.total.add(this.blockTotal);
    const moved = this.blockDistance / this.weight;
    // Values that are all alike may come out a rounding below zero.
    this.squares = Math.max(0, this.squares + this.blockSquares - moved * this.blockDistance);
    this.centre += moved;
    this.additions = 0;
    this.blockWeight = 0;
    this.blockTotal = 0;
    this.blockDistance = 0;
    this.blockSquares = 0;
  }
}

// Messages are made in functions of their own: the compiler would make one that two checks share before the first.

function refuse(x: number, weight: number): never {
  throw new RangeError(
    `value ${x} with weight ${weight}: a finite value and a weight of zero or more are needed`,
  );
}

function refuseProgression(first: number, increment: number, values: number, weight: number): never {
  throw new RangeError(
    `${values} values from ${first} by ${increment} with weight ${weight} cannot be added`,
  );
}
