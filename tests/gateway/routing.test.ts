/**
 * The contract of each routing: where requests go, that it is the same each time, how even it is, which replica wins a
 * tie, and that no request is sent where it could never be served.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplicaLoads, routings, type Router } from '../../src/gateway/routing/index.ts';
import { meanInterval, Streams, tQuantile } from '../../src/stats/index.ts';
import { ALARM, LEAST_REPLICATIONS, verdictOn } from '../helpers/accept.ts';
import { readExample } from '../helpers/example.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { replications, Estimates, scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const KINDS = routings.strategies.map(({ kind }) => kind).filter((kind) => kind !== 'central');
type Kind = (typeof KINDS)[number];
type Request = Parameters<Router['choose']>[0];

/** The router of a kind over places of these loads, and a way to ask it for a request. */
function routerOf(kind: Kind, loads: Int32Array) {
  const routing = routings.create(readExample(routings, kind), null);
  if (routing.queue !== 'per-replica') throw new Error(`${kind} has a queue before each replica`);
  const router: Router = routing.createRouter(loads);
  const draws = new Streams('test', 0).counter('routing/all');
  const ties = new Streams('test', 0).counter('ties/all');
  return {
    choose: (ordinal = 0, isHeldBy: (place: number) => boolean = () => true, more: Partial<Request> = {}) =>
      router.choose({
        draws: draws.at(ordinal, 1),
        ties: ties.at(ordinal, 1),
        isHeldBy,
        tier: 0,
        session: -1,
        ...more,
      }),
    set: (place: number, load: number) => {
      loads[place] = load;
      router.loadChanged(place);
    },
  };
}

/** How often each place was chosen for requests 0, 1, … when nothing is ever finished. */
function sent(kind: Kind, places: number, requests: number): number[] {
  const loads = new Int32Array(places);
  const router = routerOf(kind, loads);
  for (let n = 0; n < requests; n++) {
    const place = router.choose(n);
    router.set(place, loads[place]! + 1);
  }
  return [...loads];
}

describe.each(KINDS)('%s routing', (kind) => {
  test('sends the only replica everything', () => {
    expect(sent(kind, 1, 5)).toEqual([5]);
  });

  test('never sends a request where it could not be served', () => {
    const loads = Int32Array.from([0, 3, 0, 1, 2]);
    const router = routerOf(kind, loads);
    for (let n = 0; n < 100; n++)
      expect([1, 4]).toContain(router.choose(n, (place) => place === 1 || place === 4, { session: n }));
  });

  test('draws for each request what belongs to it, whatever was asked for others between', () => {
    const loads = () => Int32Array.from([2, 2, 2, 2, 2, 2, 2, 2]);
    // Turns are an order, and the one routing that has one.
    if (kind === 'round-robin') return;
    const router = routerOf(kind, loads());
    const alone = Array.from({ length: 50 }, (_, n) => router.choose(2 * n, undefined, { session: n }));
    const busy = routerOf(kind, loads());
    const among = Array.from({ length: 50 }, (_, n) => {
      busy.choose(2 * n + 1, undefined, { session: n, tier: 1 });
      return busy.choose(2 * n, undefined, { session: n });
    });
    expect(among).toEqual(alone);
  });

  test('sends the same requests to the same places again', () => {
    expect(sent(kind, 7, 500)).toEqual(sent(kind, 7, 500));
  });
});

describe('the requests of a queue that only grows', () => {
  // 6,000 requests on 6 places.
  test('are spread evenly, to one, by turn and by least load', () => {
    expect(sent('round-robin', 6, 6_003)).toEqual([1_001, 1_001, 1_001, 1_000, 1_000, 1_000]);
    expect(sent('least-loaded', 6, 6_003).sort()).toEqual([1_000, 1_000, 1_000, 1_001, 1_001, 1_001]);
  });

  test('are multinomial at random: χ² of 5 degrees below 32.9 (false alarm 4e-6)', () => {
    const square = sent('random', 6, 6_000).reduce((sum, n) => sum + (n - 1_000) ** 2 / 1_000, 0);
    expect(square).toBeLessThan(32.9);
    // Not even either: below 0.06 in 5e-5 of all cases.
    expect(square).toBeGreaterThan(0.06);
  });

  test('are within ln ln 6 and a few of even with two choices, where one choice strays by √1000', () => {
    // Azar, Broder, Karlin and Upfal (1994): the excess is ln ln n ÷ ln 2 + O(1), whatever the number of requests.
    const counts = sent('power-of-two', 6, 6_000);
    expect(Math.max(...counts) - 1_000).toBeLessThan(6);
  });
});

