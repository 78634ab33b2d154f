import { describe, expect, test } from 'vitest';
import {
  clopperPearsonLimits,
  fiellerLimits,
  meanInterval,
  quantileLimits,
  quantileRanks,
  trialsToCertify,
  wilsonLimits,
} from '../../src/stats/index.ts';
import { near, NO_ORACLES, oracle } from '../helpers/shared.ts';

const note = NO_ORACLES ?? '';

/** The chance that limits from Bin(n, p) enclose p: a sum over the n + 1 outcomes, so exact. */
function coverage(limits: typeof wilsonLimits, n: number, p: number): number {
  let share = (1 - p) ** n;
  let covered = 0;
  for (let x = 0; x <= n; x++) {
    const { lower, upper } = limits(x, n, 0.95);
    if (lower! <= p && p <= upper!) covered += share;
    share *= (((n - x) / (x + 1)) * p) / (1 - p);
  }
  return covered;
}
const shares = Array.from({ length: 99 }, (_, k) => (k + 1) / 100);

describe('the limits of a proportion', () => {
  test.skipIf(NO_ORACLES !== null)(`are those of oracle L08 ${note}`, () => {
    const { metrics } = oracle('L08');
    const wilson = wilsonLimits(187, 200, 0.95);
    const exact = clopperPearsonLimits(187, 200, 0.95);
    expect(near(wilson.lower, metrics.wilson_lo) && near(wilson.upper, metrics.wilson_hi)).toBe(true);
    expect(near(exact.lower, metrics.cp_lo) && near(exact.upper, metrics.cp_hi)).toBe(true);
    // Of limits at 0.9 the lower one alone holds at 0.95.
    expect(near(clopperPearsonLimits(187, 200, 0.9).lower, metrics.cp_onesided_lower)).toBe(true);
    expect([wilson.estimate, exact.estimate]).toEqual([metrics.p, metrics.p]);
  });

  test('reach the ends when all or none succeeded, by the formulas that are left then', () => {
    // Wilson: z² ÷ (n + z²) with z = 1.959964. Clopper and Pearson: 1 − 0.025^(1 ÷ n).
    const none = wilsonLimits(0, 20, 0.95);
    expect(none.lower).toBe(0);
    expect(none.upper).toBeCloseTo(3.841459 / 23.841459, 6);
    expect(wilsonLimits(20, 20, 0.95).lower).toBeCloseTo(1 - 3.841459 / 23.841459, 6);
    expect(wilsonLimits(20, 20, 0.95).upper).toBe(1);
    expect(clopperPearsonLimits(0, 20, 0.95).lower).toBe(0);
    expect(clopperPearsonLimits(0, 20, 0.95).upper).toBeCloseTo(1 - 0.025 ** (1 / 20), 12);
    expect(clopperPearsonLimits(20, 20, 0.95).upper).toBe(1);
  });

  test('cover at least as often as they say by Clopper and Pearson, and as often on average by Wilson', () => {
    const exact = shares.map((p) => coverage(clopperPearsonLimits, 20, p));
    expect(Math.min(...exact)).toBeGreaterThanOrEqual(0.95);
    const wilson = shares.map((p) => coverage(wilsonLimits, 20, p));
    // Agresti and Coull (The American Statistician 52, 1998) find means within a hundredth of the level.
    expect(Math.abs(wilson.reduce((a, b) => a + b, 0) / wilson.length - 0.95)).toBeLessThan(0.01);
  });

  test('do not exist without trials, and are refused for counts that cannot be', () => {
    for (const limits of [wilsonLimits, clopperPearsonLimits]) {
      expect(limits(0, 0, 0.95)).toEqual({ estimate: null, lower: null, upper: null });
      for (const [successes, trials] of [
        [3, 2],
        [-1, 2],
        [0.5, 2],
        [NaN, 2],
      ] as const)
        expect(() => limits(successes, trials, 0.95)).toThrow(RangeError);
      expect(() => limits(1, 2, 95)).toThrow(RangeError);
    }
  });
});

describe('the trials needed to certify a share', () => {
  test('are the fewest: 0.95⁵⁹ = 0.0485 shows what 0.95⁵⁸ = 0.0510 does not', () => {
    expect(trialsToCertify(0.95, 0, 0.95)).toBe(59);
    // One failure allowed: 0.9ⁿ + n 0.1 × 0.9ⁿ⁻¹ is 0.0524 at 45 and 0.0480 at 46.
    expect(trialsToCertify(0.9, 1, 0.95)).toBe(46);
    // Half of all trials succeed at least: 2⁻ⁿ ≤ 0.05 from 5 on.
    expect(trialsToCertify(0.5, 0, 0.95)).toBe(5);
  });

  test.skipIf(NO_ORACLES !== null)(`are those of oracle L17 ${note}`, () => {
    const { params, metrics } = oracle('L17');
    for (const q of params.q)
      expect(params.f.map((f: number) => trialsToCertify(q, f, 0.95))).toEqual(metrics[`q${q}`]);
  });

  test('are refused of shares that are certain', () => {
    expect(() => trialsToCertify(1, 0, 0.95)).toThrow(RangeError);
    expect(() => trialsToCertify(0.9, -1, 0.95)).toThrow(RangeError);
    expect(() => trialsToCertify(0.9, 0, 1)).toThrow(RangeError);
  });
});

