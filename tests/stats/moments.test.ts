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

  test('refuse what is not finite, and weights below zero', () => {
    expect(() => new Moments().add(Number.NaN)).toThrow(RangeError);
    expect(() => new Moments().add(Infinity)).toThrow(RangeError);
    expect(() => new Moments().add(1, -1)).toThrow(RangeError);
    expect(() => new Moments().add(1, Number.NaN)).toThrow(RangeError);
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
