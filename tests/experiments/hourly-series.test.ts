/** What is kept of each hour, in scenarios small enough to be worked by hand. */
import { describe, expect, test } from 'vitest';
import { hourlySeries, meanSeries } from '../../src/experiments/hourly-series.ts';
import { replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const hoursOf = (yaml: string) => {
  const scenario = scenarioOf(yaml);
  return hourlySeries(runOf(scenario).ledger, scenario.priceBook);
};

describe('the hourly series', () => {
  const arrivals = `
fleetyield: 1
name: hours
horizon: { start: Sun 23:30, warmUp: 15min, duration: 90min }
workload:
  tiers:
    - { name: a, model: any, arrivals: { kind: replay, requests: [{ at: 10min }, { at: 20min }, { at: 29min }, { at: 30min }, { at: 90min }, { at: 105min }] } }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
`;

  test('has the clock hours that the window touches, over the end of the week', () => {
    // From 23:45 on Sunday to 1:15 on Monday: 15, 60 and 15 minutes.
    const series = hoursOf(arrivals);
    expect(series.hourOfWeek).toEqual([167, 0, 1]);
    expect(series.seconds).toEqual([900, 3_600, 900]);
    // At 10 min the window is not open; 30 min is midnight; 105 min is the last instant, too late to be served.
    expect(series.tiers[0]!.outcomes.served).toEqual([2, 1, 1]);
    expect(series.tiers[0]!.outcomes.unfinished).toEqual([0, 0, 1]);
  });

  test('of several replications is their mean, hour by hour', () => {
    const [first] = replications(scenarioOf(arrivals), 2);
    const zero = { ...first!.hourly, tiers: [{ ...first!.hourly.tiers[0]!, degraded: [4, 0, 2] }] };
    const mean = meanSeries([first!.hourly, zero]);
    expect(mean.tiers[0]!.outcomes.served).toEqual([2, 1, 1]);
    expect(mean.tiers[0]!.degraded).toEqual([2, 0, 1]);
  });

  // One server, 10 min a request, in the same window: service from 10 to 20, 20 to 30, 30 to 40 and 85 to 95 min.
  const served = `
fleetyield: 1
name: served
horizon: { start: Sun 23:30, warmUp: 15min, duration: 90min }
workload:
  tiers:
    - name: a
      model: any
      slo: { ttft: 1min, target: 0.5 }
      revenue: { kind: per-token, inputPerMillion: 1000000, outputPerMillion: 2000000 }
      arrivals:
        kind: replay
        requests:
          - { at: 10min, prompt: 100, output: 5 }
          - { at: 20min, prompt: 200, output: 6 }
          - { at: 25min, prompt: 300, output: 7 }
          - { at: 85min, prompt: 400, output: 8 }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 10min } } }] }
`;

  test('says of those that arrived in an hour how long they waited for a token, and whether the SLO was kept', () => {
    const { ttft, withinSlo } = hoursOf(served).tiers[0]!.service!;
    // Arrived before midnight: one that begins at once, and one that waits from 25 to 30 min. Nobody after 1:00.
    expect(ttft).toEqual({ p50: [0, 0, null], p99: [300, 0, null] });
    expect(withinSlo).toEqual([1, 1, 0]);
  });

  test('says what was completed in an hour, whenever it arrived, and what that earned', () => {
    const { completed, promptTokens, outputTokens, revenue } = hoursOf(served).tiers[0]!.service!;
    // At 20 min; at 30 min, which is midnight and of the hour that begins, and at 40; at 95 min.
    expect(completed).toEqual([1, 2, 1]);
    expect(promptTokens).toEqual([100, 200 + 300, 400]);
    expect(outputTokens).toEqual([5, 6 + 7, 8]);
    // A dollar a prompt token and two an output token.
    expect(revenue).toEqual([110, 500 + 26, 416]);
  });

  test('says how long servers were busy, of what they were there for', () => {
    const [pool] = hoursOf(served).pools!;
    // 15 to 30 min throughout; 30 to 40 and 85 to 90; 90 to 95.
    expect(pool).toEqual({
      name: 'main',
      capacitySeconds: [900, 3_600, 900],
      busySeconds: [900, 600 + 300, 300],
    });
  });

  test('counts servers only while they are in service', () => {
    // In service for 40 s, then 10 s in repair: 0 to 40, 50 to 90 and 100 to 140 s; the hour ends at 60 s.
    const { pools } = hoursOf(`
fleetyield: 1
name: failing
horizon: { start: Mon 00:59, duration: 2min }
workload: { tiers: [{ name: a, model: any, arrivals: { kind: replay, requests: [{ at: 30s }, { at: 65s }] } }] }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 5s } }, failures: { mtbf: { kind: constant, value: 40s }, mttr: { kind: constant, value: 10s } } }] }
`);
    expect(pools![0]).toEqual({
      name: 'main',
      capacitySeconds: [40 + 10, 30 + 20],
      busySeconds: [5, 5],
    });
  });

  test('has no revenue of a tier without a price, and nothing within an SLO that there is not', () => {
    const { revenue, withinSlo } = hoursOf(arrivals).tiers[0]!.service!;
    expect({ revenue, withinSlo }).toEqual({ revenue: null, withinSlo: null });
  });
});
