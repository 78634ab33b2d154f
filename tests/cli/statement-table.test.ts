/** The income statement as people read it: pools apart, and where no use is needed to break even. */
import { describe, expect, it } from 'vitest';
import { statementTable } from '../../src/cli/shared/statement-table.ts';
import { outlineOf } from '../../src/store/batch-identity.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';

/** An hour; one GPU each, rented at 2 dollars: half an hour of one is paid 3 dollars, the other has no work. */
const text = (subscribers: number) => `
fleetyield: 1
name: statement
horizon: { duration: 1h }
workload:
  tiers:
    - { name: calls, model: big, arrivals: { kind: replay, requests: [{ at: 0s }] }, revenue: { kind: advertising, usdPerThousandRequests: 3000 } }
    - { name: plan, model: small, tenants: ${subscribers}, arrivals: { kind: poisson, ratePerSecond: 1e-9 }, revenue: { kind: subscription, usdPerMonth: 20 } }
fleet:
  pools:
    - { name: large, model: big, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 30min } } }
    - { name: tiny, model: small, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 30min } } }
economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 } }
`;

function shown(subscribers: number): string {
  const scenario = scenarioOf(text(subscribers));
  return statementTable(outlineOf(scenario), new Estimates(replications(scenario, 1)).all);
}

describe('the statement', () => {
  it('has a line for each pool: 3 dollars of use − 2 of rent, half of it used, and 0 − 2', () => {
    const lines = shown(1)
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(lines).toContainEqual(['pool', 'revenue by use', 'GPU-hours used', 'GPU-hours idle', 'left']);
    expect(lines).toContainEqual(['large', '$3.00', '$1.00', '$1.00', '$1.00']);
    expect(lines).toContainEqual(['tiny', '$0', '$0', '$2.00', '−$2.00']);
  });

  it('says the use at which pools break even, and that none is needed where subscriptions pay for them', () => {
    // 20 dollars a month are 2.7 cents an hour: (4 − 0.027) ÷ 3 of the use, which is a quarter of the GPU-hours.
    expect(shown(1)).toContain('share of the GPU-hours used at which the pools break even: 33.1 %');
    expect(shown(1000)).toContain(
      'the pools break even without any use: what accrues over time pays for them',
    );
    expect(shown(1000)).not.toContain('at which the pools break even');
  });

  it('writes a share below zero as it writes dollars below zero: 4 of rent on 3 + 20 × 12 ÷ 8,765.82 = 3.0274', () => {
    const margin = shown(1)
      .split('\n')
      .find((line) => /^gross margin.*%/.test(line));
    // (3.0274 − 4) ÷ 3.0274 = −0.321
    expect(margin).toContain('−32.1 %');
  });
});
