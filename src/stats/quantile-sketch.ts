/**
 * Quantiles of a stream of values of zero or more: exact while there are few, within 0.05 % in bounded memory however
 * many there are. Does not know what the values are. The bins are cut from the bits of the floating-point number, so
 * that adding a value takes no logarithm and merging is exact.
 */
import { quantileOfSorted, requireProbability } from './quantiles.ts';
import { WeightSteps } from './weight-steps.ts';

const DEFAULT_LIMIT = 131_072;
const FIRST_CAPACITY = 256;
const FIRST_PAGES = 4;
/** Mantissa bits that distinguish bins: 1,024 bins per power of two. */
const BINS_PER_PAGE = 1_024;
const PAGES = 2_047;
const SMALLEST_NORMAL = 2 ** -1022;
const EXPONENT_BIAS = 1_023;
/** Up to this many values, finding the bin of each is faster than computing where a bin ends. */
const SHORT = 12;
/** The width of a bin by biased exponent. */
const BIN_WIDTHS = Float64Array.from(
  { length: PAGES },
  (_, exponent) => 2 ** (exponent - EXPONENT_BIAS) / BINS_PER_PAGE,
);

/** Most sketches lack one or the other, and a thousand of them are made at once. */
const NO_NUMBERS = new Float64Array(0);
const NO_PAGES = new Int16Array(0);

const asFloat = new Float64Array(1);
const asWords = new Uint32Array(asFloat.buffer);
const HIGH_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** The sketch as plain data for another thread or a file: numbers and typed arrays, no references to the sketch. */
export interface QuantileSketchState {
  readonly limit: number;
  /** Values kept as they are, in no order; empty once in bins. */
  readonly values: Float64Array;
  readonly binned: boolean;
  /** Weight in bins, and of it the weight at zero. */
  readonly binnedWeight: number;
  readonly zeroWeight: number;
  readonly smallest: number;
  readonly largest: number;
  /** Biased exponents for which there are bins, rising, and 1,024 weights for each. */
  readonly exponents: Uint16Array;
  readonly weights: Float64Array;
}

/**
 * Quantiles by the definition of `quantiles.ts`: the smallest x with at least the share p of the weight at or below
 * it. As long as at most `limit` values came, all of whole weight, every value is kept and the answer is exact. Then
 * values are counted in bins of relative width 2⁻¹⁰, and the answer is within a factor 1 ± 2⁻¹¹ of the exact one
 * (values below 2⁻¹⁰²² count as zero). Memory: 8 bytes a value, then 8 KiB for each power of two that occurs.
 *
 * What is in a sketch does not depend on the order of adding and merging, provided that limits are the same and
 * weights are whole numbers.
 */
export class QuantileSketch {
  private readonly limit: number;
  private values = NO_NUMBERS;
  private size = 0;
  private sorted = true;
  private binned = false;
  private binnedWeight = 0;
  private zeroWeight = 0;
  private smallest = Infinity;
  private largest = -Infinity;
  /** The weights of all bins, page after page; a page is the bins of one power of two. */
  private weights = NO_NUMBERS;
  /** By biased exponent: the number of its page, −1 where no value fell. Empty before there are bins. */
  private pageOf = NO_PAGES;
  private pages = 0;

  /** Keeps up to `limit` values before it goes to bins; 0 for bins from the start. */
  constructor(limit = DEFAULT_LIMIT) {
    if (!Number.isSafeInteger(limit) || limit < 0) {
      throw new RangeError(`limit ${limit}: a whole number of zero or more is needed`);
    }
    this.limit = limit;
  }

  /**
   * Adds a value. A whole weight adds that many copies; any other takes the sketch to bins at once, and 0 adds nothing.
   *
   * @throws RangeError when the value or the weight is negative or not finite
   */
  add(x: number, weight = 1): void {
    if (!(x >= 0 && x < Infinity && weight >= 0 && weight < Infinity)) refuse(x, weight);
    if (weight === 0) return;
    if (x < this.smallest) this.smallest = x;
    if (x > this.largest) this.largest = x;
    if (!this.binned) {
      if (Number.isInteger(weight) && this.size + weight <= this.limit) {
        for (let copy = 0; copy < weight; copy++) this.keep(x);
        return;
      }
      this.spill();
    }
    this.tally(x, weight);
  }

