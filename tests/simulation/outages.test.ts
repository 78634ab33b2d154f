/**
 * Outages of whole pools: requests that waited are divided among the replicas that come back, whatever the routing, the
 * service and the cause of the outage; worked by hand.
 */
import { describe, expect, test } from 'vitest';
import { routings } from '../../src/gateway/routing/index.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Run } from '../helpers/story.ts';

/** Every routing; those that go by loads also with loads taken once a day, which say nothing of an outage. */
const ROUTINGS = routings.strategies.flatMap(({ kind, parameters }) =>
  'scrapeInterval' in parameters
    ? [`{ kind: ${kind} }`, `{ kind: ${kind}, scrapeInterval: 1d }`]
    : [`{ kind: ${kind} }`],
);

/** One request at a time, 10 s each: a slot, and an engine of steps of 100 ms whose requests write 100 tokens. */
const SLOT = '{ kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 10s } }';
const ENGINE =
  '{ kind: continuous-batching, maxSequences: 1, kv: { capacityTokens: 1000, blockSize: 10 }, stepTime: { kind: affine, base: 100ms } }';

interface Parts {
  readonly arrivals: string;
  readonly pools: readonly string[];
  readonly routing: string;
  readonly tiers?: string;
  readonly fleet?: string;
  readonly gateway?: string;
}

const run = ({ arrivals, pools, routing, tiers = '', fleet = '', gateway = '' }: Parts): Run =>
  runOf(
    scenarioOf(`
fleetyield: 1
name: outage
horizon: { start: Mon 00:00, duration: 1h }
workload: { tiers: [{ name: all, model: m, arrivals: { kind: replay, requests: [${arrivals}] } }${tiers}] }
fleet: { pools: [${pools.join(', ')}]${fleet} }
gateway: { routing: ${routing}${gateway} }
`),
  );

const pool = (replicas: number, serving: string, more = '', name = 'main') =>
  `{ name: ${name}, model: m, replicas: ${replicas}, serving: ${serving}${more} }`;
const requests = (count: number, at: string, more = '') =>
  Array.from({ length: count }, () => `{ at: ${at}, prompt: 10, output: 100${more} }`).join(', ');
const admitted = ({ stories }: Run) => stories.map(({ admittedAt }) => admittedAt).sort((a, b) => a - b);

const maintenance = (replicas: number, more = '') =>
  `, maintenance: [{ windows: ["Mon 00:01-00:02"], replicas: ${replicas}${more} }]`;
const failing = (more = '') =>
  `, failures: { mtbf: { kind: constant, value: 60s }, mttr: { kind: constant, value: 50s }, group: 4 }${more}`;

/** Four replicas that are out of service from 60 s on and back at 120 s, all at that instant. */
const OUTAGES: Readonly<
  Record<string, (serving: string) => { readonly pools: readonly string[]; readonly fleet?: string }>
> = {
  maintenance: (serving) => ({ pools: [pool(4, serving, maintenance(4))] }),
  'maintenance by two rules, of a pool each': (serving) => ({
    pools: [pool(1, serving, maintenance(1)), pool(3, serving, maintenance(3), 'other')],
  }),
  'the failure of their rack, and a cold start of each': (serving) => ({
    pools: [pool(4, serving, failing(', coldStart: 10s'))],
  }),
  'training, for which their GPUs are lent one by one': (serving) => ({
    pools: [pool(4, serving)],
    fleet:
      ', training: [{ name: training }], reallocation: [{ trigger: { kind: clock, windows: ["00:01-00:02"] }, from: main, to: training, gpus: 4, switching: 0s }]',
  }),
};

