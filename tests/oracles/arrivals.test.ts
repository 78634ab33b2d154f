/** Arrivals whose rate follows the hour (oracle F04), counted by the engine hour by hour. */
import { describe, expect, test } from 'vitest';
import { tQuantile } from '../../src/stats/index.ts';
import { ALARM, verdictOn } from '../helpers/accept.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, near, oracle } from '../helpers/shared.ts';

/** Days; the half-width of an hour with m arrivals a day is 1.96 ÷ √(m R): 0.97 % at m = 40.7. */
const DAYS = 1_000;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
/** The integral of 100 + 60 sin(2πt ÷ 24) over an hour: 100 + 60 (12 ÷ π) (cos(πh ÷ 12) − cos(π(h + 1) ÷ 12)). */
const MEANS = HOURS.map(
  (h) => 100 + (60 * 12 * (Math.cos((Math.PI * h) / 12) - Math.cos((Math.PI * (h + 1)) / 12))) / Math.PI,
);
const PRECISION = 0.01;
/** Beyond this a normal deviate is refused, at α of the suite: 4.89. */
const NORMAL_LIMIT = tQuantile(1 - ALARM / 2, 1e6);

describe('arrivals that follow a wave through the day (F04)', () => {
  const results = replications(
    scenarioOf(`
fleetyield: 1
name: wave
horizon: { start: Wed 00:00, duration: 24h }
workload:
  tiers:
    - { name: all, model: any, arrivals: { kind: nonhomogeneous, ratePerSecond: ${100 / 3600}, hourOfDay: [${MEANS.join(', ')}] } }
fleet:
  pools:
    - { name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 100, serviceTime: { kind: constant, value: 1ms } } }
`),
    DAYS,
    { byHour: true, seed: 'oracle F04' },
  );
  const counts = results.map(({ measurements }) =>
    HOURS.map((hour) => {
      const found = measurements.find(
        ({ scope, metric }) => scope === `hour:${hour}` && metric === 'requests.arrived',
      )!;
      return found.observation.kind === 'value' ? found.observation.value! : NaN;
    }),
  );

  test('come in each hour as often as the integral of the rate says', () => {
    const estimates = new Estimates(results);
    const objections = HOURS.map(
      (hour) =>
        verdictOn(estimates.of('requests.arrived', `hour:${hour}`), MEANS[hour]!, PRECISION).objection,
    );
    expect(objections.filter((one) => one !== null)).toEqual([]);
  });

  test('have Poisson counts: Σ (n − m)² ÷ m is χ² with 24,000 degrees of freedom', () => {
    // The variance of a term is 2 + 1 ÷ m, so by the central limit theorem the sum is normal; two-sided at α = 1e-6.
    const statistic = counts.flatMap((day) => day.map((n, hour) => (n - MEANS[hour]!) ** 2 / MEANS[hour]!));
    const sum = statistic.reduce((a, b) => a + b, 0);
    const variance = DAYS * MEANS.reduce((a, m) => a + 2 + 1 / m, 0);
    const z = (sum - DAYS * 24) / Math.sqrt(variance);
    expect(Math.abs(z)).toBeLessThan(NORMAL_LIMIT);
  });

  test('are independent from hour to hour', () => {
    // Standardised counts of neighbouring hours have products of mean 0 and variance 1.
    const products = counts.flatMap((day) =>
      HOURS.slice(1).map(
        (hour) =>
          ((day[hour]! - MEANS[hour]!) * (day[hour - 1]! - MEANS[hour - 1]!)) /
          Math.sqrt(MEANS[hour]! * MEANS[hour - 1]!),
      ),
    );
    const z = products.reduce((a, b) => a + b, 0) / Math.sqrt(products.length);
    expect(Math.abs(z)).toBeLessThan(NORMAL_LIMIT);
  });

  test.skipIf(NO_ORACLES !== null)(`have the means of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('F04');
    for (const hour of [0, 5, 11, 18])
      expect(near(MEANS[hour]!, metrics[`mean_count_hour_${hour}`], 1e-9)).toBe(true);
  });
});
