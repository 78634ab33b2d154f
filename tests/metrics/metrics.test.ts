/** Metrics on a run small enough to work by hand. */
import { describe, expect, test } from 'vitest';
import { measure, metrics, scopesOf } from '../../src/metrics/index.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

/**
 * One server of 1 s; at most one may wait. From 10 s (the window's start) to 30 s:
 * - `a` sends at 10, 10.5, 10.75 and 29.5: served 10 to 11, served 11 to 12, shed, unfinished.
 * - `b` sends at 9.5 (before the window: served 9.5 to 10.5, which moves the others) and 20: served 20 to 21.
 */
const scenario = scenarioOf(`
fleetyield: 1
name: by hand
horizon: { start: Mon 00:59, warmUp: 10s, duration: 20s }
workload:
  tiers:
    - { name: a, model: any, slo: { ttft: 700ms, e2e: 1800ms, target: 0.5 }, arrivals: { kind: replay, requests: [{ at: 10s, prompt: 100, output: 11 }, { at: 10.5s, prompt: 10, cached: 4, output: 1 }, { at: 10.75s }, { at: 29.5s }] } }
    - { name: b, model: any, arrivals: { kind: replay, requests: [{ at: 9.5s, prompt: 7, output: 3 }, { at: 20s, prompt: 5, output: 5 }] } }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { admission: { kind: bounded, maxWaiting: 2 } }
`);
// The first of b holds the server until 10.5. So a's first waits 0.5 s and is served 10.5 to 11.5, its second waits 1 s and
// is served 11.5 to 12.5, its third waits 1.75 s: line of two, it is admitted to it and served 12.5 to 13.5; the fourth is
// served from 29.5 and cut off at 30.

describe('metrics', () => {
  const estimates = new Estimates(replications(scenario, 1, { byHour: true }));
  const is = (metric: string, value: number | null, scope = 'total') => {
    const { mean } = estimates.of(metric, scope);
    if (value === null) expect(mean, `${scope} ${metric}`).toBeNull();
    else expect(mean, `${scope} ${metric}`).toBeCloseTo(value, 9);
  };

  test('count those who arrived in the window by what became of them', () => {
    is('requests.arrived', 5);
    is('requests.served', 4);
    is('requests.unfinished', 1);
    is('requests.arrived', 4, 'tier:a');
    is('requests.arrived', 1, 'tier:b');
    is('share.served', 4 / 5);
    is('share.served', 3 / 4, 'tier:a');
    is('attempts', 5);
    is('share.attemptsRefused', 0);
  });

  test('measure waits and latencies of those served', () => {
    // Waits of a: 0.5, 1, 1.75; of b: 0.
    is('wait.mean', 3.25 / 3, 'tier:a');
    is('wait.mean', 3.25 / 4);
    is('wait.p50', 1, 'tier:a');
    is('wait.p99', 1.75, 'tier:a');
    is(
      'wait.sd',
      Math.sqrt(((0.5 - 3.25 / 3) ** 2 + (1 - 3.25 / 3) ** 2 + (1.75 - 3.25 / 3) ** 2) / 2),
      'tier:a',
    );
    is('e2e.mean', (1.5 + 2 + 2.75) / 3, 'tier:a');
    is('ttft.mean', 0, 'tier:b');
    // Who waited at all, of all that entered the line: three of five.
    is('wait.probability', 3 / 5);
    is('wait.all.mean', 3.25 / 5);
    // The first of a has 10 tokens after its first in 1 s, the second and the third none; b has 4 in 1 s.
    is('tpot.mean', 0.1, 'tier:a');
    is('tpot.mean', (0.1 + 0.25) / 2);
    is('itl.mean', null);
  });

  test('hold promises against all that arrived, and against those served', () => {
    // Of a's four only the first has its first token within 0.7 s and its last within 1.8 s; b is promised nothing.
    is('slo.attainment', 1 / 4);
    is('slo.attainmentServed', 1 / 3);
    is('slo.attainment', 1 / 4, 'tier:a');
    is('slo.attainment', null, 'tier:b');
  });

  test('average over the time of the window', () => {
    // Waiting: 0.5 + 1 + 1.75 request-seconds of 20; in service: 0.5 of b, 1 + 1 + 1 of a, 1 of b, 0.5 of a.
    is('queue.length', 3.25 / 20);
    is('system.size', (3.25 + 5) / 20);
    is('utilisation.busy', 5 / 20);
    is('utilisation.busy', 5 / 20, 'pool:main');
    is('utilisation.kv', null);
    is('batch.mean', null);
  });

  test('count tokens and completions of the window, whenever the request arrived', () => {
    // b's first ends in the window: 7 + 100 + 10 + 1 + 5 prompt tokens, 3 + 11 + 1 + 1 + 5 output tokens.
    is('tokens.prompt', 123);
    is('tokens.cached', 4);
    is('tokens.output', 21);
    is('tokens.output', 8, 'tier:b');
    is('throughput.requests', 5 / 20);
    is('throughput.outputTokens', 21 / 20);
  });

  test('split the window by clock hours: it begins 50 s before one o’clock', () => {
    // 59 min 10 s + 20 s is still hour 0.
    is('requests.arrived', 5, 'hour:0');
    expect(() => estimates.of('requests.arrived', 'hour:1')).toThrow();
  });

  test('have names that are unique, a unit and a sentence', () => {
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
    for (const { unit, summary, scopes } of metrics) {
      expect(unit).not.toBe('');
      expect(summary).toMatch(/^[A-Z(].*\.$/);
      expect(scopes.length).toBeGreaterThan(0);
    }
  });

  test('are measured in the same order for every replication, so that they can be put together', () => {
    const names = [0, 1].map((index) =>
      measure(runOf(scenario, 's', index).ledger, true).map(({ scope, metric }) => `${scope} ${metric}`),
    );
    expect(names[0]).toEqual(names[1]);
    expect(new Set(names[0]).size).toBe(names[0]!.length);
  });

  test('have as many scopes as there are tiers, pools and hours, and the whole', () => {
    const { ledger } = runOf(scenario);
    expect(scopesOf(ledger, true).map(({ name }) => name)).toEqual([
      'total',
      'tier:a',
      'tier:b',
      'pool:main',
      'hour:0',
    ]);
    expect(scopesOf(ledger, false)).toHaveLength(4);
  });
});

describe('without data', () => {
  test('a metric is null and never 0', () => {
    const none = new Estimates(
      replications(
        scenarioOf(`
fleetyield: 1
name: nobody
horizon: { duration: 1s }
workload: { tiers: [{ name: a, model: any, slo: { ttft: 1s }, arrivals: { kind: poisson, ratePerSecond: 1e-12 } }] }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
`),
        2,
      ),
    );
    for (const metric of [
      'wait.mean',
      'wait.p50',
      'wait.sd',
      'ttft.p99',
      'share.served',
      'slo.attainment',
      'wait.probability',
      'wait.all.mean',
    ])
      expect(none.of(metric).mean, metric).toBeNull();
    for (const metric of ['requests.arrived', 'utilisation.busy', 'queue.length', 'tokens.output'])
      expect(none.of(metric).mean, metric).toBe(0);
  });
});
