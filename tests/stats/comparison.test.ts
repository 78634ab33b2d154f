import { describe, expect, test } from 'vitest';
import { controlledMean, pairedDifference, tQuantile, welchDifference } from '../../src/stats/index.ts';
import { near, NO_ORACLES, oracle } from '../helpers/shared.ts';

const note = NO_ORACLES ?? '';

describe('the difference of two policies', () => {
  test.skipIf(NO_ORACLES !== null)(`is that of oracle L03, paired and unpaired ${note}`, () => {
    const { params, metrics } = oracle('L03');
    const paired = pairedDifference(params.a, params.b, 0.95);
    expect(near(paired.mean, metrics.mean_diff)).toBe(true);
    expect(near(paired.halfWidth, metrics.paired_half, 1e-7)).toBe(true);
    expect(near(paired.correlation, metrics.correlation)).toBe(true);
    expect(near(paired.varianceReduction, metrics.variance_reduction_factor)).toBe(true);
    const welch = welchDifference(params.a, params.b, 0.95);
    expect(near(welch.halfWidth, (metrics.welch_hi - metrics.welch_lo) / 2, 1e-7)).toBe(true);
    expect(near(welch.mean, metrics.mean_diff)).toBe(true);
  });

  test('paired by hand: differences 1, 2, 3 have mean 2 and standard error 1 ÷ √3', () => {
    // The sides 2, 4, 6 and 1, 2, 3 have variances 4 and 1 and rise together; (4 + 1) ÷ 1 = 5.
    const { mean, halfWidth, n, correlation, varianceReduction } = pairedDifference(
      [2, 4, 6],
      [1, 2, 3],
      0.95,
    );
    expect([mean, n, correlation, varianceReduction]).toEqual([2, 3, 1, 5]);
    expect(halfWidth).toBeCloseTo(tQuantile(0.975, 2) / Math.sqrt(3), 12);
  });

  test('of a policy and itself is 0 and sure', () => {
    const { mean, halfWidth, correlation, varianceReduction } = pairedDifference([1, 2, 4], [1, 2, 4], 0.95);
    expect([mean, halfWidth, varianceReduction]).toEqual([0, 0, null]);
    expect(correlation).toBeCloseTo(1, 12);
    expect(pairedDifference([3, 3], [1, 2], 0.95).correlation).toBeNull();
  });

  test('of sides with equal numbers and variances has 2n − 2 degrees of freedom when they are independent', () => {
    // Variances 1 and 1, three of each: √(2 ÷ 3) and t(4).
    const { mean, halfWidth, n } = welchDifference([5, 6, 7], [1, 2, 3], 0.95);
    expect([mean, n]).toEqual([4, 3]);
    expect(halfWidth).toBeCloseTo(tQuantile(0.975, 4) * Math.sqrt(2 / 3), 12);
    // A side that does not vary leaves the degrees of the other: t(2).
    expect(welchDifference([5, 6, 7], [2, 2, 2, 2], 0.95).halfWidth).toBeCloseTo(
      tQuantile(0.975, 2) / Math.sqrt(3),
      12,
    );
  });

  test('does not exist without data, and has no width with one value', () => {
    expect(pairedDifference([], [], 0.95)).toMatchObject({ mean: null, halfWidth: null, n: 0 });
    expect(pairedDifference([3], [1], 0.95)).toMatchObject({ mean: 2, halfWidth: null, n: 1 });
    expect(welchDifference([1, 2], [], 0.95)).toEqual({ mean: null, halfWidth: null, n: 0 });
    expect(welchDifference([1, 2, 3], [1], 0.95)).toEqual({ mean: 1, halfWidth: null, n: 1 });
    expect(welchDifference([2, 2], [1, 1], 0.95)).toEqual({ mean: 1, halfWidth: 0, n: 2 });
  });

  test('is refused of lists without counterparts and of values that are no numbers', () => {
    expect(() => pairedDifference([1, 2], [1], 0.95)).toThrow(RangeError);
    expect(() => welchDifference([1, NaN], [1, 2], 0.95)).toThrow(RangeError);
    expect(() => welchDifference([1, 2], [1, 2], 0)).toThrow(RangeError);
  });
});

describe('a mean corrected by a control', () => {
  test.skipIf(NO_ORACLES !== null)(`is that of oracle L04 ${note}`, () => {
    const { params, metrics } = oracle('L04');
    const found = controlledMean(params.y, params.c, params.mu_c, 0.95)!;
    expect(near(found.mean, metrics.mean)).toBe(true);
    expect(near(found.halfWidth, metrics.half_width, 1e-8)).toBe(true);
    expect(near(found.slope, metrics.beta)).toBe(true);
    expect(near(found.explained, metrics.rho2)).toBe(true);
  });

  test('is exact where the values follow the control exactly', () => {
    // y = 3 c + 1 with the mean of c known to be 10: 31, whatever c was drawn.
    const found = controlledMean([7, 13, 31, 40], [2, 4, 10, 13], 10, 0.95)!;
    expect(found.mean).toBeCloseTo(31, 12);
    expect(found.slope).toBeCloseTo(3, 12);
    expect(found.explained).toBeCloseTo(1, 12);
    expect(found.halfWidth).toBeLessThan(1e-6);
  });

  test('does not exist where there is nothing to learn from the control', () => {
    expect(controlledMean([1, 2], [1, 2], 1, 0.95)).toBeNull();
    expect(controlledMean([1, 2, 3], [5, 5, 5], 5, 0.95)).toBeNull();
    expect(controlledMean([1, 1, 1], [4, 5, 6], 5, 0.95)).toBeNull();
    expect(() => controlledMean([1, 2, 3], [1, 2, 3], NaN, 0.95)).toThrow(RangeError);
  });
});
