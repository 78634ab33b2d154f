import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantileOfSorted, QuantileSketch, Streams } from '../../src/stats/index.ts';

/** The definition, word for word: the smallest x with at least the share p of the weight at or below it. */
function quantileByDefinition(weighted: readonly (readonly [number, number])[], p: number): number | null {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  const candidates = weighted
    .map(([x]) => x)
    .filter((x) => weighted.reduce((sum, [y, weight]) => sum + (y <= x ? weight : 0), 0) / total >= p);
  return candidates.length === 0 ? null : Math.min(...candidates);
}

const ones = (values: readonly number[]) => values.map((x) => [x, 1] as const);

function sketchOf(values: readonly number[], limit?: number): QuantileSketch {
  const sketch = new QuantileSketch(limit);
  for (const x of values) sketch.add(x);
  return sketch;
}

/** What a sketch holds, as a text to compare: kept values in order, and the bins that are not empty. */
function contents(sketch: QuantileSketch): string {
  const { values, exponents, weights, ...scalars } = sketch.toState();
  const bins: number[][] = [];
  weights.forEach((weight, i) => {
    if (weight !== 0) bins.push([exponents[i >>> 10]!, i & 1023, weight]);
  });
  return JSON.stringify({ ...scalars, values: [...values.sort()], bins });
}

const value = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.double({ min: 0, max: 1e12, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }).map((x) => x * x * x),
);
const values = fc.array(value, { maxLength: 60 });
/** Probabilities, the k / n where the quantile jumps among them. */
const probability = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 60 })).map(([k, n]) => Math.min(1, k / n)),
);

describe('the quantile of sorted values', () => {
  test('is the smallest with at least that share at or below it', () => {
    expect(quantileOfSorted([10, 20, 30, 40], 0.5)).toBe(20);
    expect(quantileOfSorted([10, 20, 30, 40], 0.500001)).toBe(30);
    expect(quantileOfSorted([10, 20, 30, 40], 0)).toBe(10);
    expect(quantileOfSorted([10, 20, 30, 40], 1)).toBe(40);
    expect(quantileOfSorted([], 0.5)).toBeNull();
  });

  test('does not slip where p × n is off by a rounding', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(0.07 * 100).toBeGreaterThan(7);
    for (let k = 1; k <= 100; k++) expect(quantileOfSorted(hundred, k / 100)).toBe(k);
  });

  test('refuses what is not a probability', () => {
    for (const p of [-0.1, 1.1, Number.NaN]) expect(() => quantileOfSorted([1], p)).toThrow(RangeError);
    for (const p of [-0.1, 1.1, Number.NaN])
      expect(() => new QuantileSketch().quantile(p)).toThrow(RangeError);
  });
});

