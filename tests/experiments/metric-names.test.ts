import { describe, expect, it } from 'vitest';
import { metricsOf } from '../../src/experiments/metric-names.ts';
import { replications, scenarioOf } from '../helpers/scenario.ts';

/** Agent runs, a pool that trains, prices and a window that touches three clock hours. */
const scenario = scenarioOf(`
fleetyield: 1
name: all-kinds
horizon: { start: Mon 08:30, warmUp: 0s, duration: 2h }
workload:
  tiers:
    - name: agents
      model: any
      arrivals: { kind: poisson, ratePerSecond: 0.01 }
      session: { turns: { kind: constant, value: 2 }, think: { kind: constant, value: 1s }, run: { deadline: 1min } }
      revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 2 }
    - { name: plain, model: any, arrivals: { kind: poisson, ratePerSecond: 0.01 }, slo: { ttft: 1s } }
fleet:
  pools: [{ name: main, model: any, replicas: 2, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }]
  training: [{ name: lab, gpus: 2 }]
economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 } }
`);

describe('what a scenario is measured by', () => {
  it.each([false, true])('is what a replication measures, in its order; by the hour: %s', (byHour) => {
    const [ran] = replications(scenario, 1, { byHour });
    const names = ran!.measurements.map(({ scope, metric }) => ({ scope, metric }));
    expect(metricsOf(scenario, byHour)).toEqual(names);
    expect(names).toContainEqual({ scope: 'tier:agents', metric: 'cost.perRun' });
    expect(names.some(({ scope }) => scope === 'hour:2')).toBe(byHour);
  });
});
