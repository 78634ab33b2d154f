/** Changes to a scenario whose effect on the result is known exactly, whatever the result is. */
import { describe, expect, test } from 'vitest';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Story } from '../helpers/story.ts';

interface Knobs {
  /** Seconds of the scenario, each times this. */
  readonly time?: number;
  readonly price?: number;
  readonly gateway?: string;
  readonly priorities?: readonly [number, number];
  /** Tenants, rates and replicas are multiplied by it, and the cell has 1 ÷ it of them. */
  readonly provider?: number;
}

const GATEWAY =
  'rateLimits: [{ scope: tenant, tiers: [free], resource: requests, algorithm: { kind: token-bucket, perSecond: RATE, burst: 4 } }], admission: { kind: bounded, maxWaiting: 3 }, discipline: { kind: strict-priority }';

function textOf({ time = 1, price = 1, gateway = GATEWAY, priorities = [0, 1], provider = 1 }: Knobs = {}) {
  const s = (seconds: number) => `${seconds * time}s`;
  const rate = (perSecond: number) => (perSecond * provider) / time;
  return `
fleetyield: 1
name: known change
horizon: { warmUp: ${s(50)}, duration: ${s(1000)} }
cell: { share: ${1 / provider} }
workload:
  tiers:
    - name: paid
      priority: ${priorities[0]}
      model: any
      tenants: ${4 * provider}
      arrivals: { kind: poisson, ratePerSecond: ${rate(4)} }
      lengths: { prompt: { kind: geometric, mean: 60 }, output: { kind: geometric, mean: 8 } }
      slo: { ttft: ${s(1)} }
      revenue: { kind: per-token, inputPerMillion: ${3 * price}, outputPerMillion: ${15 * price} }
    - name: free
      priority: ${priorities[1]}
      model: any
      tenants: ${8 * provider}
      arrivals: { kind: poisson, ratePerSecond: ${rate(5)} }
      lengths: { prompt: { kind: geometric, mean: 30 }, output: { kind: geometric, mean: 4 } }
      patience: { kind: exponential, mean: ${s(2)} }
      retries: { maxAttempts: 3, persistence: 0.75, backoff: { base: ${s(1)}, cap: ${s(8)} } }
      revenue: { kind: advertising, usdPerThousandRequests: ${2 * price} }
fleet:
  pools:
    - name: engines
      model: any
      replicas: ${2 * provider}
      serving:
        kind: continuous-batching
        maxSequences: 3
        maxBatchedTokens: 128
        kv: { capacityTokens: 512, blockSize: 4 }
        stepTime: { kind: affine, base: ${0.0625 * time}s, perPrefillToken: ${2 ** -11 * time}s, perSequence: ${2 ** -6 * time}s }
gateway: { ${gateway.replace('RATE', String(0.5 / time))} }
economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 } }
`;
}

const storiesOf = (knobs: Knobs = {}) => runOf(scenarioOf(textOf(knobs))).stories;
const BASE = storiesOf();
const INSTANTS = ['arrivedAt', 'attemptAt', 'admittedAt', 'firstTokenAt', 'lastTokenAt'] as const;

test('the scenario of these tests has something of everything', () => {
  const count = (of: (story: Story) => boolean) => BASE.filter(of).length;
  for (const outcome of ['served', 'limited', 'abandoned', 'shed'] as const)
    expect(
      count((story) => story.outcome === outcome),
      outcome,
    ).toBeGreaterThan(5);
  expect(count(({ attempts }) => attempts > 1)).toBeGreaterThan(50);
  expect(count(({ preemptions }) => preemptions > 0)).toBeGreaterThan(0);
});

describe('twice the time in everything', () => {
  test('is every instant twice as late and nothing else changed', () => {
    // Instants are whole nanoseconds, so those of a run of twice the time are within the sum of a few roundings.
    const longer = storiesOf({ time: 2 });
    const without = (stories: readonly Story[]) =>
      stories.map((story) => ({ ...story, ...Object.fromEntries(INSTANTS.map((name) => [name, 0])) }));
    expect(without(longer)).toEqual(without(BASE));
    for (const name of INSTANTS) {
      const gaps = longer
        .map((story, n) => Math.abs(story[name] - 2 * BASE[n]![name]))
        .filter((gap) => gap > 1e-6);
      expect(gaps, name).toEqual([]);
      expect(longer.map((story) => Number.isNaN(story[name]))).toEqual(
        BASE.map((story) => Number.isNaN(story[name])),
      );
    }
  });

  test('doubles latencies, halves throughput and leaves shares, lengths and dollars', () => {
    const once = new Estimates(replications(scenarioOf(textOf()), 1));
    const twice = new Estimates(replications(scenarioOf(textOf({ time: 2 })), 1));
    const ratio = (metric: string) => twice.mean(metric) / once.mean(metric);
    for (const metric of [
      'wait.mean',
      'ttft.mean',
      'tpot.mean',
      'e2e.mean',
      'e2e.sd',
      'ttft.p99',
      'itl.mean',
    ])
      expect(ratio(metric), metric).toBeCloseTo(2, 6);
    for (const metric of ['throughput.requests', 'throughput.outputTokens'])
      expect(ratio(metric), metric).toBeCloseTo(0.5, 6);
    for (const metric of [
      'share.served',
      'queue.length',
      'system.size',
      'utilisation.busy',
      'revenue',
      'tokens.prompt',
    ])
      expect(ratio(metric), metric).toBeCloseTo(1, 6);
  });
});

