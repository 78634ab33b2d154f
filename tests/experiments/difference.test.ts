import { describe, expect, it } from 'vitest';
import { differenceOf } from '../../src/experiments/difference.ts';
import { tQuantile } from '../../src/stats/index.ts';

const values = (...list: (number | null)[]) => ({ kind: 'value', values: list }) as const;
const ratios = (numerators: number[], denominators: number[]) =>
  ({ kind: 'ratio', numerators, denominators }) as const;

describe('a paired difference', () => {
  it('of values is Student’s over differences: 1, 2, 3 more give 2 ± t(0.975, 2) ÷ √3', () => {
    const { mean, halfWidth, n } = differenceOf(values(10, 70, 30), values(11, 72, 33), 0.95);
    expect([mean, n]).toEqual([2, 3]);
    expect(halfWidth).toBeCloseTo(tQuantile(0.975, 2) / Math.sqrt(3), 12);
  });

  it('leaves out pairs of which one has no data', () => {
    expect(differenceOf(values(1, null, 3), values(2, 5, null), 0.95)).toEqual({
      mean: 1,
      halfWidth: null,
      n: 1,
    });
  });

  it('of ratios is of ratios of sums: 40 ÷ 8 − 10 ÷ 4 = 2.5', () => {
    const { mean } = differenceOf(ratios([1, 9], [1, 3]), ratios([10, 30], [2, 6]), 0.95);
    expect(mean).toBe(2.5);
  });

  it('of ratios over equal denominators is that of values: the jackknife is exact there', () => {
    const a = [3, 8, 4, 9];
    const b = [5, 9, 7, 9];
    const twos = a.map(() => 2);
    const ofRatios = differenceOf(ratios(a, twos), ratios(b, twos), 0.95);
    const halves = (list: number[]) => values(...list.map((x) => x / 2));
    const ofValues = differenceOf(halves(a), halves(b), 0.95);
    expect(ofRatios.mean).toBeCloseTo(ofValues.mean!, 12);
    expect(ofRatios.halfWidth).toBeCloseTo(ofValues.halfWidth!, 12);
  });

  it('of quantiles is taken about the difference of pooled ones: 4 ± t(1) √((1 + 1) ÷ 1 ÷ 2)', () => {
    const quantile = (pooled: number, ...sections: number[]) =>
      ({ kind: 'quantile', sections, pooled }) as const;
    // Differences of sections 3 and 5 about 4.
    const { mean, halfWidth } = differenceOf(quantile(5, 4, 6), quantile(9, 7, 11), 0.95);
    expect(mean).toBe(4);
    expect(halfWidth).toBeCloseTo(tQuantile(0.975, 1), 12);
  });

  it('has no mean where either has no data', () => {
    expect(differenceOf(ratios([0, 0], [0, 0]), ratios([1, 1], [1, 1]), 0.95)).toMatchObject({
      mean: null,
      halfWidth: null,
    });
  });
});
