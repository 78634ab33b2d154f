import { describe, expect, test } from 'vitest';
import { estimate } from '../../src/experiments/estimate.ts';
import { QuantileSketch, tQuantile, type Measurement, type Observation } from '../../src/stats/index.ts';

const fold = (observations: readonly Observation[], confidence = 0.95) =>
  estimate(
    observations.map((observation): Measurement[] => [
      { scope: 'total', metric: 'm', unit: 's', observation },
    ]),
    confidence,
  )[0]!;

const value = (number: number | null): Observation => ({ kind: 'value', value: number });
const ratio = (numerator: number, denominator: number): Observation => ({
  kind: 'ratio',
  numerator,
  denominator,
});
const quantile = (p: number, values: readonly number[]): Observation => {
  const sketch = new QuantileSketch();
  for (const x of values) sketch.add(x);
  return { kind: 'quantile', p, sketch: sketch.toState() };
};
/** Count, mean and sum of squares about it. */
function spread(values: readonly number[]): Observation {
  const mean = values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  return {
    kind: 'spread',
    count: values.length,
    mean,
    squares: values.reduce((sum, x) => sum + (x - mean) ** 2, 0),
  };
}

describe('an estimate', () => {
  test('of values is their mean with Student’s interval: 1, 2, 3 give 2 ± 4.3027 ÷ √3', () => {
    // t(2, 0.975) = 4.302653 (tables); the standard deviation of 1, 2, 3 is 1.
    expect(fold([1, 2, 3].map(value))).toEqual({
      scope: 'total',
      metric: 'm',
      unit: 's',
      mean: 2,
      halfWidth: expect.closeTo(4.302653 / Math.sqrt(3), 5) as number,
      n: 3,
    });
  });

  test('of values leaves out replications without data, and is null without any', () => {
    expect(fold([value(4), value(null), value(6)])).toMatchObject({ mean: 5, n: 2 });
    expect(fold([value(null)])).toMatchObject({ mean: null, halfWidth: null, n: 0 });
    expect(fold([value(7)])).toMatchObject({ mean: 7, halfWidth: null, n: 1 });
  });

  test('of ratios is the ratio of totals, not the mean of ratios: (1 + 9) ÷ (1 + 3) = 2.5, where the mean is 2', () => {
    expect(fold([ratio(1, 1), ratio(9, 3)]).mean).toBe(2.5);
    expect(fold([ratio(0, 0), ratio(0, 0)])).toMatchObject({ mean: null, halfWidth: null });
    // Equal ratios have no spread, whatever their sizes.
    expect(fold([ratio(1, 2), ratio(5, 10), ratio(3, 6)]).halfWidth).toBeCloseTo(0, 12);
  });

  test('of quantiles is that of all values together, not the mean of quantiles', () => {
    // Together 1 to 9 and 100: the median by rank 5 of 10 is 5, where the medians of the parts are 2 and 7 or so.
    const parts = [
      [1, 2, 3],
      [4, 5, 6, 7, 8, 9, 100],
    ];
    expect(fold(parts.map((part) => quantile(0.5, part))).mean).toBe(5);
    expect(fold(parts.map((part) => quantile(0.99, part))).mean).toBe(100);
    // All three of the first are at or below 5, and two of seven of the second: a half together. The interval of that
    // share, ± t(1) √((0.3² + 0.3²) ÷ 1 ÷ 2) = ± 3.8, is wider than any share: all that lies within half a share to
    // either side is from 1 to 100, so the steeper slope is 95 ÷ 0.5.
    const { halfWidth } = fold(parts.map((part) => quantile(0.5, part)));
    expect(halfWidth).toBeCloseTo(tQuantile(0.975, 1) * 0.3 * (95 / 0.5), 9);
  });

  test('of quantiles of one sketch for several probabilities keeps them apart', () => {
    const [low, high] = estimate(
      [[1, 2, 3, 4]].map((part) => {
        const sketch = (quantile(0.5, part) as Extract<Observation, { kind: 'quantile' }>).sketch;
        return [0.25, 1].map((p): Measurement => ({
          scope: 'total',
          metric: `q${p}`,
          unit: 's',
          observation: { kind: 'quantile', p, sketch },
        }));
      }),
      0.95,
    );
    expect([low!.mean, high!.mean]).toEqual([1, 4]);
  });

  test('of a spread is the standard deviation of all values together, differences of means included', () => {
    // 0, 0, 2, 2: variance 4 ÷ 3, though within each part there is none.
    expect(fold([spread([0, 0]), spread([2, 2])]).mean).toBeCloseTo(Math.sqrt(4 / 3), 12);
    const parts = [[1, 5, 2], [8], [3, 3, 9, 4]];
    const all = parts.flat();
    const mean = all.reduce((a, b) => a + b, 0) / all.length;
    const variance = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (all.length - 1);
    expect(fold(parts.map(spread)).mean).toBeCloseTo(Math.sqrt(variance), 12);
    expect(fold([spread([]), spread([3])]).mean).toBeNull();
  });

  test('is wider at a higher confidence level', () => {
    const values = [1, 4, 2, 8].map(value);
    const wider = fold(values, 0.99).halfWidth! / fold(values, 0.95).halfWidth!;
    expect(wider).toBeCloseTo(tQuantile(0.995, 3) / tQuantile(0.975, 3), 12);
  });

  test('keeps the names and their order, and is empty without replications', () => {
    const measurements = ['a', 'b'].map((metric): Measurement => ({
      scope: `tier:${metric}`,
      metric,
      unit: '1',
      observation: value(1),
    }));
    expect(estimate([measurements, measurements], 0.95).map(({ scope, metric }) => [scope, metric])).toEqual([
      ['tier:a', 'a'],
      ['tier:b', 'b'],
    ]);
    expect(estimate([], 0.95)).toEqual([]);
  });
});
