import { describe, expect, it } from 'vitest';
import { jackknifeInterval, meanInterval, meanWithout, ratioInterval, sumOf } from '../../src/stats/index.ts';

const VALUES = [3, 8, 4, 9, 5.5];
const WEIGHTS = [1, 2, 4, 1, 3];

/** The sum of all but one. */
const sumWithout = (values: readonly number[], leftOut: number | null) =>
  sumOf(values.filter((_, index) => index !== leftOut));

describe('the mean without one', () => {
  it('is of the others, and of all for none: (8 + 4) ÷ 2 without 3, and 5 with it', () => {
    expect(meanWithout([3, 8, 4], 0)).toBe(6);
    expect(meanWithout([3, 8, 4], null)).toBe(5);
  });
});

describe('the jackknife', () => {
  it('of a mean is Student’s interval: its pseudo-values are the values', () => {
    const found = jackknifeInterval(VALUES.length, (leftOut) => meanWithout(VALUES, leftOut), 0.9);
    const expected = meanInterval(VALUES, 0.9);
    expect(found.mean).toBeCloseTo(expected.mean!, 12);
    expect(found.halfWidth).toBeCloseTo(expected.halfWidth!, 12);
    expect(found.n).toBe(5);
  });

  it('of a ratio of sums is the interval of a ratio', () => {
    const ratio = (leftOut: number | null) => sumWithout(VALUES, leftOut) / sumWithout(WEIGHTS, leftOut);
    const found = jackknifeInterval(VALUES.length, ratio, 0.95);
    const expected = ratioInterval(VALUES, WEIGHTS, 0.95);
    expect(found.mean).toBeCloseTo(expected.mean!, 12);
    expect(found.halfWidth).toBeCloseTo(expected.halfWidth!, 12);
  });

  it('of the logarithm of the mean of 1 and 3 is log 2 ± 12.7062 × log 3 ÷ 2', () => {
    // Without either the mean is the other, so pseudo-values are 2 log 2 − log 3 and 2 log 2: log 3 apart, with standard
    // error log 3 ÷ 2. t(0.975, 1) = 12.7062 (tables).
    const found = jackknifeInterval(2, (leftOut) => Math.log(meanWithout([1, 3], leftOut)), 0.95);
    expect(found.mean).toBeCloseTo(Math.log(2), 12);
    expect(found.halfWidth).toBeCloseTo((12.7062047 * Math.log(3)) / 2, 6);
  });

  it('has no point where the statistic has none, and none without values', () => {
    expect(jackknifeInterval(3, () => null, 0.95)).toEqual({ mean: null, halfWidth: null, n: 3 });
    expect(jackknifeInterval(3, () => Infinity, 0.95)).toEqual({ mean: null, halfWidth: null, n: 3 });
    expect(jackknifeInterval(0, () => 1, 0.95)).toEqual({ mean: null, halfWidth: null, n: 0 });
  });

  it('has a point without an interval with one value, or where it hangs on one', () => {
    expect(jackknifeInterval(1, () => 7, 0.95)).toEqual({ mean: 7, halfWidth: null, n: 1 });
    const hangs = jackknifeInterval(3, (leftOut) => (leftOut === 1 ? null : 7), 0.95);
    expect(hangs).toEqual({ mean: 7, halfWidth: null, n: 3 });
  });
});