describe('the limits of a quantile', () => {
  test.skipIf(NO_ORACLES !== null)(`have the ranks of oracle L07 ${note}`, () => {
    const { params, metrics } = oracle('L07');
    for (const [n, p] of params.cases) {
      const expected = metrics[`n${n}_p${p}`];
      const { lower, upper, coverage: covered } = quantileRanks(n, p, 0.95);
      expect(lower).toBe(expected.lower_index);
      expect(upper).toBe(expected.upper_exists ? expected.upper_index : null);
      expect(near(covered, expected.coverage)).toBe(true);
    }
  });

  test('of five values: the median lies between the ends with probability 30 ÷ 32', () => {
    const ranks = quantileRanks(5, 0.5, 0.9);
    expect([ranks.lower, ranks.upper]).toEqual([1, 5]);
    expect(ranks.coverage).toBeCloseTo(30 / 32, 12);
    expect(quantileLimits([2, 3, 5, 8, 13], 0.5, 0.9)).toEqual({ estimate: 5, lower: 2, upper: 13 });
    // Either end is missed with 1 ÷ 32 = 0.031, more than the 0.025 that a level of 0.95 leaves it.
    expect(quantileRanks(5, 0.5, 0.95)).toEqual({ lower: null, upper: null, coverage: 1 });
  });

  test('of 100 values has none above the 0.99-quantile, and says so', () => {
    const values = Array.from({ length: 100 }, (_, n) => n + 1);
    const { lower, upper } = quantileLimits(values, 0.99, 0.95);
    expect(lower).toBe(97);
    expect(upper).toBeNull();
  });

  test('of very many values is told without underflow', () => {
    // P(Bin = 0) is 2⁻¹⁰⁰⁰⁰. By the normal distribution the ranks are 5,000 ± 1.96 × 50, to a rank or two.
    const { lower, upper } = quantileRanks(10_000, 0.5, 0.95);
    expect(Math.abs(lower! - 4_902)).toBeLessThan(3);
    expect(Math.abs(upper! - 5_099)).toBeLessThan(3);
  });

  test('does not exist without values, and is refused at 0 and 1', () => {
    expect(quantileLimits([], 0.5, 0.95)).toEqual({ estimate: null, lower: null, upper: null });
    expect(() => quantileRanks(10, 1, 0.95)).toThrow(RangeError);
    expect(() => quantileRanks(0, 0.5, 0.95)).toThrow(RangeError);
    expect(() => quantileLimits([1, NaN], 0.5, 0.95)).toThrow(RangeError);
  });
});

describe('Fieller’s limits of a ratio', () => {
  test.skipIf(NO_ORACLES !== null)(`are those of oracle L02 ${note}`, () => {
    const { params, metrics } = oracle('L02');
    const { estimate, lower, upper } = fiellerLimits(params.cost, params.tokens, 0.95);
    expect(near(estimate, metrics.ratio)).toBe(true);
    expect(near(lower, metrics.fieller_lo, 1e-8) && near(upper, metrics.fieller_hi, 1e-8)).toBe(true);
  });

  test('with a constant denominator are those of the mean over it', () => {
    const { mean, halfWidth } = meanInterval([2, 3, 5], 0.95);
    const { lower, upper } = fiellerLimits([6, 9, 15], [3, 3, 3], 0.95);
    expect(near(lower, mean! - halfWidth!)).toBe(true);
    expect(near(upper, mean! + halfWidth!)).toBe(true);
  });

  test('do not exist when the denominator may be 0', () => {
    // Mean 1 and standard error 1.15, by t(2) = 4.3 not told apart from 0.
    expect(fiellerLimits([1, 2, 3], [-1, 1, 3], 0.95)).toEqual({ estimate: 2, lower: null, upper: null });
    expect(fiellerLimits([6], [3], 0.95)).toEqual({ estimate: 2, lower: null, upper: null });
    expect(fiellerLimits([], [], 0.95)).toEqual({ estimate: null, lower: null, upper: null });
    expect(() => fiellerLimits([1, 2], [1], 0.95)).toThrow(RangeError);
  });
});
