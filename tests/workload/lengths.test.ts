import { describe, expect, test } from 'vitest';
import { rankCorrelation } from '../../src/fitting/counting.ts';
import { GaussianPair, Streams, type TokenDistributionChoice } from '../../src/stats/index.ts';
import { Lengths } from '../../src/workload/lengths.ts';
import { objections } from '../stats/goodness.ts';

const COUNT = 40_000;

function pairs(correlation: number) {
  const pair = new GaussianPair(correlation);
  const streams = new Streams('pairs', 0);
  const [first, second] = [streams.stream('first'), streams.stream('second')];
  const values = { first: new Float64Array(COUNT), second: new Float64Array(COUNT) };
  for (let index = 0; index < COUNT; index++) {
    pair.draw(first, second);
    values.first[index] = pair.first;
    values.second[index] = pair.second;
  }
  return values;
}

describe('a Gaussian pair', () => {
  // Spearman’s coefficient of n pairs has a standard deviation of at most 1 ÷ √n: 5 of them are passed in one case of a
  // million and a half.
  test.each([-0.9, -0.3, 0, 0.07, 0.5, 0.95])('has a rank correlation of %d', (correlation) => {
    const { first, second } = pairs(correlation);
    expect(Math.abs(rankCorrelation(first, second)! - correlation)).toBeLessThan(5 / Math.sqrt(COUNT));
  });

  test('has parts that are uniform (mean, variance and KS: six in a million for each)', () => {
    const uniform = { cdf: (x: number) => x, mean: 0.5, variance: 1 / 12, kurtosis: 1.8 };
    const { first, second } = pairs(0.7);
    expect(objections([...first], uniform)).toEqual([]);
    expect(objections([...second], uniform)).toEqual([]);
  });

  test('has equal parts at a correlation of 1, and opposite ones at −1', () => {
    for (const [correlation, of] of [
      [1, (u: number) => u],
      [-1, (u: number) => 1 - u],
    ] as const) {
      const { first, second } = pairs(correlation);
      expect(first.every((u, index) => Math.abs(of(u) - second[index]!) < 1e-7)).toBe(true);
    }
  });
});

describe('lengths', () => {
  const LONG: TokenDistributionChoice = { kind: 'lognormal', mean: 900, cv: 1.2 };
  const SHORT: TokenDistributionChoice = { kind: 'exponential', mean: 300 };
  const lengthsOf = (
    prompt: TokenDistributionChoice,
    output: TokenDistributionChoice,
    correlation?: number,
  ) =>
    new Lengths(
      {
        prompt,
        output,
        cachedShare: 0,
        ...(correlation === undefined ? {} : { rankCorrelation: correlation }),
      },
      { quantileTable: () => null },
      new Streams('lengths', 0),
      'all',
      false,
    );
  const drawn = (lengths: Lengths) =>
    Array.from({ length: COUNT }, (_, ordinal) => {
      lengths.draw(ordinal);
      return [lengths.promptTokens, lengths.outputTokens] as const;
    });

  test('of prompt and output are correlated as told, each by its distribution (means: one in a million)', () => {
    const rows = drawn(lengthsOf(LONG, SHORT, 0.6));
    const [prompts, outputs] = [rows.map(([prompt]) => prompt), rows.map(([, output]) => output)];
    // Whole tokens leave ranks as they are but for ties.
    expect(Math.abs(rankCorrelation(prompts, outputs)! - 0.6)).toBeLessThan(5 / Math.sqrt(COUNT));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / COUNT;
    expect(Math.abs(mean(prompts) / 900 - 1)).toBeLessThan((5 * 1.2) / Math.sqrt(COUNT));
    expect(Math.abs(mean(outputs) / 300 - 1)).toBeLessThan(5 / Math.sqrt(COUNT));
  });

  test('are drawn apart where no correlation is given', () => {
    const rows = drawn(lengthsOf(LONG, SHORT));
    const found = rankCorrelation(
      rows.map(([prompt]) => prompt),
      rows.map(([, output]) => output),
    )!;
    expect(Math.abs(found)).toBeLessThan(5 / Math.sqrt(COUNT));
  });

  test('of a distribution without an inverse are not correlated, and that is said where it stands', () => {
    expect(() => lengthsOf(LONG, { kind: 'gamma', mean: 300, cv: 1 }, 0.5)).toThrow(
      expect.objectContaining({ path: 'output.kind' }),
    );
  });
});
