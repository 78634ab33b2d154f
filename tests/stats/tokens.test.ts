import { describe, expect, test } from 'vitest';
import { Streams, tokenDistributions, wholeTokens } from '../../src/stats/index.ts';
import { Z_LIMIT } from './goodness.ts';

const always = (u: number) => ({ next: () => u });
const never = {
  next: (): number => {
    throw new Error('drawn from');
  },
};

describe('a whole number of tokens', () => {
  test('is the floor of the value plus a uniform', () => {
    expect(wholeTokens(3.25, always(0.74))).toBe(3);
    expect(wholeTokens(3.25, always(0.75))).toBe(4);
    expect(wholeTokens(3.25, always(0))).toBe(3);
    expect(wholeTokens(3.25, always(1 - 2 ** -53))).toBe(4);
  });

  test('never is more than the next whole number, however close the value and the uniform are to it', () => {
    // 2 - 2^-52 + (1 - 2^-53) rounds to 3 in floating point.
    expect(wholeTokens(2 - 2 ** -52, always(1 - 2 ** -53))).toBe(2);
  });

  test('is the value itself, without a draw, when that is whole', () => {
    expect(wholeTokens(7, never)).toBe(7);
    expect(wholeTokens(2 ** 53, never)).toBe(2 ** 53);
  });

  test('is at least one', () => {
    expect(wholeTokens(0, never)).toBe(1);
    expect(wholeTokens(0.4, always(0.5))).toBe(1);
    expect(wholeTokens(0.4, always(0.7))).toBe(1);
  });

  test('keeps the mean of a distribution, but for what values below one add', () => {
    const n = 200_000;
    const distribution = tokenDistributions.create(
      { kind: 'exponential', mean: 10 },
      { quantileTable: () => null },
    );
    const source = new Streams('tokens', 0).stream('x');
    let sum = 0;
    for (let i = 0; i < n; i++) sum += wholeTokens(distribution.sample(source), source);
    // E[max(0, 1 - V)] is the integral of the distribution function over 0-1: 1 - 10 (1 - exp(-0.1)) = 0.0484.
    const expected = 10 + 1 - 10 * (1 - Math.exp(-0.1));
    // Rounding adds at most 1/4 to the variance of 100; alarm rate 1.6e-6.
    const standardError = Math.sqrt(100.25 / n);
    expect(Math.abs(sum / n - expected) / standardError).toBeLessThan(Z_LIMIT);
  });
});
