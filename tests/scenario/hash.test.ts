/** The hash of a scenario: batches with the same hash share their replications, so all that decides numbers must be in it. */
import { describe, expect, it } from 'vitest';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const TEXT = queueText({
  tiers: [poissonTier(2)],
  slots: 3,
  service: '{ kind: exponential, mean: 1s }',
  warmUp: 0,
  duration: 10,
});
const hashOf = (...overrides: string[]) => scenarioOf(TEXT, overrides).hash;

describe('the hash of a scenario', () => {
  it.each([
    'workload.load=1.05',
    'workload.tiers[0].arrivals.ratePerSecond=3',
    'workload.tiers[0].tenants=2',
    'fleet.pools[0].replicas=2',
    'gateway.discipline.kind=strict-priority',
    'horizon.start=Tue 06:00',
    'cell={ share: 0.5 }',
    'economics={ gpuHour: { kind: rented, usdPerGpuHour: 2 } }',
  ])('changes with %s', (override) => {
    const more = override.startsWith('cell')
      ? ['fleet.pools[0].replicas=2', 'workload.tiers[0].tenants=2']
      : [];
    expect(hashOf(...more, override)).not.toBe(hashOf(...more));
  });

  it('is the same for what is left out and for what that means', () => {
    expect(hashOf('workload.load=1', 'workload.tiers[0].tenants=1', 'gateway.discipline.kind=fcfs')).toBe(
      hashOf(),
    );
  });

  it('does not change with the name', () => {
    expect(hashOf('name=other', 'description=of the same')).toBe(hashOf());
  });
});
