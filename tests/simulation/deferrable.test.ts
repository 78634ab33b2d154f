/** Deferrable work: small scenarios whose outcome follows by hand, and a night that it fills. */
import { describe, expect, test } from 'vitest';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Run } from '../helpers/story.ts';

const slots = (concurrency: number) =>
  `{ kind: slots, concurrency: ${concurrency}, serviceTime: { kind: constant, value: 10s } }`;
const ENGINE =
  '{ kind: continuous-batching, maxSequences: 2, kv: { capacityTokens: 1000, blockSize: 1 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0ms } }';

interface Parts {
  readonly chat: string;
  readonly batch: string;
  readonly deferrable?: string;
  readonly serving?: string;
  readonly replicas?: number;
  readonly gateway?: string;
  readonly pools?: string;
}

const textOf = ({
  chat,
  batch,
  deferrable = '{ window: 24h }',
  serving = slots(1),
  replicas = 1,
  gateway = '{}',
  pools = `{ name: main, model: m, replicas: ${replicas}, serving: ${serving} }`,
}: Parts) => `
fleetyield: 1
name: deferrable
horizon: { duration: 1h }
workload:
  tiers:
    - { name: chat, model: m, arrivals: { kind: replay, requests: [${chat}] } }
    - { name: batch, model: m, priority: 1, arrivals: { kind: replay, requests: [${batch}] }, deferrable: ${deferrable} }
fleet: { pools: [${pools}] }
gateway: ${gateway}
`;
const storiesOf = (parts: Parts) => runOf(scenarioOf(textOf(parts))).stories;
/** When the requests of a tier are admitted [s], in order of arrival; −1 for those that never are. */
const admissionsOf = ({ stories }: Run, tier: number) =>
  stories
    .filter((one) => one.tier === tier)
    .map(({ admittedAt }) => (Number.isNaN(admittedAt) ? -1 : Number(admittedAt.toFixed(6))));

