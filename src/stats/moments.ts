/**
 * Count, sum, mean and variance of values seen one at a time. Does not keep the values; does not know what they are.
 */
import { CompensatedSum } from './compensated-sum.ts';

/**
 * Moments of a weighted list of values, in one pass and a fixed amount of memory. A weight is a frequency: adding x
 * with weight 3 is adding x three times.
 *
 * Source: D. H. D. West, "Updating mean and variance estimates", CACM 22 (1979); merging as in Chan, Golub and
 * LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", Stanford CS-79-773 (1979).
 */
export class Moments {
  private readonly total = new CompensatedSum();
  private weight = 0;
  private centre = 0;
  private squares = 0;

  /**
   * Adds a value.
   *
   * @throws RangeError when the value is not finite, or the weight not finite and zero or more
   */
  add(x: number, weight = 1): void {
    if (!Number.isFinite(x) || !(weight >= 0 && weight < Infinity)) refuse(x, weight);
    if (weight === 0) return;
    this.total.add(weight * x);
    this.weight += weight;
    const distance = x - this.centre;
    this.centre += (distance * weight) / this.weight;
    this.squares += weight * distance * (x - this.centre);
  }

  /**
   * Adds `weight` of each of so many values in arithmetic progression. Their mean is that of the first and the last; the
   * sum of squares about it is increment² n (n² − 1) ÷ 12.
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
    const count = values * weight;
    const mean = (first + last) / 2;
    const distance = mean - this.centre;
    const total = this.weight + count;
    this.total.add(count * mean);
    this.squares +=
      (weight * increment * increment * values * (values * values - 1)) / 12 +
      distance * distance * ((this.weight * count) / total);
    this.centre += (distance * count) / total;
    this.weight = total;
  }

  /** Adds everything another has seen, as if it had been seen here. */
  merge(other: Moments): void {
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
    return this.weight;
  }

  /** The sum of the values; 0 when there are none. */
  get sum(): number {
    return this.total.value;
  }

  /** `null` when there are no values. */
  get mean(): number | null {
    return this.weight === 0 ? null : this.total.value / this.weight;
  }

  /** The unbiased sample variance (divisor n − 1); `null` unless the count is above 1. */
  get variance(): number | null {
    return this.weight > 1 ? this.squares / (this.weight - 1) : null;
  }

  /** The square root of the sample variance; `null` unless the count is above 1. */
  get sd(): number | null {
    const variance = this.variance;
    return variance === null ? null : Math.sqrt(variance);
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