  /**
   * Adds the first `count` of these values, each with its weight, as calling `add` for each.
   *
   * @throws RangeError as `add` does
   */
  addAll(values: Float64Array, weights: Float64Array, count: number): void {
    let from = 0;
    for (; from < count && !this.binned; from++) this.add(values[from]!, weights[from]);
    const { pageOf } = this;
    let { weights: bins, smallest, largest, binnedWeight, zeroWeight } = this;
    for (; from < count; from++) {
      const x = values[from]!;
      const weight = weights[from]!;
      if (!(x >= 0 && x < Infinity && weight >= 0 && weight < Infinity)) refuse(x, weight);
      if (weight === 0) continue;
      if (x < smallest) smallest = x;
      if (x > largest) largest = x;
      binnedWeight += weight;
      if (x < SMALLEST_NORMAL) {
        zeroWeight += weight;
        continue;
      }
      asFloat[0] = x;
      const high = asWords[HIGH_WORD]!;
      let page = pageOf[high >>> 20]!;
      if (page < 0) {
        page = this.addPage(high >>> 20);
        bins = this.weights;
      }
      bins[BINS_PER_PAGE * page + ((high >>> 10) & (BINS_PER_PAGE - 1))]! += weight;
    }
    this.smallest = smallest;
    this.largest = largest;
    this.binnedWeight = binnedWeight;
    this.zeroWeight = zeroWeight;
  }

  /**
   * Adds `weight` of each of so many values, each `increment` (zero or more) above the one before. Values that fall into
   * one bin are added at once.
   *
   * @throws RangeError as `add` does
   */
  addProgression(first: number, increment: number, values: number, weight: number): void {
    if (this.binned && first >= SMALLEST_NORMAL && increment >= 0 && weight > 0) {
      const last = first + (values - 1) * increment;
      if (!(last < Infinity && weight < Infinity)) refuse(last, weight);
      return this.tallyProgression(first, increment, values, weight);
    }
    let value = first;
    for (let done = 0; done < values;) {
      this.add(value, weight);
      value = first + ++done * increment;
    }
  }

  /** Adds everything another sketch has seen; the other is left as it is. */
  merge(other: QuantileSketch): void {
    if (other.smallest < this.smallest) this.smallest = other.smallest;
    if (other.largest > this.largest) this.largest = other.largest;
    if (!this.binned && (other.binned || this.size + other.size > this.limit)) this.spill();
    if (this.binned) for (let i = 0; i < other.size; i++) this.tally(other.values[i]!, 1);
    else this.keepAll(other.values.subarray(0, other.size));
    this.binnedWeight += other.binnedWeight;
    this.zeroWeight += other.zeroWeight;
    for (const exponent of other.exponents()) {
      const page = other.page(exponent);
      const own = this.ownPage(exponent);
      for (let bin = 0; bin < BINS_PER_PAGE; bin++) own[bin]! += page[bin]!;
    }
  }

  /**
   * The p-quantile, in the unit of the values; `null` when nothing was added.
   *
   * @throws RangeError when p is outside [0, 1]
   */
  quantile(p: number): number | null {
    requireProbability(p);
    if (this.count === 0) return null;
    return this.binned ? this.binnedQuantile(p) : quantileOfSorted(this.sortedValues(), p);
  }

  /** The weight of the values at or below x; once in bins, of the bins up to that of x. */
  weightUpTo(x: number): number {
    if (!this.binned) return countUpTo(this.sortedValues(), x);
    let weight = x < 0 ? 0 : this.zeroWeight;
    if (!(x >= SMALLEST_NORMAL)) return weight;
    asFloat[0] = x;
    const high = asWords[HIGH_WORD]!;
    const last = high >>> 20;
    for (const exponent of this.exponents()) {
      if (exponent > last) break;
      const page = this.page(exponent);
      const bins = exponent < last ? BINS_PER_PAGE : ((high >>> 10) & (BINS_PER_PAGE - 1)) + 1;
      for (let bin = 0; bin < bins; bin++) weight += page[bin]!;
    }
    return weight;
  }

