/** What only the scenario as a whole shows to be wrong with a policy: refused with its place before anything runs. */
import { expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const textOf = (gateway: string) => `
fleetyield: 1
name: refused
horizon: { duration: 1s }
workload:
  tiers:
    - { name: paid, model: any, slo: { ttft: 1s }, arrivals: { kind: poisson, ratePerSecond: 1 } }
    - { name: free, model: any, priority: 2, arrivals: { kind: poisson, ratePerSecond: 1 } }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
gateway: ${gateway}
`;

const always = (action: string) =>
  `{ degradation: [{ trigger: { kind: clock, windows: ["00:00-24:00"] }, tiers: [free], action: ${action} }] }`;

test.each([
  [
    '{ discipline: { kind: ageing-priority, slopes: [4, 1] } }',
    'gateway.discipline.slopes: has 2 items, but there are tiers of priority 2; give one for each priority from 0 to 2',
  ],
  [
    '{ discipline: { kind: earliest-deadline } }',
    'gateway.discipline.otherwise: is missing, and tier "free" has no slo.ttft; give otherwise, or slo.ttft to the tier',
  ],
  [
    '{ admission: { kind: trunk-reservation, reserve: 1, tiers: [pro] } }',
    'gateway.admission.tiers[0]: no tier is called "pro"; there are paid, free',
  ],
  [
    '{ admission: { kind: bounded, maxWaiting: 1, displace: false, shedFirst: [free] } }',
    'gateway.admission.shedFirst: has no effect with displace: false; remove one of them',
  ],
  [
    '{ admission: { kind: bid-price } }',
    'gateway.admission: needs exactly one of usdPerGpuHour, byHour and steps',
  ],
  [
    always('{ kind: quantised-pool, pool: fp8 }'),
    'gateway.degradation[0].action.pool: no pool is called "fp8"; there are main',
  ],
])('%s is refused', (gateway, message) => {
  let found = '';
  try {
    scenarioOf(textOf(gateway));
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    found = (error as InputError).message;
  }
  expect(found).toMatch(/^test\.yaml:\d+ /);
  expect(found.replace(/^test\.yaml:\d+ /, '')).toBe(message);
});
