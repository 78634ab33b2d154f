/**
 * The contract of each routing: where requests go, that it is the same each time, how even it is, who wins a tie, and
 * that nobody is sent where it could never be served.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routings, type Router } from '../../src/gateway/routing/index.ts';
import { Streams } from '../../src/stats/index.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

type Kind = 'least-loaded' | 'power-of-two' | 'round-robin' | 'random';
const KINDS: readonly Kind[] = ['least-loaded', 'power-of-two', 'round-robin', 'random'];

/** The router of a kind over places of these loads, and a way to ask it for a request. */
function routerOf(kind: Kind, loads: Int32Array) {
  const routing = routings.create({ kind }, null);
  if (routing.line !== 'per-replica') throw new Error(`${kind} has a line before each replica`);
  const router: Router = routing.createRouter(loads);
  const draws = new Streams('test', 0).counter('routing/all');
  return {
    choose: (ordinal = 0, isHeldBy: (place: number) => boolean = () => true) =>
      router.choose({ draws: draws.at(ordinal, 1), isHeldBy }),
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
      expect([1, 4]).toContain(router.choose(n, (place) => place === 1 || place === 4));
  });

  test('sends the same requests to the same places again', () => {
    expect(sent(kind, 7, 500)).toEqual(sent(kind, 7, 500));
  });
});

describe('the requests of a queue that only grows', () => {
  // 6,000 requests on 6 places.
  test('are spread evenly, to one, by turn and by least load', () => {
    expect(sent('round-robin', 6, 6_003)).toEqual([1_001, 1_001, 1_001, 1_000, 1_000, 1_000]);
    expect(sent('least-loaded', 6, 6_003)).toEqual([1_001, 1_001, 1_001, 1_000, 1_000, 1_000]);
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

  test('sends to the fewest unfinished, and to the first among equals', () => {
    expect(choose(3, 1, 2)).toBe(1);
    expect(choose(2, 1, 1)).toBe(1);
    expect(choose(0, 0, 0)).toBe(0);
    expect(choose(5)).toBe(0);
  });

  test('finds whom a look at all replicas finds, after any changes of loads', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 3 })), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), changes, (places, list) => {
        const loads = new Int32Array(places);
        const router = routerOf('least-loaded', loads);
        for (const [at, load] of list) {
          router.set(at % places, load);
          expect(router.choose()).toBe(loads.indexOf(Math.min(...loads)));
        }
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });

  test('counts those that wait: 7 at once on 3 replicas of one slot are 3, 2 and 2', () => {
    // A second each: the ends are 1, 2, … s by place in the line.
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

  test('leaves a request in the line it was sent to, where a central line would not', () => {
    // Two replicas; the first is held for 10 s. The third request ties at one unfinished each and goes to the first.
    const text = (kind: string) => `
fleetyield: 1
name: stay
horizon: { duration: 60s }
workload:
  tiers:
    - { name: long, model: any, arrivals: { kind: replay, requests: [{ at: 0s, prompt: 1, output: 100 }] } }
    - { name: short, model: any, arrivals: { kind: replay, requests: [{ at: 1s, prompt: 1, output: 50 }, { at: 2s, prompt: 1, output: 1 }] } }
fleet:
  pools: [{ name: main, model: any, replicas: 2, serving: { kind: continuous-batching, maxSequences: 1, kv: { capacityTokens: 1000, blockSize: 1 }, stepTime: { kind: affine, base: 100ms } } }]
gateway: { routing: { kind: ${kind} } }
`;
    const admitted = (kind: string) =>
      runOf(scenarioOf(text(kind))).stories.map(({ admittedAt }) => admittedAt);
    // 100 steps of 0.1 s end at 10 s; 50 steps from 1 s end at 6 s.
    admitted('least-loaded').forEach((at, n) => expect(at).toBeCloseTo([0, 1, 10][n]!, 9));
    admitted('central').forEach((at, n) => expect(at).toBeCloseTo([0, 1, 6][n]!, 9));
  });
});

describe('power-of-two routing', () => {
  test('takes the lower load of two, and the lower place of equals', () => {
    // Place 0 is chosen when either draw is 0 and ties: 1 − (1/2)² = 3/4 of the time; when it is loaded only by (0, 0).
    const share = (loads: readonly number[]) => {
      const router = routerOf('power-of-two', Int32Array.from(loads));
      return (
        Array.from({ length: 4_000 }, (_, n) => router.choose(n)).filter((place) => place === 0).length /
        4_000
      );
    };
    // Five standard deviations, 5 √(3/16 ÷ 4000) = 0.034: false alarms 6e-7 each.
    expect(Math.abs(share([0, 0]) - 0.75)).toBeLessThan(0.034);
    expect(Math.abs(share([1, 0]) - 0.25)).toBeLessThan(0.034);
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
    // Waits of the first tier change with the company it has; where it waits shows in whom it waits for: alone, it is
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