describe('a quantile sketch', () => {
  test('is exact up to its limit', () => {
    fc.assert(
      fc.property(values, probability, (list, p) => {
        const sketch = sketchOf(list, 60);
        expect(sketch.isExact).toBe(true);
        expect(sketch.count).toBe(list.length);
        expect(sketch.quantile(p)).toBe(quantileByDefinition(ones(list), p));
      }),
    );
  });

  test('goes to bins with the first value beyond its limit, and loses none', () => {
    const sketch = sketchOf([3, 1, 2], 3);
    expect([sketch.isExact, sketch.count]).toEqual([true, 3]);
    sketch.add(4);
    expect([sketch.isExact, sketch.count]).toEqual([false, 4]);
    expect(Math.abs(sketch.quantile(0.5)! / 2 - 1)).toBeLessThanOrEqual(2 ** -11);
  });

  test('in bins is within 2⁻¹¹ of the exact quantile, weights included', () => {
    const weighted = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(weighted, probability, (list, p) => {
        const sketch = new QuantileSketch(0);
        for (const [x, weight] of list) sketch.add(x, weight);
        const exact = quantileByDefinition(list, p)!;
        // Values below 2^-1022 count as zero, as documented.
        const expected = exact < 2 ** -1022 ? 0 : exact;
        expect(Math.abs(sketch.quantile(p)! - expected)).toBeLessThanOrEqual(2 ** -11 * expected);
      }),
      { numRuns: 1_000 },
    );
  });

  test('gives zero for zeros, apart from small values', () => {
    const sketch = sketchOf([0, 0, 0, 1e-300, -0], 0);
    expect(sketch.quantile(0.8)).toBe(0);
    expect(sketch.quantile(0.81)).toBeCloseTo(1e-300, 303);
    expect(sketch.quantile(0.81)).toBeGreaterThan(0);
  });

  test('spans all positive doubles', () => {
    for (const x of [2 ** -1022, 1e-9, 1, 1 - 2 ** -53, 2 - 2 ** -52, 123.456, Number.MAX_VALUE]) {
      const sketch = sketchOf([x, x / 3, x], 0);
      expect(Math.abs(sketch.quantile(1)! / x - 1)).toBeLessThanOrEqual(2 ** -11);
    }
  });

  test('holds the same whatever the order of adding and merging', () => {
    // A weight of 2 takes a sketch to bins at once, so half the cases have none.
    const parts = fc.constantFrom([1], [1, 1, 2]).chain((weights) =>
      fc.array(fc.array(fc.tuple(value, fc.constantFrom(...weights)), { maxLength: 12 }), {
        minLength: 1,
        maxLength: 5,
      }),
    );
    fc.assert(
      fc.property(parts, fc.integer({ min: 0, max: 40 }), (lists, limit) => {
        const build = (list: readonly [number, number][]) => {
          const sketch = new QuantileSketch(limit);
          for (const [x, weight] of list) sketch.add(x, weight);
          return sketch;
        };
        const together = contents(build(lists.flat()));
        const forwards = new QuantileSketch(limit);
        for (const list of lists) forwards.merge(build(list));
        const backwards = new QuantileSketch(limit);
        for (const list of lists.toReversed()) backwards.merge(build(list.toReversed()));
        const nested = lists.map(build).reduceRight((right, left) => (left.merge(right), left));
        expect(contents(forwards)).toEqual(together);
        expect(contents(backwards)).toEqual(together);
        expect(contents(nested)).toEqual(together);
      }),
      { numRuns: 200 },
    );
  });

  test('holds the same when values are added at once, or as a progression, as when they come one by one', () => {
    const weighted = fc.array(fc.tuple(value, fc.nat(3)), { maxLength: 60 });
    const progression = fc.tuple(
      fc.double({ min: 1e-6, max: 10, noNaN: true }),
      fc.double({ min: 0, max: 0.1, noNaN: true }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 3 }),
    );
    fc.assert(
      fc.property(
        weighted,
        progression,
        fc.constantFrom(0, 20, 1_000),
        (list, [first, increment, values, weight], limit) => {
          const one = new QuantileSketch(limit);
          for (const [x, w] of list) one.add(x, w);
          const all = new QuantileSketch(limit);
          const column = (at: 0 | 1) => Float64Array.from([...list.map((pair) => pair[at]), 5, 5]);
          all.addAll(column(0), column(1), list.length);
          expect(contents(all)).toEqual(contents(one));
          for (let j = 0; j < values; j++) one.add(first + j * increment, weight);
          all.addProgression(first, increment, values, weight);
          // Where a bin ends is found by a division, which may put a value that is on the edge on its other side.
          const [a, b] = [one, all].map((sketch) => [0.1, 0.5, 0.9].map((p) => sketch.quantile(p)!));
          expect(all.count).toBe(one.count);
          a!.forEach((q, at) => expect(Math.abs(q - b![at]!)).toBeLessThanOrEqual(2 ** -10 * q));
        },
      ),
    );
  });

  test('leaves alone the sketch that is merged into it', () => {
    for (const limit of [0, 10]) {
      const other = sketchOf([1, 2, 3], limit);
      const before = contents(other);
      const sketch = sketchOf([5], limit);
      sketch.merge(other);
      sketch.add(7);
      expect(contents(other)).toEqual(before);
      expect(sketch.count).toBe(5);
    }
  });

  test('stays correct when values come after a quantile was asked', () => {
    const sketch = sketchOf([5, 1, 3]);
    expect(sketch.quantile(0.5)).toBe(3);
    sketch.add(0);
    sketch.add(0);
    expect(sketch.quantile(0.5)).toBe(1);
  });

  test('travels between threads: its state survives a structured clone and shares no memory', () => {
    for (const limit of [0, 100]) {
      const sketch = sketchOf([0, 3, 1e-5, 2e7, 3], limit);
      const copy = QuantileSketch.fromState(structuredClone(sketch.toState()));
      expect(contents(copy)).toEqual(contents(sketch));
      const mine = sketch.toState();
      const twin = QuantileSketch.fromState(mine);
      twin.add(9);
      sketch.add(1);
      expect(copy.count).toBe(5);
      expect(twin.count).toBe(6);
      const kept = [...mine.values];
      for (const p of [0, 0.3, 0.6, 1])
        expect(copy.quantile(p)).toBe(QuantileSketch.fromState(mine).quantile(p));
      expect([...mine.values]).toEqual(kept);
    }
  });

  test('takes a bounded memory for a million values, and its p99 is right', () => {
    const sketch = new QuantileSketch();
    const source = new Streams('sketch', 0).stream('x');
    const exact = new Float64Array(1e6);
    for (let i = 0; i < exact.length; i++) {
      exact[i] = -Math.log(1 - source.next());
      sketch.add(exact[i]!);
    }
    const state = sketch.toState();
    expect(state.values.length).toBe(0);
    // Exponentials of mean 1 span about 2^-20 to 2^4: 30 pages of 8 KiB at most, for 8 MB of values.
    expect(state.weights.byteLength).toBeLessThan(30 * 8_192);
    expect(state.weights.reduce((a, b) => a + b, 0) + state.zeroWeight).toBe(1e6);
    const p99 = quantileOfSorted(exact.sort(), 0.99)!;
    expect(Math.abs(sketch.quantile(0.99)! / p99 - 1)).toBeLessThanOrEqual(2 ** -11);
  });

  test('has no quantiles when empty, and a weight of zero leaves it so', () => {
    const sketch = new QuantileSketch();
    sketch.add(5, 0);
    expect([sketch.count, sketch.quantile(0.5), sketch.isExact]).toEqual([0, null, true]);
  });

  test('refuses negative and infinite values and weights', () => {
    for (const x of [-1, Number.NaN, Infinity]) {
      expect(() => new QuantileSketch().add(x)).toThrow(RangeError);
      expect(() => new QuantileSketch().add(1, x)).toThrow(RangeError);
    }
    for (const limit of [0, 100]) {
      const sketch = new QuantileSketch(limit);
      expect(() => sketch.addAll(Float64Array.of(1, -1), Float64Array.of(1, 1), 2)).toThrow(RangeError);
      expect(() => sketch.addAll(Float64Array.of(1, 1), Float64Array.of(1, Infinity), 2)).toThrow(RangeError);
    }
    expect(() => new QuantileSketch(-1)).toThrow(RangeError);
  });
});
