/** The rule by which all statistical tests accept a number: each half of it can refuse. */
import { describe, expect, test } from 'vitest';
import { meanInterval, tQuantile } from '../../src/stats/index.ts';
import { ALARM, verdictOn } from '../helpers/accept.ts';

const estimateOf = (values: readonly number[], metric = 'wait.mean') => ({
  scope: 'total',
  metric,
  unit: 's',
  ...meanInterval(values, 0.95),
});
/** 32 values of mean 10 and standard error 0.1 ÷ √31. */
const values = Array.from({ length: 32 }, (_, n) => (n % 2 === 0 ? 10.1 : 9.9));
const standardError = 0.1 / Math.sqrt(31);
const limit = tQuantile(1 - ALARM / 2, 31) * standardError;

describe('a number', () => {
  test('is accepted up to t(31, 1 − 5e-7) = 6.07 standard errors from the exact one, and refused beyond', () => {
    expect(limit / standardError).toBeCloseTo(6.072, 3);
    expect(verdictOn(estimateOf(values), 10 + 0.99 * limit, 0.01).objection).toBeNull();
    expect(verdictOn(estimateOf(values), 10 - 0.99 * limit, 0.01).objection).toBeNull();
    expect(verdictOn(estimateOf(values), 10 + 1.01 * limit, 0.01).objection).toMatch(/standard errors from/);
    expect(verdictOn(estimateOf(values), 10, 0.01).z).toBeCloseTo(0, 9);
  });

  test('is inconclusive when its half-width is above the precision stated', () => {
    const reached = (tQuantile(0.975, 31) * standardError) / 10;
    expect(verdictOn(estimateOf(values), 10, 1.01 * reached).objection).toBeNull();
    expect(verdictOn(estimateOf(values), 10, 0.99 * reached).objection).toMatch(/inconclusive/);
  });

  test('is refused from fewer than 30 replications, and without data', () => {
    expect(verdictOn(estimateOf(values.slice(0, 28)), 10, 0.1).objection).toMatch(/only 28/);
    expect(verdictOn(estimateOf([]), 10, 0.1).objection).toMatch(/no data/);
  });

  test('that is a quantile has the width of a bin, 2⁻¹¹ of it, besides', () => {
    const beyond = 10 + limit + 0.9 * (10 / 2_048);
    expect(verdictOn(estimateOf(values, 'wait.p99'), beyond, 0.01).objection).toBeNull();
    expect(verdictOn(estimateOf(values), beyond, 0.01).objection).not.toBeNull();
  });
});
