import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CompensatedSum, Moments, sumOf } from '../../src/stats/index.ts';

function momentsOf(values: readonly number[]): Moments {
  const moments = new Moments();
  for (const x of values) moments.add(x);
  return moments;
}

describe('moments', () => {
  test('of a small list are those worked by hand', () => {
    const moments = momentsOf([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(moments.count).toBe(8);
    expect(moments.sum).toBe(40);
    expect(moments.mean).toBe(5);
    // Squared distances from 5: 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32.
    expect(moments.variance).toBeCloseTo(32 / 7, 14);
    expect(moments.sd).toBeCloseTo(Math.sqrt(32 / 7), 14);
  });

  test('do not exist without data; a single value has no variance', () => {
    const moments = new Moments();
    expect([moments.count, moments.sum, moments.mean, moments.variance, moments.sd]).toEqual([
      0,
      0,
      null,
      null,
      null,
    ]);
    moments.add(3);
    expect([moments.count, moments.mean, moments.variance, moments.sd]).toEqual([1, 3, null, null]);
  });

  test('keep their digits when values are far from zero', () => {
    // The textbook case: the variance of 4, 7, 13, 16 is 30, whatever is added to each.
    expect(momentsOf([4, 7, 13, 16].map((x) => x + 1e9)).variance).toBeCloseTo(30, 6);
  });

  test('count a value of weight 3 three times, and one of weight 0 not at all', () => {
    const weighted = new Moments();
    weighted.add(10, 3);
    weighted.add(99, 0);
    weighted.add(4);
    // 10, 10, 10, 4: mean 8.5; squares 3 × 2.25 + 20.25 = 27, over 3.
    expect([weighted.count, weighted.sum, weighted.mean]).toEqual([4, 34, 8.5]);
    expect(weighted.variance).toBeCloseTo(9, 13);
  });

  test('merged are the moments of all values together', () => {
    const finite = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 30 });
    fc.assert(
      fc.property(finite, finite, (left, right) => {
        const merged = momentsOf(left);
        merged.merge(momentsOf(right));
        const all = [...left, ...right];
        expect(merged.count).toBe(all.length);
        if (all.length === 0) return;
        const mean = sumOf(all) / all.length;
        expect(Math.abs(merged.mean! - mean)).toBeLessThanOrEqual(1e-9 + 1e-12 * Math.abs(mean));
        if (all.length < 2) return;
        const variance = sumOf(all.map((x) => (x - mean) ** 2)) / (all.length - 1);
        expect(Math.abs(merged.variance! - variance)).toBeLessThanOrEqual(1e-3 + 1e-10 * variance);
      }),
    );
  });

  test('of many values, over several blocks, are those of the definition', () => {
    // 0 to 4,999 far from zero: the mean is the middle, the squared distances add up to n (n² − 1) ÷ 12.
    const n = 5_000;
    const offset = 1e7;
    const moments = momentsOf(Array.from({ length: n }, (_, i) => offset + i));
    expect(moments.sum).toBe(n * offset + (n * (n - 1)) / 2);
    expect(moments.mean).toBe(offset + (n - 1) / 2);
    expect(moments.variance! / ((n * (n + 1)) / 12)).toBeCloseTo(1, 12);
  });

  test('do not lose their digits to a first value far from all others', () => {
    // 1e8, and 2,000 pairs of 1 and 3: about the mean of the pairs, 2, their squares are 1 each.
    const pairs = 2_000;
    const moments = momentsOf([1e8, ...Array.from({ length: 2 * pairs }, (_, i) => 1 + 2 * (i % 2))]);
    const count = 1 + 2 * pairs;
    const far = 1e8 - 2;
    const squares = 2 * pairs + far * far * (1 - 1 / count);
    expect(moments.variance! / (squares / (count - 1))).toBeCloseTo(1, 12);
  });

  test('of values that are all alike have no variance', () => {
    expect(momentsOf(Array.from({ length: 3_000 }, () => 0.1)).variance).toBe(0);
  });

  test('of a list added at once, or of a progression, are those of its values one by one', () => {
    const weighted = fc.array(fc.tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.nat(3)), {
      maxLength: 2_500,
    });
    fc.assert(
      fc.property(weighted, fc.nat(2_000), (pairs, before) => {
        const [one, all] = [new Moments(), new Moments()];
        for (const moments of [one, all]) for (let i = 0; i < before; i++) moments.add(i / 7);
        for (const [x, weight] of pairs) one.add(x, weight);
        const column = (at: 0 | 1) => Float64Array.from([...pairs.map((pair) => pair[at]), 99, 99]);
        all.addAll(column(0), column(1), pairs.length);
        expect(all.count).toBe(one.count);
        const near = (a: number | null, b: number | null) =>
          a === b || Math.abs(a! - b!) <= 1e-9 * Math.max(1, Math.abs(b!));
        expect(near(all.sum, one.sum) && near(all.variance, one.variance)).toBe(true);
      }),
    );
    const progression = new Moments();
    progression.add(5);
    progression.addProgression(2, 0.5, 4, 3);
    // 5, and three each of 2, 2.5, 3, 3.5: the sum is 38, squares 25 + 3 × 31.5.
    expect([progression.count, progression.sum]).toEqual([13, 38]);
    expect(progression.variance).toBeCloseTo((119.5 - 38 ** 2 / 13) / 12, 13);
  });

  test('refuse what is not finite, and weights below zero', () => {
    expect(() => new Moments().add(Number.NaN)).toThrow(RangeError);
    expect(() => new Moments().add(Infinity)).toThrow(RangeError);
    expect(() => new Moments().add(1, -1)).toThrow(RangeError);
    expect(() => new Moments().add(1, Number.NaN)).toThrow(RangeError);
    const two = Float64Array.of(1, Number.NaN);
    expect(() => new Moments().addAll(two, Float64Array.of(1, 1), 2)).toThrow(RangeError);
    expect(() => new Moments().addAll(Float64Array.of(1, 1), two, 2)).toThrow(RangeError);
  });
});

describe('a compensated sum', () => {
  test('does not drift: a tenth added a million times is a hundred thousand', () => {
    const sum = new CompensatedSum();
    let naive = 0;
    for (let i = 0; i < 1e6; i++) {
      sum.add(0.1);
      naive += 0.1;
    }
    expect(naive).not.toBe(100_000);
    expect(sum.value).toBe(100_000);
  });

  test('keeps small terms that a large one would swallow, before and after it', () => {
    expect(sumOf([1, 1e100, 1, -1e100])).toBe(2);
  });
});