describe('a deferrable request', () => {
  test.each(['central', 'least-loaded', 'round-robin'])(
    'starts when no other request waits, and lets later arrivals pass, by %s',
    (routing) => {
      // The slot is taken until 10 s; the second chat request, of 9 s, goes before the batch request of 1 s.
      const run = runOf(
        scenarioOf(
          textOf({
            chat: '{ at: 0s }, { at: 9s }',
            batch: '{ at: 1s }, { at: 2s }',
            gateway: `{ routing: { kind: ${routing} } }`,
          }),
        ),
      );
      expect(admissionsOf(run, 0)).toEqual([0, 10]);
      expect(admissionsOf(run, 1)).toEqual([20, 30]);
    },
  );

  test('starts at once on a replica that is idle, whichever it is', () => {
    for (const routing of ['central', 'round-robin']) {
      const gateway = `{ routing: { kind: ${routing} } }`;
      for (const serving of [slots(1), ENGINE]) {
        const [chat, batch] = storiesOf({
          chat: '{ at: 0s, output: 100 }',
          batch: '{ at: 500ms, output: 2 }',
          serving,
          replicas: 2,
          gateway,
        });
        expect(chat!.admittedAt).toBe(0);
        expect(batch!.admittedAt).toBe(0.5);
      }
    }
  });

  test.each([
    [0.2, 8],
    [0.7, 3],
    [0.75, 3],
    [0, 10],
  ])(
    'leaves a reserve of %d: of ten servers it takes %d, and chat finds the others free',
    (reserve, taken) => {
      const run = runOf(
        scenarioOf(
          textOf({
            chat: Array.from({ length: 10 - taken }, () => '{ at: 5s }').join(', '),
            batch: Array.from({ length: 12 }, () => '{ at: 0s }').join(', '),
            deferrable: `{ window: 24h, reserve: ${reserve} }`,
            serving: slots(10),
          }).replace('requests: []', 'requests: [{ at: 59min }]'),
        ),
      );
      expect(admissionsOf(run, 1).filter((at) => at === 0)).toHaveLength(taken);
      if (taken < 10) expect(admissionsOf(run, 0).every((at) => at === 5)).toBe(true);
    },
  );

  test('leaves a reserve of the KV of an engine: 300 of 1,000 tokens at 0.7', () => {
    // Steps of 10 ms. The first holds 250 tokens, so a second starts; 500 are beyond 300, so the third waits for one to go.
    const run = runOf(
      scenarioOf(
        textOf({
          chat: '{ at: 10s }',
          batch:
            '{ at: 0s, prompt: 250, output: 2 }, { at: 0s, prompt: 250, output: 4 }, { at: 0s, prompt: 1 }',
          deferrable: '{ window: 24h, reserve: 0.7 }',
          serving: ENGINE.replace('maxSequences: 2', 'maxSequences: 100'),
        }),
      ),
    );
    expect(admissionsOf(run, 1)).toEqual([0, 0, 0.02]);
  });

  test('is late, and shed, when its window closes before it is served, waiting or in service', () => {
    // One slot of 10 s: the first is served at 10 s as its window closes, the second is begun then and given up at 11.
    const { stories, ledger } = runOf(
      scenarioOf(
        textOf({
          chat: '{ at: 30min }',
          batch: '{ at: 0s }, { at: 1s, output: 7 }, { at: 1s }',
          deferrable: '{ window: 10s }',
        }),
      ),
    );
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'shed', 'shed', 'served']);
    expect(stories[1]!.admittedAt).toBe(10);
    expect(stories[2]!.admittedAt).toBeNaN();
    expect(ledger.cohortTotal('late', 1)).toBe(2);
    expect(ledger.cohortTotal('attempts', 1)).toBe(3);
    // 10 s of the first, one of the second, 10 of the chat request.
    expect(ledger.shape.pools[0]!.busySeconds).toBeCloseTo(21, 9);
  });

  test('is late between attempts too, and comes back no more', () => {
    const text = textOf({
      chat: '{ at: 30min }',
      batch: '{ at: 0s }, { at: 1s }',
      deferrable: '{ window: 15s }, retries: { maxAttempts: 9, backoff: { base: 60s, jitter: none } }',
      gateway:
        '{ rateLimits: [{ scope: tier, tiers: [batch], resource: requests, algorithm: { kind: token-bucket, perMinute: 1, burst: 1 } }] }',
    });
    const { stories, ledger } = runOf(scenarioOf(text));
    expect(stories.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['served', 1],
      ['shed', 1],
      ['served', 1],
    ]);
    expect(ledger.cohortTotal('late', 1)).toBe(1);
  });

  test('takes no place in a bounded queue, nor is it shed for want of one', () => {
    const run = runOf(
      scenarioOf(
        textOf({
          chat: '{ at: 1s }, { at: 2s }',
          batch: '{ at: 0s }, { at: 0s }, { at: 0s }',
          gateway: '{ admission: { kind: bounded, maxWaiting: 1 } }',
        }),
      ),
    );
    // One batch request is in the slot from 0; the first chat request takes the one place in queue, the second none.
    expect(run.stories.map(({ tier, outcome }) => [tier, outcome])).toEqual([
      [1, 'served'],
      [1, 'served'],
      [1, 'served'],
      [0, 'served'],
      [0, 'shed'],
    ]);
    expect(admissionsOf(run, 0)).toEqual([10, -1]);
    expect(admissionsOf(run, 1)).toEqual([0, 20, 30]);
  });

  test('that finds no KV does not make an engine look full to others', () => {
    // 300 of 1,000 tokens are held when a batch request of 800 finds no room; there are places for a chat request.
    const run = runOf(
      scenarioOf(
        textOf({
          chat: '{ at: 100ms, prompt: 10, output: 5 }',
          batch: '{ at: 0s, prompt: 300, output: 100 }, { at: 20ms, prompt: 800, output: 5 }',
          serving: ENGINE.replace('maxSequences: 2', 'maxSequences: 8'),
          gateway: '{ admission: { kind: bounded, maxWaiting: 0 } }',
        }),
      ),
    );
    expect(run.stories.map(({ tier, outcome }) => [tier, outcome])).toEqual([
      [1, 'served'],
      [1, 'served'],
      [0, 'served'],
    ]);
  });

  test('gives its slot in an engine to a more important request, and resumes later', () => {
    // One sequence at a time, steps of 10 ms: chat comes at 25 ms, has the place from 30 to 50, and batch reads again.
    const run = runOf(
      scenarioOf(
        textOf({
          chat: '{ at: 25ms, prompt: 5, output: 2 }',
          batch: '{ at: 0s, prompt: 5, output: 10 }',
          serving: ENGINE.replace('maxSequences: 2', 'maxSequences: 1, priorityPreemption: true'),
          gateway: '{ discipline: { kind: strict-priority } }',
        }),
      ),
    );
    expect(run.stories.map(({ preemptions, outcome }) => [preemptions, outcome])).toEqual([
      [1, 'served'],
      [0, 'served'],
    ]);
    expect(admissionsOf(run, 0)).toEqual([0.03]);
    // Three tokens by 30 ms, and the other seven from 50 ms on.
    expect(run.stories[0]!.lastTokenAt).toBeCloseTo(0.12, 9);
  });

  test('is read by one pool and written by another', () => {
    // Steps of 10 ms: read from 20 ms on, when the chat request's prompt, of two steps, is; and written from 30 ms on.
    const serving = ENGINE.replace('maxSequences: 2', 'maxSequences: 2, maxBatchedTokens: 8');
    const text = textOf({
      chat: '{ at: 0s, prompt: 16, output: 2 }',
      batch: '{ at: 1ms, prompt: 5, output: 4 }',
      pools: `{ name: reads, model: m, replicas: 1, phase: prefill, link: { latency: 0s }, serving: ${serving} }, { name: writes, model: m, replicas: 1, phase: decode, serving: ${serving} }`,
    });
    const run = runOf(scenarioOf(text));
    expect(admissionsOf(run, 1)).toEqual([0.02]);
    expect(run.stories.map(({ outcome }) => outcome)).toEqual(['served', 'served']);
    expect(run.stories[1]!.lastTokenAt).toBeCloseTo(0.06, 9);
  });

  test('of several tiers goes by priority, and of equals whose window closes first', () => {
    const text = `
fleetyield: 1
name: order
horizon: { duration: 1h }
workload:
  tiers:
    - { name: chat, model: m, arrivals: { kind: replay, requests: [{ at: 0s }] } }
    - { name: slow, model: m, priority: 1, arrivals: { kind: replay, requests: [{ at: 1s }] }, deferrable: { window: 24h } }
    - { name: fast, model: m, priority: 1, arrivals: { kind: replay, requests: [{ at: 2s }] }, deferrable: { window: 1h } }
    - { name: last, model: m, priority: 2, arrivals: { kind: replay, requests: [{ at: 1s }] }, deferrable: { window: 10min } }
fleet: { pools: [{ name: main, model: m, replicas: 1, serving: ${slots(1)} }] }
`;
    const run = runOf(scenarioOf(text));
    expect([2, 1, 3].map((tier) => admissionsOf(run, tier)[0])).toEqual([10, 20, 30]);
  });
});