  /** What `weightUpTo` says of every x from `low` to `high`, zero or more, without the rest of the sketch. */
  stepsBetween(low: number, high: number): WeightSteps {
    if (this.count === 0) return WeightSteps.none;
    const base = this.weightUpTo(low);
    if (!this.binned) {
      const kept = this.sortedValues();
      const at = Array.from(kept.subarray(base, Math.max(base, countUpTo(kept, high))));
      return new WeightSteps(this.count, base, at, null);
    }
    const at: number[] = [];
    const weights: number[] = [];
    for (const exponent of this.exponents()) {
      if (startOf(exponent, 0) > high) break;
      if (startOf(exponent + 1, 0) <= low) continue;
      this.page(exponent).forEach((weight, bin) => {
        const start = startOf(exponent, bin);
        // The bin of `low` itself begins at or below it.
        if (weight === 0 || start <= low || start > high) return;
        at.push(start);
        weights.push(weight);
      });
    }
    return new WeightSteps(this.count, base, at, weights);
  }

  /** Whether every weight is a whole number, so that the order of merging is nothing to the last bit either. */
  get isWhole(): boolean {
    return !this.binned || (Number.isInteger(this.zeroWeight) && this.weights.every(Number.isInteger));
  }

  /** The weight added: the number of values, when each came with weight 1. */
  get count(): number {
    return this.binned ? this.binnedWeight : this.size;
  }

  /** The numbers for which the sketch has room: what it takes of memory, in eights of bytes. */
  get numbersHeld(): number {
    return this.values.length + this.weights.length;
  }

  /** Whether quantiles are exact: every value is still kept. */
  get isExact(): boolean {
    return !this.binned;
  }

  /** A copy of what the sketch holds. */
  toState(): QuantileSketchState {
    const exponents = this.exponents();
    const weights = new Float64Array(exponents.length * BINS_PER_PAGE);
    exponents.forEach((exponent, i) => weights.set(this.page(exponent), i * BINS_PER_PAGE));
    return {
      limit: this.limit,
      values: this.values.slice(0, this.size),
      binned: this.binned,
      binnedWeight: this.binnedWeight,
      zeroWeight: this.zeroWeight,
      smallest: this.smallest,
      largest: this.largest,
      exponents: Uint16Array.from(exponents),
      weights,
    };
  }

  /** The sketch that `toState` described, with memory of its own. */
  static fromState(state: QuantileSketchState): QuantileSketch {
    const sketch = new QuantileSketch(state.limit);
    if (state.values.length > 0) sketch.values = state.values.slice();
    sketch.size = state.values.length;
    sketch.sorted = false;
    sketch.binned = state.binned;
    sketch.binnedWeight = state.binnedWeight;
    sketch.zeroWeight = state.zeroWeight;
    sketch.smallest = state.smallest;
    sketch.largest = state.largest;
    state.exponents.forEach((exponent, i) => {
      sketch.ownPage(exponent).set(state.weights.subarray(i * BINS_PER_PAGE, (i + 1) * BINS_PER_PAGE));
    });
    return sketch;
  }

  private keep(x: number): void {
    if (this.size === this.values.length) {
      const grown = new Float64Array(Math.max(FIRST_CAPACITY, 2 * this.size));
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.size++] = x;
    this.sorted = false;
  }

  private keepAll(values: Float64Array): void {
    const size = this.size + values.length;
    if (size > this.values.length) {
      const grown = new Float64Array(Math.max(FIRST_CAPACITY, size, 2 * this.values.length));
      grown.set(this.values);
      this.values = grown;
    }
    this.values.set(values, this.size);
    this.size = size;
    this.sorted = false;
  }

  private spill(): void {
    this.binned = true;
    this.readyPages();
    for (let i = 0; i < this.size; i++) this.tally(this.values[i]!, 1);
    this.values = NO_NUMBERS;
    this.size = 0;
  }

  private tally(x: number, weight: number): void {
    this.binnedWeight += weight;
    if (x < SMALLEST_NORMAL) {
      this.zeroWeight += weight;
      return;
    }
    asFloat[0] = x;
    const high = asWords[HIGH_WORD]!;
    const first = this.firstBinOf(high >>> 20);
    this.weights[first + ((high >>> 10) & (BINS_PER_PAGE - 1))]! += weight;
  }

