import { describe, expect, test } from 'vitest';
import {
  deltaRatioInterval,
  meanInterval,
  ratioInterval,
  sectioningInterval,
  Streams,
  tokenDistributions,
  tQuantile,
} from '../../src/stats/index.ts';
import { near, NO_ORACLES, oracle } from '../helpers/shared.ts';

const note = NO_ORACLES ?? '';

describe("Student's quantile", () => {
  // scipy.stats.t.ppf.
  test.each([
    [0.975, 1, 12.7062047],
    [0.9, 2, 1.88561808],
    [0.975, 4, 2.77644511],
    [0.995, 9, 3.24983554],
    [0.975, 19, 2.09302405],
    [0.9995, 30, 3.64595864],
    [0.975, 200, 1.97189622],
    [0.95, 5000, 1.64515844],
  ])('of %d with %d degrees of freedom is %d', (p, df, expected) => {
    expect(Math.abs(tQuantile(p, df) / expected - 1)).toBeLessThan(1e-6);
    expect(Math.abs(tQuantile(1 - p, df) / -expected - 1)).toBeLessThan(1e-6);
  });

  test('exists only inside (0, 1) and with degrees of freedom', () => {
    for (const [p, df] of [
      [0, 5],
      [1, 5],
      [0.5, 0],
      [Number.NaN, 5],
    ] as const) {
      expect(() => tQuantile(p, df)).toThrow(RangeError);
    }
  });
});

describe('the interval of a mean', () => {
  test.skipIf(NO_ORACLES !== null)(`is that of oracle L01 ${note}`, () => {
    const { params, metrics } = oracle('L01');
    const interval = meanInterval(params.x, 0.95);
    expect(near(interval.mean, metrics.mean)).toBe(true);
    expect(near(interval.halfWidth, metrics.half_width, 1e-7)).toBe(true);
    expect(interval.n).toBe(metrics.n);
  });

  test('does not exist without data, and has no width with one value', () => {
    expect(meanInterval([], 0.95)).toEqual({ mean: null, halfWidth: null, n: 0 });
    expect(meanInterval([4], 0.95)).toEqual({ mean: 4, halfWidth: null, n: 1 });
  });

  test('of equal values has width zero', () => {
    expect(meanInterval([4, 4, 4], 0.95)).toEqual({ mean: 4, halfWidth: 0, n: 3 });
  });

  test('covers the mean of a near-normal distribution as often as it says', () => {
    const distribution = tokenDistributions.create(
      { kind: 'gamma', mean: 1, cv: 0.05 },
      { quantileTable: () => null },
    );
    const source = new Streams('coverage', 0).stream('x');
    const trials = 4_000;
    let covered = 0;
    for (let i = 0; i < trials; i++) {
      const { mean, halfWidth } = meanInterval(
        Array.from({ length: 5 }, () => distribution.sample(source)),
        0.9,
      );
      if (Math.abs(mean! - 1) <= halfWidth!) covered++;
    }
    // 90 % of 4,000 with standard error 0.0047; alarm rate 1.6e-6. With normal quantiles coverage would be 82 %.
    expect(Math.abs(covered / trials - 0.9)).toBeLessThan(4.8 * 0.0047);
  });

  test('refuses values that are not numbers, and levels that are not probabilities', () => {
    expect(() => meanInterval([1, Number.NaN], 0.95)).toThrow(RangeError);
    expect(() => meanInterval([1, 2], 95)).toThrow(RangeError);
    expect(() => meanInterval([1, 2], 0)).toThrow(RangeError);
  });
});

describe('the interval of a ratio', () => {
  test.skipIf(NO_ORACLES !== null)(
    `is the ratio of totals with the jackknife width of oracle L02 ${note}`,
    () => {
      const { params, metrics } = oracle('L02');
      const interval = ratioInterval(params.cost, params.tokens, 0.95);
      expect(near(interval.mean, metrics.ratio)).toBe(true);
      expect(near(interval.mean, metrics.naive_mean_of_ratios, 1e-3)).toBe(false);
      // 10 digits of either limit leave 8 of their difference.
      expect(near(interval.halfWidth, (metrics.jack_hi - metrics.jack_lo) / 2, 1e-7)).toBe(true);
    },
  );

  test.skipIf(NO_ORACLES !== null)(`has the linearised width of oracle L02 ${note}`, () => {
    const { params, metrics } = oracle('L02');
    const interval = deltaRatioInterval(params.cost, params.tokens, 0.95);
    expect(near(interval.mean, metrics.ratio)).toBe(true);
    expect(near(interval.halfWidth, metrics.delta_se * tQuantile(0.975, 9), 1e-8)).toBe(true);
  });

  test('linearised by hand: of 1 ÷ 2 and 3 ÷ 2 the residuals are ∓1 about a ratio of 1', () => {
    // √((1 + 1) ÷ 1 ÷ 2) = 1 over a mean denominator of 2.
    const { mean, halfWidth } = deltaRatioInterval([1, 3], [2, 2], 0.95);
    expect(mean).toBe(1);
    expect(halfWidth).toBeCloseTo(tQuantile(0.975, 1) / 2, 12);
    expect(deltaRatioInterval([1, 2], [0, 0], 0.95)).toEqual({ mean: null, halfWidth: null, n: 2 });
    expect(deltaRatioInterval([6], [3], 0.95)).toEqual({ mean: 2, halfWidth: null, n: 1 });
    expect(() => deltaRatioInterval([1, 2], [1], 0.95)).toThrow(RangeError);
  });

  test('with a constant denominator is that of the mean over it', () => {
    const ratio = ratioInterval([6, 9, 15], [3, 3, 3], 0.95);
    const mean = meanInterval([2, 3, 5], 0.95);
    expect(near(ratio.mean, mean.mean!)).toBe(true);
    expect(near(ratio.halfWidth, mean.halfWidth!)).toBe(true);
  });

  test('does not exist where the denominators add up to nothing', () => {
    expect(ratioInterval([], [], 0.95)).toEqual({ mean: null, halfWidth: null, n: 0 });
    expect(ratioInterval([1, 2], [0, 0], 0.95)).toEqual({ mean: null, halfWidth: null, n: 2 });
  });

  test('has no width with one replication, or when all rests on one', () => {
    expect(ratioInterval([6], [3], 0.95)).toEqual({ mean: 2, halfWidth: null, n: 1 });
    expect(ratioInterval([6, 0], [3, 0], 0.95)).toEqual({ mean: 2, halfWidth: null, n: 2 });
  });

  test('refuses lists of different lengths', () => {
    expect(() => ratioInterval([1, 2], [1], 0.95)).toThrow(RangeError);
  });
});

describe('the interval by sectioning', () => {
  test('spreads the sections about the pooled estimate, not about their mean', () => {
    // (9 + 1 + 1) / 2 = 5.5; √(5.5 / 3) = 1.3540; t(0.975, 2) = 4.302653: half-width 5.825809.
    const interval = sectioningInterval(11, [8, 10, 12], 0.95);
    expect(interval.mean).toBe(11);
    expect(interval.halfWidth).toBeCloseTo(4.302652729911 * Math.sqrt(5.5 / 3), 6);
    expect(interval.n).toBe(3);
  });

  test('does not exist without a point, and has no width with one section', () => {
    expect(sectioningInterval(null, [], 0.95)).toEqual({ mean: null, halfWidth: null, n: 0 });
    expect(sectioningInterval(5, [5], 0.95)).toEqual({ mean: 5, halfWidth: null, n: 1 });
  });
});