describe('least-loaded routing', () => {
  const choose = (...loads: readonly number[]) => routerOf('least-loaded', Int32Array.from(loads)).choose();

  test('sends to the fewest unfinished', () => {
    expect(choose(3, 1, 2)).toBe(1);
    expect(choose(5)).toBe(0);
  });

  test('draws among all least loaded, and finds them after any changes of loads', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 3 })), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), changes, (places, list) => {
        const loads = new Int32Array(places);
        const router = routerOf('least-loaded', loads);
        for (const [at, load] of list) router.set(at % places, load);
        const least = Math.min(...loads);
        const equals = [...loads.keys()].filter((place) => loads[place] === least);
        // The middle of each part of the unit interval that stands for one of them.
        const found = equals.map((_, n) =>
          router.choose(0, undefined, { ties: { next: () => (n + 0.5) / equals.length } }),
        );
        expect(found).toEqual(equals);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  test('counts those that wait: 7 at once on 3 replicas of one slot are 3, 2 and 2', () => {
    // A second each: the ends are 1, 2, … s by place in the queue.
    const requests = Array.from({ length: 7 }, () => '{ at: 0s }').join(', ');
    const { stories } = runOf(
      scenarioOf(`
fleetyield: 1
name: spread
horizon: { duration: 60s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: replay, requests: [${requests}] } }] }
fleet: { pools: [{ name: main, model: any, replicas: 3, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { routing: { kind: least-loaded } }
`),
    );
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([1, 1, 1, 2, 2, 2, 3]);
  });

  test('leaves a request in the queue it was sent to, where a central queue would not', () => {
    // Two replicas, held for 10 s and for 5 s. Of two requests at 2 s one is sent to each of them.
    const text = (kind: string) => `
fleetyield: 1
name: stay
horizon: { duration: 60s }
workload:
  tiers:
    - { name: long, model: any, arrivals: { kind: replay, requests: [{ at: 0s, prompt: 1, output: 100 }] } }
    - { name: short, model: any, arrivals: { kind: replay, requests: [{ at: 1s, prompt: 1, output: 50 }, { at: 2s, prompt: 1, output: 1 }, { at: 2s, prompt: 1, output: 1 }] } }
fleet:
  pools: [{ name: main, model: any, replicas: 2, serving: { kind: continuous-batching, maxSequences: 1, kv: { capacityTokens: 1000, blockSize: 1 }, stepTime: { kind: affine, base: 100ms } } }]
gateway: { routing: { kind: ${kind} } }
`;
    const admitted = (kind: string) =>
      runOf(scenarioOf(text(kind)))
        .stories.map(({ admittedAt }) => admittedAt)
        .sort((a, b) => a - b);
    // 100 steps of 0.1 s end at 10 s; 50 steps from 1 s end at 6 s.
    admitted('least-loaded').forEach((at, n) => expect(at).toBeCloseTo([0, 1, 6, 10][n]!, 9));
    admitted('central').forEach((at, n) => expect(at).toBeCloseTo([0, 1, 6, 6.1][n]!, 9));
  });
});

describe('power-of-two routing', () => {
  test('takes the lower load of two, and either of equals', () => {
    // Half of the time where loads are equal; a place that is loaded only by two draws of it, (1/2)².
    const share = (loads: readonly number[]) => {
      const router = routerOf('power-of-two', Int32Array.from(loads));
      return (
        Array.from({ length: 4_000 }, (_, n) => router.choose(n)).filter((place) => place === 0).length /
        4_000
      );
    };
    // Five standard deviations, 5 √(1/4 ÷ 4000) = 0.04: false alarms below 6e-7 each.
    expect(Math.abs(share([0, 0]) - 0.5)).toBeLessThan(0.04);
    expect(Math.abs(share([1, 0]) - 0.25)).toBeLessThan(0.04);
  });
});

