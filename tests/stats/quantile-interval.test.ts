import { describe, expect, it } from 'vitest';
import {
  meanInterval,
  QuantileSketch,
  quantileContributions,
  sectioningInterval,
  Streams,
  tQuantile,
  wilsonLimits,
} from '../../src/stats/index.ts';

const sketchOf = (values: readonly number[]): QuantileSketch => {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  return sketch;
};

/** The p-quantile of all values together, and the contributions of the replications that have them. */
function quantileOf(p: number, parts: readonly (readonly number[])[]) {
  const pooled = sketchOf(parts.flat());
  const point = pooled.quantile(p)!;
  const upTo = parts.map((part) => ({
    count: part.length,
    upTo: part.filter((value) => value <= point).length,
  }));
  return { point, contributions: quantileContributions(p, pooled, upTo) };
}

describe('what a replication contributes to a quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it('is the quantile less its surplus of values below it, in units of the values: 1 to 100, of which two have 24 and 26', () => {
    const low = hundred.filter((x) => x % 2 === 0 || x === 49);
    const high = hundred.filter((x) => x % 2 === 1 && x !== 49);
    const { point, contributions } = quantileOf(0.5, [low, high]);
    expect(point).toBe(50);
    // 26 of 51 and 24 of 49 lie at or below 50, half of all. Shares: 2 (26 − 25.5) ÷ 100 = 0.01 and −0.01.
    // Their interval is t(1) × 0.01 = 0.127; 0.627 is rank 63, 13 above, and 0.373 rank 38, 12 below.
    const half = tQuantile(0.975, 1) * 0.01;
    const slope = Math.max(13 / half, 12 / half);
    expect(contributions[0]).toBeCloseTo(50 - 0.01 * slope, 9);
    expect(contributions[1]).toBeCloseTo(50 + 0.01 * slope, 9);
    // Which is the interval 50 ± 13: it contains both limits.
    expect(meanInterval(contributions as number[], 0.95).halfWidth).toBeCloseTo(13, 9);
  });

  it('is nothing of a replication without values, and the quantile itself of the only one that has any', () => {
    expect(quantileOf(0.5, [[], [1, 2, 3]]).contributions).toEqual([null, 2]);
    expect(quantileContributions(0.5, new QuantileSketch(), [{ count: 0, upTo: 0 }])).toEqual([null]);
  });

  it('does not vary where the quantile does not: equal values, and equal replications', () => {
    expect(quantileOf(0.9, [[7, 7], [7], [7, 7, 7]]).contributions).toEqual([7, 7, 7]);
    expect(quantileOf(0.9, [hundred, hundred]).contributions).toEqual([90, 90]);
  });

  /**
   * Coverage of 2,000 intervals of ten replications each, whose values share a scale of 1, or of 2 in one of four: the
   * 99 % quantile solves ¾ e⁻ˣ + ¼ e^(−x ÷ 2) = 0.01. What is shown must not speak against 95 % at an alarm rate of
   * 1e-6: from 92.2 to 97 %.
   */
  it('covers as often as the level says, of values that depend on each other within a replication', () => {
    // A quadratic in e^(−x ÷ 2).
    const exact = -2 * Math.log((-0.25 + Math.sqrt(0.25 ** 2 + 4 * 0.75 * 0.01)) / 1.5);
    const MACROS = 2_000;
    let covered = 0;
    for (let macro = 0; macro < MACROS; macro++) {
      const source = new Streams('quantiles', macro).stream('values');
      const parts = Array.from({ length: 10 }, () => {
        const scale = source.next() < 0.25 ? 2 : 1;
        return Array.from({ length: 100 }, () => -scale * Math.log(1 - source.next()));
      });
      const { point, contributions } = quantileOf(0.99, parts);
      const { halfWidth } = meanInterval(contributions as number[], 0.95);
      if (Math.abs(point - exact) <= halfWidth!) covered += 1;
    }
    const { lower, upper } = wilsonLimits(covered, MACROS, 1 - 1e-6);
    expect([covered, lower! < 0.95 && upper! > 0.95]).toEqual([covered, true]);
  });

  /**
   * Waits of M/M/1 at 0.8 by Lindley's recursion from the stationary distribution, 1,600 of them: 22 times the 72
   * arrivals in which the queue forgets. In 100 batches of 20 replications the p99 (ln 80 ÷ 0.2) is covered about as
   * often as is said, where sectioning covers three times in four. Alarm rate: 1e-6 if they cover 93 and 76 %.
   */
  it('covers where replications are short beside the memory of a queue and sectioning does not', () => {
    const exact = Math.log(80) / 0.2;
    const [BATCHES, REPLICATIONS] = [100, 20];
    const covered = { sections: 0, contributions: 0 };
    for (let batch = 0; batch < BATCHES; batch++) {
      const source = new Streams('short', batch).stream('queue');
      const exponential = (mean: number) => -mean * Math.log(1 - source.next());
      const parts = Array.from({ length: REPLICATIONS }, () => {
        let wait = source.next() < 0.2 ? 0 : exponential(5);
        return Array.from(
          { length: 1_600 },
          () => (wait = Math.max(0, wait + exponential(1) - exponential(1.25))),
        );
      });
      const { point, contributions } = quantileOf(0.99, parts);
      const sections = parts.map((part) => sketchOf(part).quantile(0.99)!);
      const holds = (halfWidth: number | null) => Math.abs(point - exact) <= halfWidth!;
      if (holds(meanInterval(contributions as number[], 0.95).halfWidth)) covered.contributions += 1;
      if (holds(sectioningInterval(point, sections, 0.95).halfWidth)) covered.sections += 1;
    }
    const limits = (count: number) => wilsonLimits(count, BATCHES, 1 - 1e-6);
    expect([covered.contributions, limits(covered.contributions).upper! > 0.93]).toEqual([
      covered.contributions,
      true,
    ]);
    expect([covered.sections, limits(covered.sections).lower! < 0.76]).toEqual([covered.sections, true]);
    expect(covered.contributions - covered.sections).toBeGreaterThan(BATCHES / 20);
  });
});

describe('the weight up to a value', () => {
  it('counts the values at or below it, exact or in bins', () => {
    const exact = sketchOf([3, 1, 2, 2]);
    expect([0, 1, 2, 2.5, 3, 9].map((x) => exact.weightUpTo(x))).toEqual([0, 1, 3, 3, 4, 4]);
    const binned = new QuantileSketch(0);
    for (const x of [0, 1, 2, 2, 3, 1_000]) binned.add(x, 2);
    expect([-1, 0, 1, 1.5, 2, 999, 1_000, 1e9].map((x) => binned.weightUpTo(x))).toEqual([
      0, 2, 4, 4, 8, 10, 12, 12,
    ]);
    expect(new QuantileSketch().weightUpTo(1)).toBe(0);
  });
});