describe.each(ROUTINGS)('after an outage of all replicas, under routing %s', (routing) => {
  describe.each([
    ['slots', SLOT],
    ['an engine', ENGINE],
  ])('of %s', (_, serving) => {
    test.each(Object.keys(OUTAGES))('by %s, requests that waited are divided evenly among them', (outage) => {
      const found = run({ arrivals: requests(8, '61s'), routing, ...OUTAGES[outage]!(serving) });
      // Two for each: four at once, and four when those have ended.
      const expected = [120, 120, 120, 120, 130, 130, 130, 130];
      admitted(found).forEach((at, n) => expect(at).toBeCloseTo(expected[n]!, 9));
    });

    test('by failures repaired one after another, requests that still wait are divided anew each time', () => {
      const crew =
        ', failures: { mtbf: { kind: constant, value: 1000s }, mttr: { kind: constant, value: 4s }, crews: 1 }';
      const found = run({ arrivals: requests(9, '1001s'), routing, pools: [pool(3, serving, crew)] });
      // Back at 1004, 1008 and 1012 s; from then on each takes a further one every 10 s, as from a shared queue.
      const expected = [1004, 1008, 1012, 1014, 1018, 1022, 1024, 1028, 1032];
      admitted(found).forEach((at, n) => expect(at).toBeCloseTo(expected[n]!, 9));
    });
  });

  test('requests that were interrupted are divided with those that waited', () => {
    // Twelve come before the outage, of which some are served when it begins, and four during it.
    const found = run({
      arrivals: `${requests(12, '55s')}, ${requests(4, '70s')}`,
      routing,
      pools: [pool(4, SLOT, maintenance(4, ', drain: false'))],
    });
    const ends = found.stories.map(({ lastTokenAt }) => lastTokenAt).sort((a, b) => a - b);
    // Sixteen services of 10 s on four replicas from 120 s on: those that were interrupted are begun again.
    expect(ends).toEqual([130, 130, 130, 130, 140, 140, 140, 140, 150, 150, 150, 150, 160, 160, 160, 160]);
  });

  test('a request is not begun on a replica that goes at the same instant', () => {
    const found = run({
      arrivals: requests(1, '55s'),
      routing,
      pools: [
        pool(1, SLOT, maintenance(1, ', drain: false')),
        pool(1, SLOT, maintenance(1, ', drain: false'), 'other'),
      ],
    });
    expect(found.ledger.cohortTotal('interruptions', null)).toBe(1);
    expect(found.stories[0]!.lastTokenAt).toBe(130);
  });

  test('a pool for decoding divides the prompts that were read meanwhile', () => {
    const phases = (name: string, phase: string, replicas: number, more = '') =>
      `{ name: ${name}, model: m, phase: ${phase}, replicas: ${replicas}, serving: ${ENGINE}${more} }`;
    const { stories } = runOf(
      scenarioOf(`
fleetyield: 1
name: phases
horizon: { start: Mon 00:00, duration: 10min }
workload: { tiers: [{ name: all, model: m, arrivals: { kind: replay, requests: [${requests(4, '61s')}] } }] }
fleet:
  pools: [${phases('read', 'prefill', 4, ', link: { latency: 0s }')}, ${phases('write', 'decode', 4, maintenance(4))}]
gateway: { routing: ${routing} }
`),
    );
    // The other 99 tokens of each, a step each, from 120 s on: no two on one replica.
    for (const { lastTokenAt } of stories) expect(lastTokenAt).toBeCloseTo(129.9, 9);
  });
});

describe('a request that waits for a pool that is out of service', () => {
  const routing = '{ kind: least-loaded }';
  const pools = [pool(1, SLOT, maintenance(1))];
  const second = (more = '') =>
    `, { name: second, priority: 1, model: m, arrivals: { kind: replay, requests: [${requests(1, '61s', more)}] } }`;

  test('is taken in the order of the discipline', () => {
    const { stories } = run({
      arrivals: requests(1, '62s'),
      tiers: second(),
      pools,
      routing,
      gateway: ', discipline: { kind: strict-priority }',
    });
    expect(stories.map(({ tier, admittedAt }) => [tier, admittedAt])).toEqual([
      [1, 130],
      [0, 120],
    ]);
  });

  test('counts as waiting, and may be displaced', () => {
    const { stories } = run({
      arrivals: requests(1, '62s'),
      tiers: second(),
      pools,
      routing,
      gateway: ', discipline: { kind: strict-priority }, admission: { kind: bounded, maxWaiting: 1 }',
    });
    expect(stories.map(({ tier, outcome }) => [tier, outcome])).toEqual([
      [1, 'shed'],
      [0, 'served'],
    ]);
  });

  test('leaves when patience ends, there and where it was sent since', () => {
    const { stories } = run({
      arrivals: `${requests(1, '61s')}, ${requests(1, '61s', ', patience: 30s')}, ${requests(1, '61s', ', patience: 62s')}`,
      pools,
      routing,
    });
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'abandoned', 'abandoned']);
  });
});
