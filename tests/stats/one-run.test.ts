import { describe, expect, test } from 'vitest';
import { batchMeans, mser5, overlappingBatchMeans, Streams, tQuantile } from '../../src/stats/index.ts';
import { near, NO_ORACLES, oracle } from '../helpers/shared.ts';

const note = NO_ORACLES ?? '';
const batchesOf = (...means: number[]) => means.flatMap((mean) => Array<number>(5).fill(mean));

describe('the end of a warm-up', () => {
  test.skipIf(NO_ORACLES !== null)(`is that of oracle L05 ${note}`, () => {
    const { params, metrics } = oracle('L05');
    const found = mser5(params.series)!;
    expect(found.cut).toBe(metrics.d_obs);
    expect(near(found.statistic, metrics.min_mser)).toBe(true);
    expect(near(found.mean, metrics.truncated_mean)).toBe(true);
    expect(found.tooShort).toBe(metrics.at_boundary);
  });

  test('by hand: of batches 10, 0, 2, 0, 2 the first goes', () => {
    // Cut 0: mean 2.8, squares 68.8 ÷ 25 = 2.752. Cut 1: mean 1, 4 ÷ 16 = 0.25. Cut 2: mean 4 ÷ 3, (8 ÷ 3) ÷ 9 = 0.296.
    const found = mser5(batchesOf(10, 0, 2, 0, 2))!;
    expect(found).toEqual({ cut: 5, mean: 1, statistic: 0.25, tooShort: false });
    // Four values more make no batch.
    expect(mser5([...batchesOf(10, 0, 2, 0, 2), 99, 99, 99, 99])).toEqual(found);
  });

  test('deletes nothing where nothing changes', () => {
    expect(mser5(batchesOf(3, 3, 3, 3))).toEqual({ cut: 0, mean: 3, statistic: 0, tooShort: false });
  });

  test('is not told from a run that still moves, nor from fewer than two batches', () => {
    expect(mser5(batchesOf(1, 2, 4, 8, 16, 16.1))!.tooShort).toBe(true);
    expect(mser5(batchesOf(1))).toBeNull();
    expect(() => mser5([1, NaN])).toThrow(RangeError);
  });
});

describe('batch means', () => {
  test.skipIf(NO_ORACLES !== null)(`are those of oracle L06, overlapping or not ${note}`, () => {
    const { params, metrics } = oracle('L06');
    const { mean, halfWidth, lag1, independent } = batchMeans(params.series, 20, 0.95);
    expect(near(mean, metrics.mean)).toBe(true);
    expect(near(halfWidth, metrics.half_width, 1e-7)).toBe(true);
    expect(near(lag1, metrics.lag1)).toBe(true);
    expect(independent).toBe(false);
    const overlapping = overlappingBatchMeans(params.series, metrics.batch_size, 0.95);
    // 1.5 × (200 ÷ 10 − 1) degrees of freedom.
    expect(near(overlapping.halfWidth! / tQuantile(0.975, 28.5), metrics.obm_se)).toBe(true);
  });

  test('by hand: 1, 3, 5, 7 in two batches', () => {
    // Means 2 and 6 about 4: variance 8, standard error 2; neighbours (−2 × 2) ÷ (4 + 4).
    const found = batchMeans([1, 3, 5, 7], 2, 0.95);
    expect(found).toMatchObject({ mean: 4, n: 2, lag1: -0.5, independent: true });
    expect(found.halfWidth).toBeCloseTo(2 * tQuantile(0.975, 1), 10);
    // Overlapping: 2, 4 and 6 about 4: 2 × 8 ÷ (3 × 2), with 1.5 degrees of freedom.
    const overlapping = overlappingBatchMeans([1, 3, 5, 7], 2, 0.95);
    expect(overlapping.n).toBe(2);
    expect(overlapping.halfWidth).toBeCloseTo(tQuantile(0.975, 1.5) * Math.sqrt(16 / 6), 10);
  });

  test('cover the mean of values that depend on each other, which the interval of independent values does not', () => {
    // AR(1) with correlation 0.8 and uniform shocks about 0: batches of 100 are 20 times as long as it remembers.
    const source = new Streams('batch means', 0).stream('x');
    const trials = 500;
    let covered = 0;
    let covered1 = 0;
    for (let trial = 0; trial < trials; trial++) {
      let x = 0;
      const series = Array.from({ length: 2_000 }, () => (x = 0.8 * x + source.next() - 0.5));
      const { mean, halfWidth } = batchMeans(series, 20, 0.95);
      if (Math.abs(mean!) <= halfWidth!) covered += 1;
      const alone = batchMeans(series, 2_000, 0.95);
      if (Math.abs(mean!) <= alone.halfWidth!) covered1 += 1;
      expect(alone.independent).toBe(false);
    }
    // The standard error of a share of 0.95 in 500 is 0.0097; bias of the batches is below 0.01. Alarm rate 1e-6.
    expect(Math.abs(covered / trials - 0.95)).toBeLessThan(0.01 + 4.9 * 0.0097);
    // Independent values would have a third of the standard error: √((1 − 0.8) ÷ (1 + 0.8)), or coverage 0.49.
    expect(covered1 / trials).toBeLessThan(0.65);
  });

  test('of values that do not vary are sure, and need equal batches', () => {
    expect(batchMeans([2, 2, 2, 2], 2, 0.95)).toMatchObject({ mean: 2, halfWidth: 0, lag1: null });
    expect(overlappingBatchMeans([2, 2, 2, 2], 2, 0.95)).toMatchObject({ mean: 2, halfWidth: 0 });
    expect(() => batchMeans([1, 2, 3], 2, 0.95)).toThrow(RangeError);
    expect(() => batchMeans([1, 2, 3], 1, 0.95)).toThrow(RangeError);
    expect(() => overlappingBatchMeans([1, 2, 3], 2, 0.95)).toThrow(RangeError);
    expect(() => overlappingBatchMeans([1, 2, 3], 0, 0.95)).toThrow(RangeError);
  });
});