describe('a deferrable tier', () => {
  const faulty = (more: string, priority = 1) =>
    textOf({ chat: '{ at: 0s }', batch: '{ at: 0s }' }).replace(
      'priority: 1, arrivals',
      `priority: ${priority}, ${more}arrivals`,
    );

  test('is refused with a patience or a deadline, and before others', () => {
    expect(() => scenarioOf(faulty('patience: { kind: constant, value: 1s }, '))).toThrow(
      /workload\.tiers\[1\]\.patience.*deferrable/,
    );
    expect(() => scenarioOf(faulty('deadline: { kind: constant, value: 1s }, '))).toThrow(
      /workload\.tiers\[1\]\.deadline.*deferrable/,
    );
    expect(() => scenarioOf(faulty('', 0))).toThrow(/workload\.tiers\[1\]\.priority.*write 1 or more/);
  });
});

describe('a backlog', () => {
  const morning = (batch: string) => `
fleetyield: 1
name: morning
horizon: { start: Tue 06:00, duration: 6h }
workload:
  tiers:
    - name: chat
      model: m
      arrivals: { kind: nonhomogeneous, ratePerSecond: 0.5, hourOfDay: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }
      lengths: { prompt: { kind: lognormal, mean: 600, cv: 1 }, output: { kind: exponential, mean: 200 } }
${batch}
fleet: { pools: [{ name: main, model: m, replicas: 1, serving: { kind: continuous-batching, maxSequences: 64, kv: { capacityTokens: 60000 }, stepTime: { kind: affine, base: 20ms, perPrefillToken: 0.02ms, perSequence: 0.1ms, perKvToken: 0.0001ms } } }] }
gateway: { discipline: { kind: strict-priority } }
`;
  const BATCH = `
    - name: batch
      model: m
      priority: 1
      deferrable: { window: 24h }
      arrivals: { kind: poisson, ratePerSecond: 3 }
      lengths: { prompt: { kind: exponential, mean: 600 }, output: { kind: exponential, mean: 300 } }`;

  const SLOW = ENGINE.replace('10ms', '30ms').replace('1000', '20000');

  test('is what came into it: served, late, or waiting still', () => {
    for (const [routing, serving] of [
      ['central', slots(3)],
      ['power-of-two', slots(3)],
      ['central', SLOW],
      ['least-loaded', SLOW],
    ] as const) {
      const text = `
fleetyield: 1
name: conservation
horizon: { duration: 30min }
workload:
  tiers:
    - { name: chat, model: m, arrivals: { kind: poisson, ratePerSecond: 0.3 }, lengths: { prompt: { kind: exponential, mean: 200 }, output: { kind: exponential, mean: 400 } } }
    - { name: batch, model: m, priority: 1, arrivals: { kind: poisson, ratePerSecond: 1 }, lengths: { prompt: { kind: exponential, mean: 200 }, output: { kind: exponential, mean: 400 } }, deferrable: { window: 3min, reserve: 0.4 } }
fleet: { pools: [{ name: main, model: m, replicas: 2, serving: ${serving} }] }
gateway: { routing: { kind: ${routing} }, discipline: { kind: strict-priority } }
`;
      const { ledger } = runOf(scenarioOf(text));
      const count = (name: Parameters<typeof ledger.cohortTotal>[0]) => ledger.cohortTotal(name, 1);
      expect(count('late')).toBeGreaterThan(20);
      expect(count('served')).toBeGreaterThan(20);
      expect(count('unfinished')).toBeGreaterThan(20);
      expect(count('served') + count('late') + count('unfinished')).toBe(count('arrived'));
      expect(count('shed')).toBe(count('late'));
    }
  });

  test('fills the valleys of a morning, and a chat request finds its place in the second step from its arrival', () => {
    const [alone, filled] = ['', BATCH].map(
      (batch) => new Estimates(replications(scenarioOf(morning(batch)), 1)),
    );
    // Chat comes in three of six hours.
    expect(alone!.mean('utilisation.busy')).toBeLessThan(0.55);
    expect(filled!.mean('utilisation.busy')).toBeGreaterThan(0.97);
    expect(filled!.mean('requests.served', 'tier:chat')).toBeGreaterThan(4_000);
    expect(filled!.mean('requests.served', 'tier:batch')).toBeGreaterThan(20_000);
    // A step is 20 + 8,192 × 0.02 + 64 × 0.1 + 60,000 × 0.0001 = 197 ms at most: the one in progress, and its own.
    expect(filled!.mean('ttft.p99', 'tier:chat')).toBeLessThan(2 * 0.197);
    expect(filled!.mean('wait.p99', 'tier:chat')).toBeLessThan(0.197);
  });
});
