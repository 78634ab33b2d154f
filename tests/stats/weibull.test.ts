import { describe, expect, test } from 'vitest';
import { weibullScale, weibullShape } from '../../src/stats/index.ts';

describe('a Weibull distribution by its coefficient of variation', () => {
  test.each([
    ['exponential', 1, 1],
    // Γ(5) ÷ Γ(3)² = 24 ÷ 4, so cv² = 5.
    ['of shape one half', Math.sqrt(5), 0.5],
    // Rayleigh: Γ(2) ÷ Γ(1.5)² = 4 ÷ π.
    ['of shape 2', Math.sqrt(4 / Math.PI - 1), 2],
    // Γ(21) ÷ Γ(11)² = 20! ÷ 10!² = 184,756 ways to choose 10 of 20.
    ['of shape a tenth', Math.sqrt(184_756 - 1), 0.1],
  ])('is %s', (_, cv, shape) => {
    expect(weibullShape(cv)).toBeCloseTo(shape, 10);
  });

  test('of small cv has the shape π ÷ (cv √6), as of the logarithm of a Gumbel distribution', () => {
    // Relative error of the first order of cv; 1.3 % at 0.01.
    expect((weibullShape(0.01) * 0.01 * Math.sqrt(6)) / Math.PI).toBeCloseTo(1, 1.5);
  });

  test('has the mean scale × Γ(1 + 1 ÷ shape)', () => {
    expect(weibullScale(6, 0.5)).toBeCloseTo(3, 12);
    expect(weibullScale(Math.sqrt(Math.PI), 2)).toBeCloseTo(2, 12);
  });

  test('is refused beyond 0.01 to 1000', () => {
    expect(() => weibullShape(0.0099)).toThrow(/0\.0099 is beyond/);
    expect(() => weibullShape(1_001)).toThrow(/1001 is beyond/);
  });
});
