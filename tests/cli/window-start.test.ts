/** When the measured window begins, as the table of `run` and the page of `report` say it. */
import { describe, expect, it } from 'vitest';
import { windowStart } from '../../src/cli/shared/result-table.ts';
import { outlineOf } from '../../src/store/batch-identity.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const startOf = (start: string, warmUp: string) =>
  windowStart(
    outlineOf(
      scenarioOf(`
fleetyield: 1
name: start
horizon: { start: ${start}, warmUp: ${warmUp}, duration: 1h }
workload: { tiers: [{ name: t, model: m, arrivals: { kind: poisson, ratePerSecond: 1 } }] }
fleet: { pools: [{ name: p, model: m, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
`),
    ),
  );

describe('the start of the measured window', () => {
  it.each([
    ['Tue 13:00', '30min', 'Tue 13:30'],
    ['Sun 23:30', '30min', 'Mon 00:00'],
    // A Thursday, as 1970-01-01 was: 2026-01-01 is 56 × 365 + 14 leap days = 20,454 days = 2,922 weeks later.
    ['2026-01-01', '0s', 'Thu 2026-01-01 00:00'],
    ['2026-12-31 23:50', '20min', 'Fri 2027-01-01 00:10'],
    ['2028-02-28 09:00', '1d', 'Tue 2028-02-29 09:00'],
    ['1969-12-31 23:00', '0s', 'Wed 1969-12-31 23:00'],
    ['9999-12-31', '1d', 'Sat +010000-01-01 00:00'],
  ])('of a run from %s with a warm-up of %s is %s', (start, warmUp, says) => {
    expect(startOf(start, warmUp)).toBe(says);
  });
});
