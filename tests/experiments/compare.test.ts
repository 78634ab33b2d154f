import { describe, expect, it } from 'vitest';
import type { Column } from '../../src/experiments/observation-parts.ts';
import { compareScenarios, type Side } from '../../src/experiments/compare.ts';
import { tQuantile } from '../../src/stats/index.ts';

const values = (...list: (number | null)[]): Column => ({ kind: 'value', values: list });
const ratios = (numerators: number[], denominators: number[]): Column => ({
  kind: 'ratio',
  numerators,
  denominators,
});

const side = (name: string, column: Column, fingerprints = ['a', 'b', 'c']): Side => ({
  name,
  metrics: [{ scope: 'total', metric: 'one', unit: 's' }],
  fingerprints,
  column: () => column,
});

/** What `b` is above `a`. */
const differenceOf = (a: Column, b: Column, confidence = 0.95) =>
  compareScenarios(side('a', a), [side('b', b)], confidence).differences[0]!;

describe('a paired difference', () => {
  it('of values is Student’s over differences: 1, 2, 3 more give 2 ± t(0.975, 2) ÷ √3', () => {
    const { mean, halfWidth, n } = differenceOf(values(10, 70, 30), values(11, 72, 33));
    expect([mean, n]).toEqual([2, 3]);
    expect(halfWidth).toBeCloseTo(tQuantile(0.975, 2) / Math.sqrt(3), 12);
  });

  it('leaves out pairs of which one has no data', () => {
    expect(differenceOf(values(1, null, 3), values(2, 5, null))).toMatchObject({
      mean: 1,
      halfWidth: null,
      n: 1,
      pValue: null,
    });
  });

  it('of ratios is of ratios of sums: 40 ÷ 8 − 10 ÷ 4 = 2.5', () => {
    const { mean } = differenceOf(ratios([1, 9], [1, 3]), ratios([10, 30], [2, 6]));
    expect(mean).toBe(2.5);
  });

  it('of ratios over equal denominators is that of values: the jackknife is exact there', () => {
    const a = [3, 8, 4, 9];
    const b = [5, 9, 7, 9];
    const twos = a.map(() => 2);
    const ofRatios = differenceOf(ratios(a, twos), ratios(b, twos));
    const halves = (list: number[]) => values(...list.map((x) => x / 2));
    const ofValues = differenceOf(halves(a), halves(b));
    expect(ofRatios.mean).toBeCloseTo(ofValues.mean!, 12);
    expect(ofRatios.halfWidth).toBeCloseTo(ofValues.halfWidth!, 12);
    expect(ofRatios.varianceReduction).toBeCloseTo(ofValues.varianceReduction!, 9);
  });

  it('of quantiles is that of pooled ones, with the spread of what replications contribute: 4 ± t(1) √((1 + 1) ÷ 1 ÷ 2)', () => {
    const quantile = (pooled: number, ...contributions: number[]): Column => ({
      kind: 'quantile',
      contributions,
      pooled,
    });
    // Differences of contributions 3 and 5 about 4.
    const { mean, halfWidth } = differenceOf(quantile(5, 4, 6), quantile(9, 7, 11));
    expect(mean).toBe(4);
    expect(halfWidth).toBeCloseTo(tQuantile(0.975, 1), 12);
  });

  it('has no mean where either has no data', () => {
    expect(differenceOf(ratios([0, 0], [0, 0]), ratios([1, 1], [1, 1]))).toMatchObject({
      mean: null,
      halfWidth: null,
    });
  });

  it('says what pairing is worth: 100 and 101 about differences of 1 are 201 against 1', () => {
    // Variances of (0, 10, 20) and (0, 11, 20): 100 and 301 ÷ 3; of the differences (0, 1, 0): 1 ÷ 3.
    const { varianceReduction } = differenceOf(values(0, 10, 20), values(0, 11, 20));
    expect(varianceReduction).toBeCloseTo((100 + 301 / 3) / (1 / 3), 9);
  });
});

describe('a comparison', () => {
  it('has a p-value at the confidence level whose interval ends at zero', () => {
    const [a, b] = [values(10, 70, 30, 20), values(11, 72, 33, 20.5)];
    const { pValue, mean } = differenceOf(a, b);
    expect(differenceOf(a, b, 1 - pValue!).halfWidth).toBeCloseTo(mean!, 9);
  });

  it('corrects p-values for the number of scenarios by Holm: the least by all of them, the greatest by none', () => {
    const baseline = side('a', values(0, 0, 0));
    const others = [values(1, 2, 3), values(1, 20, 30), values(4, 5, 6)].map((one, index) =>
      side(`${index}`, one),
    );
    const found = compareScenarios(baseline, others, 0.95).differences;
    const [second, third, first] = found.map(({ pValue }) => pValue!);
    expect(first).toBeLessThan(second!);
    expect(second).toBeLessThan(third!);
    const adjusted = [3 * first!, Math.max(3 * first!, 2 * second!), Math.max(2 * second!, third!)];
    [found[2]!, found[0]!, found[1]!].forEach(({ adjustedPValue }, rank) =>
      expect(adjustedPValue).toBeCloseTo(adjusted[rank]!, 12),
    );
  });

  it('says how many replications would decide: the least n with t(n − 1) s ÷ √n below the difference', () => {
    // Differences −8, 10, 1, 1: mean 1, and s² = (81 + 81) ÷ 3.
    const { replicationsToDecide } = differenceOf(values(0, 0, 0, 0), values(-8, 10, 1, 1));
    const halfWidth = (n: number) => tQuantile(0.975, n - 1) * Math.sqrt(54 / n);
    expect(halfWidth(replicationsToDecide!)).toBeLessThan(1);
    expect(halfWidth(replicationsToDecide! - 1)).toBeGreaterThanOrEqual(1);
    expect(differenceOf(values(1, 2), values(1, 2)).replicationsToDecide).toBeNull();
  });

  it('tells who met other demand', () => {
    const alike = side('b', values(1, 2, 3));
    const apart = side('c', values(1, 2, 3), ['a', 'b', 'x']);
    const { scenarios } = compareScenarios(side('a', values(1, 2, 3)), [alike, apart], 0.95);
    expect(scenarios).toEqual([
      { scenario: 'b', sameDemand: true },
      { scenario: 'c', sameDemand: false },
    ]);
  });
});