describe('a draw of routing', () => {
  test.each(['random', 'power-of-two'] as const)('by %s belongs to the request, not to the order', (kind) => {
    const router = routerOf(kind, new Int32Array(50));
    const forward = Array.from({ length: 100 }, (_, n) => router.choose(n));
    const backward = Array.from({ length: 100 }, (_, n) => router.choose(99 - n)).reverse();
    expect(backward).toEqual(forward);
  });

  test('does not move when another tier is added', () => {
    const text = (more: string) => `
fleetyield: 1
name: draws
horizon: { duration: 100s }
workload:
  tiers:
    - { name: all, model: any, arrivals: { kind: poisson, ratePerSecond: 5 } }
${more}
fleet: { pools: [{ name: main, model: any, replicas: 8, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 100ms } } }] }
gateway: { routing: { kind: random }, discipline: { kind: strict-priority } }
`;
    const other =
      '    - { name: other, model: any, priority: 1, arrivals: { kind: poisson, ratePerSecond: 5 } }';
    // Waits of the first tier change with the other tiers; where it waits shows in what it waits for: alone, it is
    // served at once except behind one of its own.
    const alone = runOf(scenarioOf(text(''))).stories;
    const again = runOf(scenarioOf(text(other))).stories.filter(({ tier }) => tier === 0);
    const waitsOf = (stories: typeof alone) =>
      stories.map(({ admittedAt, attemptAt }) => admittedAt - attemptAt);
    expect(again).toHaveLength(alone.length);
    // Priority does not pre-empt a slot: company can add at most one service of 0.1 s, and takes no wait away.
    waitsOf(again).forEach((wait, n) => expect(wait).toBeGreaterThanOrEqual(waitsOf(alone)[n]! - 1e-9));
  });
});

describe('prefix-affinity routing', () => {
  const homes = (router: ReturnType<typeof routerOf>, tier = 0) =>
    Array.from({ length: 4_000 }, (_, session) => router.choose(0, undefined, { session, tier }));

  test('sends a session home while that has no more than 8 beyond the least loaded, and there alone', () => {
    const router = routerOf('prefix-affinity', new Int32Array(10));
    const session = 77;
    const home = router.choose(0, undefined, { session });
    router.set(home, 8);
    expect(router.choose(1, undefined, { session })).toBe(home);
    router.set(home, 9);
    expect(router.choose(2, undefined, { session })).not.toBe(home);
    for (let place = 0; place < 10; place++) router.set(place, place === home ? 9 : 1);
    expect(router.choose(3, undefined, { session })).toBe(home);
  });

  test('sends requests without a session to the least loaded', () => {
    const router = routerOf('prefix-affinity', Int32Array.from([1, 1, 0, 1]));
    expect(router.choose()).toBe(2);
  });

  test('spreads sessions over homes evenly, differently for each tier: χ² of 9 degrees below 44.8 (1e-6 each)', () => {
    const router = routerOf('prefix-affinity', new Int32Array(10));
    for (const tier of [0, 1]) {
      const counts = Array<number>(10).fill(0);
      homes(router, tier).forEach((place) => (counts[place]! += 1));
      expect(counts.reduce((sum, n) => sum + (n - 400) ** 2 / 400, 0)).toBeLessThan(44.8);
    }
    const other = homes(router, 1);
    const together = homes(router, 0).filter((place, n) => place === other[n]).length;
    // 4,000 × 1/10, five standard deviations of 19: false alarm 6e-7.
    expect(Math.abs(together - 400)).toBeLessThan(95);
  });

  test('finds the prefix of a session where two choices at random do so for few', () => {
    const requests = Array.from(
      { length: 40 },
      (_, n) => `{ at: ${n}s, prompt: ${100 + 101 * Math.floor(n / 10)}, output: 1, session: s${n % 10} }`,
    );
    const found = (routing: string) =>
      runOf(
        scenarioOf(`
fleetyield: 1
name: affinity
horizon: { duration: 100s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: replay, requests: [${requests.join(', ')}] } }] }
fleet: { pools: [{ name: main, model: any, replicas: 8, serving: { kind: continuous-batching, kv: { capacityTokens: 100000, blockSize: 1 }, stepTime: { kind: affine, base: 10ms } } }] }
gateway: { routing: { kind: ${routing} } }
`),
      ).stories.filter(({ cachedTokens }) => cachedTokens > 0).length;
    // Ten sessions of four requests: all but the first of each find what the one before left.
    expect(found('prefix-affinity')).toBe(30);
    expect(found('power-of-two')).toBeLessThan(30);
  });
});