  /** As `tally`, of a progression that starts at a normal number: value by value when short, else bin by bin. */
  private tallyProgression(from: number, increment: number, values: number, weight: number): void {
    const last = from + (values - 1) * increment;
    if (from < this.smallest) this.smallest = from;
    if (last > this.largest) this.largest = last;
    this.binnedWeight += values * weight;
    for (let done = 0; done < values;) {
      const value = from + done * increment;
      asFloat[0] = value;
      const high = asWords[HIGH_WORD]!;
      const bin = (high >>> 10) & (BINS_PER_PAGE - 1);
      let same = 1;
      if (values > SHORT) {
        const binEnds = (BINS_PER_PAGE + bin + 1) * BIN_WIDTHS[high >>> 20]!;
        const steps = (binEnds - value) / increment;
        same = steps < values - done ? Math.max(1, Math.floor(steps)) : values - done;
      }
      const first = this.firstBinOf(high >>> 20);
      this.weights[first + bin]! += same * weight;
      done += same;
    }
  }

  /** Where the bins of a power of two begin among the weights; they are made when a value first falls there. */
  private firstBinOf(exponent: number): number {
    const page = this.pageOf[exponent]!;
    return BINS_PER_PAGE * (page < 0 ? this.addPage(exponent) : page);
  }

  private readyPages(): void {
    if (this.pageOf.length === 0) this.pageOf = new Int16Array(PAGES).fill(-1);
  }

  private addPage(exponent: number): number {
    const needed = (this.pages + 1) * BINS_PER_PAGE;
    if (needed > this.weights.length) {
      const grown = new Float64Array(Math.max(FIRST_PAGES * BINS_PER_PAGE, 2 * this.weights.length));
      grown.set(this.weights);
      this.weights = grown;
    }
    this.pageOf[exponent] = this.pages;
    return this.pages++;
  }

  /** The biased exponents for which there are bins, rising. */
  private exponents(): number[] {
    const exponents: number[] = [];
    this.pageOf.forEach((page, exponent) => {
      if (page >= 0) exponents.push(exponent);
    });
    return exponents;
  }

  /** The weights of a power of two that has bins: a view, good until there are more. */
  private page(exponent: number): Float64Array {
    const first = BINS_PER_PAGE * this.pageOf[exponent]!;
    return this.weights.subarray(first, first + BINS_PER_PAGE);
  }

  private ownPage(exponent: number): Float64Array {
    this.readyPages();
    this.firstBinOf(exponent);
    return this.page(exponent);
  }

  private sortedValues(): Float64Array {
    const kept = this.values.subarray(0, this.size);
    // Sketches come back from a store in order.
    if (!this.sorted && !isRising(kept)) kept.sort();
    this.sorted = true;
    return kept;
  }

  private binnedQuantile(p: number): number {
    let below = this.zeroWeight;
    if (below > 0 && below / this.binnedWeight >= p) return 0;
    for (const exponent of this.exponents()) {
      const page = this.page(exponent);
      for (let bin = 0; bin < BINS_PER_PAGE; bin++) {
        if (page[bin] === 0) continue;
        below += page[bin]!;
        if (below / this.binnedWeight >= p) return this.within(middleOf(exponent, bin));
      }
    }
    // Weights that are not whole may add up to a hair less in the order of the bins.
    return this.largest;
  }

  private within(x: number): number {
    return Math.min(this.largest, Math.max(this.smallest, x));
  }
}

function isRising(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) return false;
  return true;
}

/** How many of the values in rising order are at or below x. */
function countUpTo(sorted: Float64Array, x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The smallest number of a bin. */
function startOf(exponent: number, bin: number): number {
  asWords[HIGH_WORD] = (exponent << 20) | (bin << 10);
  asWords[1 - HIGH_WORD] = 0;
  return asFloat[0]!;
}

function middleOf(exponent: number, bin: number): number {
  asWords[HIGH_WORD] = (exponent << 20) | (bin << 10) | (1 << 9);
  asWords[1 - HIGH_WORD] = 0;
  return asFloat[0]!;
}

/** A function of its own: the compiler would make the message of a check that is inlined twice before the first. */
function refuse(x: number, weight: number): never {
  throw new RangeError(`value ${x} with weight ${weight}: both must be finite and zero or more`);
}
