/** Months of a scenario: who is there after one, and what is replaced for the next. */
import { describe, expect, it } from 'vitest';
import { afterMonth, overridesOfMonth, subscribedTiers } from '../../src/experiments/subscribers.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';

const text = (revenue: string) => `
fleetyield: 1
name: months
horizon: { duration: 20min }
cell: { share: 0.1 }
workload:
  tiers:
    - { name: free, model: any, tenants: 10, arrivals: { kind: poisson, ratePerSecond: 10 } }
    - { name: paid, model: any, tenants: 1000, load: 2, arrivals: { kind: poisson, ratePerSecond: 100 }, revenue: { kind: subscription, usdPerMonth: 20 ${revenue} } }
fleet: { pools: [{ name: main, model: any, replicas: 10, serving: { kind: slots, concurrency: 1000, serviceTime: { kind: constant, value: 1s } } }] }
`;
const scenario = scenarioOf(text(', churn: { base: 0.05, slope: 0.2 }, signUps: { base: 30, slope: 1 }'));
const [paid] = subscribedTiers(scenario);

describe('a month', () => {
  it('knows the tiers whose subscribers come and go, as the provider has them', () => {
    expect(paid).toEqual({ name: 'paid', index: 1, subscribers: 1000 });
    expect(() => subscribedTiers(scenarioOf(text('')))).toThrow(/no tier has subscribers that join or leave/);
  });

  it('leaves 1,500 × (1 − 0.05 − 0.2 × 0.5) + 30 × 0.5 = 1,290 of 1,500 of whom half are served well', () => {
    expect(afterMonth(scenario, paid!, 1500, 0.5)).toBeCloseTo(1290, 9);
  });

  it('begins with whole tenants of the cell, and with as much more demand as there are more', () => {
    expect(overridesOfMonth(scenario, [paid!], [1234.5])).toEqual([
      'workload.tiers[1].tenants=1230',
      'workload.tiers[1].load=2.469',
    ]);
  });

  it('is simulated with that demand and paid for by those tenants', () => {
    const next = scenarioOf(
      text(', churn: { base: 0.05, slope: 0.2 }, signUps: { base: 30, slope: 1 }'),
      overridesOfMonth(scenario, [paid!], [1500]),
    );
    const estimates = new Estimates(replications(next, 1));
    // 3 × 10 a second in the cell for 1,200 s: 36,000, give or take five deviations of a Poisson count, once in 1.7
    // million.
    expect(Math.abs(estimates.mean('requests.arrived', 'tier:paid') - 36_000)).toBeLessThan(
      5 * Math.sqrt(36_000),
    );
    expect(estimates.mean('revenue.perYear', 'tier:paid')).toBeCloseTo(1500 * 20 * 12, 4);
    expect(next.cell.tiers[0]!.rule.load).toBeUndefined();
  });
});