test('twice the prices are twice the revenue, and every request fares as before', () => {
  const once = new Estimates(replications(scenarioOf(textOf()), 1));
  const twice = new Estimates(replications(scenarioOf(textOf({ price: 2 })), 1));
  expect(once.mean('revenue')).toBeGreaterThan(0);
  for (const scope of ['total', 'tier:paid', 'tier:free'])
    expect(twice.mean('revenue', scope)).toBeCloseTo(2 * once.mean('revenue', scope), 12);
  expect(twice.mean('cost')).toBe(once.mean('cost'));
  expect(storiesOf({ price: 2 })).toEqual(BASE);
});

test('limits that are never reached are no limits', () => {
  const limit = (resource: string) =>
    `{ scope: everyone, resource: ${resource}, algorithm: { kind: token-bucket, perSecond: 1e9, burst: 1e9 } }`;
  const wide = `rateLimits: [${['requests', 'inputTokens', 'outputTokens', 'totalTokens'].map(limit).join(', ')}]`;
  expect(storiesOf({ gateway: wide })).toEqual(storiesOf({ gateway: '' }));
  expect(storiesOf({ gateway: '' })).not.toEqual(BASE);
});

test('a room that never fills is no bound on the queue', () => {
  expect(storiesOf({ gateway: 'admission: { kind: bounded, maxWaiting: 1000000 }' })).toEqual(
    storiesOf({ gateway: '' }),
  );
});

test('strict priority among equals is first come, first served', () => {
  const strict = GATEWAY;
  const fcfs = GATEWAY.replace('strict-priority', 'fcfs');
  const equals = { priorities: [2, 2] } as const;
  expect(storiesOf({ ...equals, gateway: strict })).toEqual(storiesOf({ ...equals, gateway: fcfs }));
  expect(storiesOf({ gateway: strict })).not.toEqual(storiesOf({ gateway: fcfs }));
});

test('half of a provider twice as large is the provider, and annual dollars are twice as many', () => {
  const run = (provider: number) => {
    // A limit on a tier is the provider's and is shared out; a limit for each tenant is not.
    const gateway = `${GATEWAY.replace('rateLimits: [', `rateLimits: [{ scope: tier, tiers: [free], resource: requests, algorithm: { kind: token-bucket, perSecond: ${provider}, burst: ${16 * provider} } }, `)}`;
    return {
      knobs: { provider, gateway },
      estimates: new Estimates(replications(scenarioOf(textOf({ provider, gateway })), 1)),
    };
  };
  const whole = run(1);
  const half = run(2);
  expect(storiesOf(half.knobs)).toEqual(storiesOf(whole.knobs));
  for (const { metric, scope, mean } of whole.estimates.all) {
    const factor = metric.endsWith('.perYear') ? 2 : 1;
    const other = half.estimates.of(metric, scope).mean;
    if (mean === null) expect(other).toBeNull();
    else expect(other! / factor, `${scope} ${metric}`).toBeCloseTo(mean, 6);
  }
});

test('a pool of twice the servers at half the speed is as busy', () => {
  // Work offered ÷ servers × speed is the same; the mean number in service doubles with the time each takes.
  const text = (slots: number, mean: number) => `
fleetyield: 1
name: work
horizon: { duration: 20000s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: poisson, ratePerSecond: 1 } }] }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: ${slots}, serviceTime: { kind: exponential, mean: ${mean}s } } }] }
`;
  const busy = (slots: number, mean: number) =>
    new Estimates(replications(scenarioOf(text(slots, mean)), 1)).mean('utilisation.busy');
  // Both runs serve the same draws; they differ only by the requests in service at the end: at most 4 of 20,000.
  expect(busy(4, 2)).toBeCloseTo(busy(2, 1), 3);
});
