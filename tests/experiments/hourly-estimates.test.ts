/** Estimates by hour, from series that are small enough to be folded by hand. */
import { describe, expect, test } from 'vitest';
import { hourlyEstimates } from '../../src/experiments/hourly-estimates.ts';
import type { HourlySeries } from '../../src/experiments/hourly-series.ts';

/** One tier and pool, two hours of which the first lies in the window by half. */
const series = (
  served: readonly [number, number],
  limited: readonly [number, number],
  p99: readonly [number | null, number | null],
  tokens: readonly [number, number],
  busySeconds: readonly [number, number],
): HourlySeries => ({
  hourOfWeek: [9, 10],
  seconds: [1_800, 3_600],
  tiers: [
    {
      name: 'a',
      outcomes: { served, limited, shed: [0, 0], abandoned: [0, 0], failed: [0, 0], unfinished: [0, 0] },
      degraded: [0, 0],
      service: {
        withinSlo: served,
        ttft: { p50: [1, 1], p99 },
        completed: served,
        promptTokens: [0, 0],
        outputTokens: tokens,
        revenue: null,
      },
    },
  ],
  pools: [{ name: 'main', capacitySeconds: [1_800, 3_600], busySeconds }],
});

const TWO = [
  series([3, 0], [1, 0], [2, null], [1_800, 3_600], [900, 1_800]),
  series([6, 0], [0, 0], [4, 5], [5_400, 3_600], [1_800, 0]),
];
/** Student's t with one degree of freedom at 97.5 %: tan(0.475 π). */
const T1 = Math.tan(0.475 * Math.PI);

describe('estimates by hour', () => {
  const { tiers, total, pools } = hourlyEstimates(TWO, 0.95);
  const [tier] = tiers;

  test('of quantiles are means over the replications that have any', () => {
    const [first, second] = tier!.ttft!.p99;
    // Values 2 and 4: their mean is 3, its standard error 1.
    expect(first).toMatchObject({ mean: 3, n: 2 });
    expect(first!.halfWidth).toBeCloseTo(T1, 9);
    expect(second).toEqual({ mean: 5, halfWidth: null, n: 1 });
  });

  test('of shares are ratios of totals, and none where nobody arrived', () => {
    // 9 of 10 served; with one left out 6 of 6 and 3 of 4: pseudo-values 2 × 0.9 − 1 and 2 × 0.9 − 0.75.
    expect(tier!.shares.served[0]!.mean).toBeCloseTo(0.9, 12);
    expect(tier!.shares.served[0]!.halfWidth).toBeCloseTo((T1 * (1.05 - 0.8)) / 2, 9);
    expect(tier!.shares.limited[0]!.mean).toBeCloseTo(0.1, 12);
    expect(tier!.shares.served[1]!.mean).toBeNull();
    expect(tier!.attainment![0]!.mean).toBeCloseTo(0.9, 12);
  });

  test('of rates are by the second of the hour that lies in the window', () => {
    // 1 and 3 a second; 1 and 1.
    expect(total!.outputTokens.map(({ mean }) => mean)).toEqual([2, 1]);
    expect(tier!.outputTokens!.map(({ mean }) => mean)).toEqual([2, 1]);
  });

  test('of busy servers are of the time that they were there', () => {
    // 2,700 of 3,600 s, and 1,800 of 7,200 s.
    expect(pools![0]!.busy.map(({ mean }) => mean)).toEqual([0.75, 0.25]);
  });

  test('have no revenue where no tier has a price', () => {
    expect([tier!.revenue, total!.revenue]).toEqual([null, null]);
  });

  test('have what there is of series that were stored with outcomes alone', () => {
    const older = TWO.map(({ hourOfWeek, seconds, tiers: [one] }) => ({
      hourOfWeek,
      seconds,
      tiers: [{ name: 'a', outcomes: one!.outcomes, degraded: one!.degraded }],
    }));
    const estimates = hourlyEstimates(older, 0.95);
    expect(estimates).toMatchObject({ total: null, pools: null });
    expect(estimates.tiers[0]).toMatchObject({
      ttft: null,
      attainment: null,
      outputTokens: null,
      revenue: null,
    });
    expect(estimates.tiers[0]!.served[0]!.mean).toBe(4.5);
  });
});