describe('loads that are taken now and then', () => {
  const staleRouting = (interval: number) => {
    const routing = routings.create({ kind: 'least-loaded', scrapeInterval: interval }, null);
    if (routing.queue !== 'per-replica') throw new Error('least-loaded has a queue before each replica');
    return new ReplicaLoads(routing, 3);
  };
  const request = {
    draws: { next: () => 0 },
    ties: { next: () => 0 },
    tier: 0,
    session: -1,
    isHeldBy: () => true,
  };

  test('are seen as they were at the last instant, before what happened then', () => {
    const loads = staleRouting(2);
    loads.change(0, 1, 0.5);
    // Nothing was taken yet: all are 0 for the router.
    expect(loads.at(1.9).choose(request)).toBe(0);
    // At 2 s place 0 has 1; what comes at that very instant is seen at 4 s.
    loads.change(1, 1, 2);
    expect(loads.at(2).choose(request)).toBe(1);
    loads.change(2, 1, 3);
    loads.change(0, -1, 3.5);
    expect(loads.at(3.9).choose(request)).toBe(1);
    expect(loads.at(4).choose(request)).toBe(0);
    // Long after, what was then is seen, though no request was routed in between.
    loads.change(0, 1, 9);
    loads.change(0, 1, 9);
    loads.change(1, -1, 9.5);
    expect(loads.at(9.9).choose(request)).toBe(0);
    expect(loads.at(10).choose(request)).toBe(1);
  });

  test('are those of now where nothing is said', () => {
    const loads = staleRouting(0);
    loads.change(0, 1, 0);
    expect(loads.at(0).choose(request)).toBe(1);
  });

  test('make a herd of least-loaded: two choices, and one, wait less than it when loads are 5 services old', () => {
    // Mitzenmacher (2000), periodic update: with T = 5 services the shortest of all is far worse than two choices, which
    // are better than one. 16 servers at load 0.8. Differences of pairs at one-sided 1e-6 each.
    const waits = (routing: string) => {
      const text = `
fleetyield: 1
name: herd
horizon: { warmUp: 50s, duration: 200s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: poisson, ratePerSecond: 12.8 } }] }
fleet: { pools: [{ name: main, model: any, replicas: 16, serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 1s } } }] }
gateway: { routing: { ${routing} } }
`;
      return replications(scenarioOf(text), 20).map((one) => new Estimates([one]).mean('wait.mean'));
    };
    const herd = waits('kind: least-loaded, scrapeInterval: 5s');
    const isLess = (better: readonly number[], worse: readonly number[]) => {
      const { mean, halfWidth, n } = meanInterval(
        worse.map((wait, index) => wait - better[index]!),
        0.95,
      );
      const standardError = halfWidth! / tQuantile(0.975, n - 1);
      expect(mean! / standardError).toBeGreaterThan(tQuantile(1 - ALARM, n - 1));
    };
    isLess(waits('kind: power-of-two, scrapeInterval: 5s'), herd);
    isLess(waits('kind: random'), herd);
    // Fresh, it is the other way about.
    isLess(waits('kind: least-loaded'), waits('kind: power-of-two'));
  });
});

describe('replicas that are equal to a router', () => {
  const REPLICAS = 8;

  test.each(['least-loaded', 'power-of-two', 'prefix-affinity'])(
    'under %s on loads that are never taken divide arrivals at random: M/M/1 at 0.5 waits 1 s',
    (kind) => {
      const scenario = scenarioOf(
        queueText({
          tiers: [poissonTier(REPLICAS / 2)],
          slots: 1,
          replicas: REPLICAS,
          service: '{ kind: exponential, mean: 1s }',
          warmUp: 50,
          duration: 300,
          gateway: `{ routing: { kind: ${kind}, scrapeInterval: 1d } }`,
        }),
      );
      const estimates = new Estimates(replications(scenario, LEAST_REPLICATIONS));
      expect(verdictOn(estimates.of('wait.mean'), 1, 0.1).objection).toBeNull();
    },
  );

  /** The share of requests that a pool of one replica serves beside one of three, at 0.1 % of their capacity. */
  const shareOfOne = (kind: string, tier: string) => {
    const { ledger } = runOf(
      scenarioOf(`
fleetyield: 1
name: equals
horizon: { duration: 40000s }
workload: { tiers: [${tier}] }
fleet:
  pools:
    - { name: one, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 10ms } } }
    - { name: three, model: any, replicas: 3, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 10ms } } }
gateway: { routing: { kind: ${kind} } }
`),
    );
    const [one, three] = ledger.shape.pools.map(({ busySeconds }) => busySeconds);
    return one! / (one! + three!);
  };
  const arrivals = 'model: any, arrivals: { kind: poisson, ratePerSecond: 0.1 }';

  test.each(['central', 'least-loaded', 'power-of-two', 'prefix-affinity', 'random'])(
    'under %s are each sent as many when all are idle, whatever their pool',
    (kind) => {
      // 4,000 requests, a quarter to each replica; five standard deviations, 5 √(3/16 ÷ 4000): false alarm 6e-7 each.
      expect(Math.abs(shareOfOne(kind, `{ name: all, ${arrivals} }`) - 0.25)).toBeLessThan(0.035);
    },
  );

  test('take as much of a backlog each', () => {
    const share = shareOfOne(
      'least-loaded',
      `{ name: all, deferrable: { window: 1h, reserve: 0 }, ${arrivals} }`,
    );
    expect(Math.abs(share - 0.25)).toBeLessThan(0.035);
  });
});
