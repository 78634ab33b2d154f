/** Small scenarios whose outcome follows by hand, one for each rule that spans gateway, queue and engine. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const KV_ENGINE = (capacity: number, more = '') =>
  `{ kind: continuous-batching, maxSequences: 64, kv: { capacityTokens: ${capacity}, blockSize: 1 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0ms, perSequence: 0ms, perKvToken: 0ms, perPrefillContext: 0ms }${more} }`;
const SLOT = '{ kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1ms } }';

interface Parts {
  readonly tiers: readonly string[];
  readonly pools?: readonly string[];
  readonly gateway?: string;
  readonly more?: string;
}

const textOf = ({
  tiers,
  pools = [`{ name: main, model: m, replicas: 1, serving: ${SLOT} }`],
  gateway = '{}',
  more = '',
}: Parts) => `
fleetyield: 1
name: story
horizon: { duration: 1h }
workload: { tiers: [${tiers.join(', ')}] }
fleet: { pools: [${pools.join(', ')}] }
gateway: ${gateway}
${more}`;
const tier = (name: string, requests: string, more = '') =>
  `{ name: ${name}, model: m, arrivals: { kind: replay, requests: [${requests}] }${more} }`;
const outcomes = (parts: Parts) => runOf(scenarioOf(textOf(parts))).stories.map(({ outcome }) => outcome);

describe('the prefix cache', () => {
  /** Blocks of 4 tokens; a prompt token takes 1 ms on top of a step's 10 ms. */
  const engine = (blocks: number, more = '') =>
    `{ kind: continuous-batching, kv: { capacityTokens: ${4 * blocks}, blockSize: 4 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 1ms }${more} }`;
  const lastOf = (requests: string, serving: string) => {
    const pools = [`{ name: main, model: m, replicas: 1, serving: ${serving} }`];
    const { stories, ledger } = runOf(scenarioOf(textOf({ tiers: [tier('all', requests)], pools })));
    const { cachedTokens, firstTokenAt, arrivedAt } = stories.at(-1)!;
    return { cachedTokens, ttft: firstTokenAt - arrivedAt, billed: ledger.flowTotal('cachedTokens', 0, 0) };
  };
  const first = '{ at: 0s, prompt: 10, output: 3, session: a }';

  test('spares a session the whole blocks of its context, and bills them as cached', () => {
    // 10 + 3 tokens, of which the last has no KV yet: 12 are in three whole blocks. 8 of 20 are read.
    const { cachedTokens, ttft, billed } = lastOf(
      `${first}, { at: 1s, prompt: 20, output: 1, session: a }`,
      engine(100),
    );
    expect({ cachedTokens, billed }).toEqual({ cachedTokens: 12, billed: 12 });
    expect(ttft).toBeCloseTo(0.018, 9);
  });

  test('spares nothing to another session, nor where it is off', () => {
    for (const [session, more] of [
      ['b', ''],
      ['a', ', prefixCache: false'],
    ] as const) {
      const found = lastOf(
        `${first}, { at: 1s, prompt: 20, output: 1, session: ${session} }`,
        engine(100, more),
      );
      expect(found.cachedTokens).toBe(0);
      expect(found.ttft).toBeCloseTo(0.03, 9);
    }
  });

  test('gives way to running work, from the end of the context', () => {
    // Four blocks, three of them kept; a prompt of 8 runs on two, so two are left: 8 of 14 tokens are found.
    const { cachedTokens, ttft } = lastOf(
      `${first}, { at: 500ms, prompt: 8, output: 1 }, { at: 1s, prompt: 14, output: 1, session: a }`,
      engine(4),
    );
    expect(cachedTokens).toBe(8);
    expect(ttft).toBeCloseTo(0.016, 9);
  });

  test('forgets the session first that finished longest ago', () => {
    // Six blocks: a and b keep three each, and a prompt of 8 takes two of a's three.
    const sessions = `${first}, { at: 200ms, prompt: 10, output: 3, session: b }, { at: 400ms, prompt: 8, output: 1 }`;
    const next = (session: string) => `${sessions}, { at: 1s, prompt: 14, output: 1, session: ${session} }`;
    expect(lastOf(next('a'), engine(6)).cachedTokens).toBe(4);
    expect(lastOf(next('b'), engine(6)).cachedTokens).toBe(12);
  });
});

describe('pools for prefill and decode', () => {
  const stepTime = (base: string) => `stepTime: { kind: affine, base: ${base}, perPrefillToken: 1ms }`;
  const pools = (decode: string) => [
    `{ name: prefill, model: m, replicas: 1, phase: prefill, link: { latency: 2ms, bytesPerSecond: 1000, bytesPerToken: 1 }, serving: { kind: continuous-batching, kv: { capacityTokens: 1000, blockSize: 1 }, ${stepTime('10ms')} } }`,
    `{ name: decode, model: m, replicas: 1, phase: decode, serving: { kind: continuous-batching, kv: { capacityTokens: ${decode}, blockSize: 1 }, ${stepTime('5ms')} } }`,
  ];
  const of = (requests: string, decode = '1000') =>
    runOf(scenarioOf(textOf({ tiers: [tier('all', requests)], pools: pools(decode) })));
  const times = ({ firstTokenAt, lastTokenAt }: { firstTokenAt: number; lastTokenAt: number }) =>
    [firstTokenAt, lastTokenAt].map((at) => Number((at * 1_000).toFixed(6)));

  test('pass KV over a link that moves one prompt after another', () => {
    // One step of 10 + 10 + 20 ms reads both prompts. The first KV is on the link from 40 to 50 ms, the second from 50 to
    // 70, and each arrives 2 ms later. The first decodes from 52 in steps of 5 ms, the second from 72.
    const { stories, ledger } = of('{ at: 0s, prompt: 10, output: 3 }, { at: 0s, prompt: 20, output: 2 }');
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'served']);
    expect(stories.map(times)).toEqual([
      [40, 62],
      [40, 77],
    ]);
    const tokens = (counter: 'promptTokens' | 'outputTokens') =>
      [0, 1].map((p) => ledger.flowTotal(counter, 0, p));
    expect(tokens('promptTokens')).toEqual([30, 0]);
    expect(tokens('outputTokens')).toEqual([0, 5]);
    // What is between two tokens is: 52 + 5 − 40 and 5 for the first, 77 − 40 for the second.
    expect(ledger.latencies.itl[0]!.moments.sum).toBeCloseTo(0.017 + 0.005 + 0.037, 9);
  });

  test('move the KV of a catalogue model in the precision of its pool', () => {
    // Llama 3.1 8B: 2 x 32 layers x 8 heads x 128 elements; a byte each in fp8, so 65,536 bytes a token.
    const pool = (phase: string, more: string) =>
      `{ name: ${phase}, model: llama-3.1-8b, replicas: 1, phase: ${phase}${more}, serving: { kind: continuous-batching, precision: { kv: fp8 }, kv: { capacityTokens: 1000 }, ${stepTime('5ms')} } }`;
    const { stories } = runOf(
      scenarioOf(
        textOf({
          tiers: [
            tier('all', '{ at: 0s, prompt: 10, output: 2 }').replace('model: m', 'model: llama-3.1-8b'),
          ],
          pools: [pool('prefill', ', link: { latency: 0s, bytesPerSecond: 65536000 }'), pool('decode', '')],
        }),
      ),
    );
    // Read in 5 + 10 ms, moved in 10 x 1 ms, decoded in 5.
    expect(stories.map(times)).toEqual([[15, 30]]);
  });

  test('leave a reply of one token where its prompt was read', () => {
    const { stories, ledger } = of('{ at: 0s, prompt: 10, output: 1 }');
    expect(stories.map(times)).toEqual([[20, 20]]);
    expect(ledger.flowTotal('outputTokens', 0, 0)).toBe(1);
  });

  test('read a prompt again where the decoding one was pre-empted', () => {
    // Both are read by 30. The first decodes from 42; the second joins at 52 with 10 KV tokens beside 12. At 72 the two
    // fill 30, and the second goes with 5 tokens of output. The first has its 20 at 72 + 13 × 5; then the second reads
    // 10 + 5 tokens in 5 + 15 ms, which gives its 6th token, and the other 14 take 5 ms each.
    const { stories } = of('{ at: 0s, prompt: 10, output: 20 }, { at: 0s, prompt: 10, output: 20 }', '30');
    expect(stories.map(times)).toEqual([
      [30, 137],
      [30, 227],
    ]);
    expect(stories.map(({ preemptions }) => preemptions)).toEqual([0, 1]);
  });

  test('refuse what either could never hold', () => {
    const outcome = (prompt: number, output: number) =>
      of(`{ at: 0s, prompt: ${prompt}, output: ${output} }`, '40').stories[0]!.outcome;
    expect(outcome(36, 5)).toBe('served');
    expect(outcome(36, 6)).toBe('failed');
    expect(outcome(1_001, 1)).toBe('failed');
  });
});

describe('a client that honours Retry-After', () => {
  test('is in time when it comes back, whatever the refill', () => {
    // A bucket of one request at 14 a second; pairs 10 ms apart. The second is told to wait the rest of 1 ÷ 14 s, which is
    // no whole number of nanoseconds.
    const pairs = Array.from(
      { length: 100 },
      (_, n) => `{ at: ${n}s }, { at: ${n * 1_000 + 10 + n * 0.0137}ms }`,
    );
    const found = outcomes({
      tiers: [
        tier('all', pairs.join(', '), ', retries: { maxAttempts: 2, backoff: { base: 1ms, jitter: none } }'),
      ],
      gateway:
        '{ rateLimits: [{ scope: tenant, resource: requests, algorithm: { kind: token-bucket, perSecond: 14, burst: 1 } }] }',
    });
    expect(found.filter((outcome) => outcome !== 'served')).toEqual([]);
  });
});

describe('a queue in front of an engine', () => {
  test('is bounded while KV holds it up, though sequence slots are free', () => {
    // KV for one request of 60 tokens at a time; each takes 20 steps. Ten come at once: one runs, two wait.
    const ten = Array.from({ length: 10 }, (_, n) => `{ at: ${n * 15}ms, prompt: 41, output: 20 }`).join(
      ', ',
    );
    const found = outcomes({
      tiers: [tier('all', ten)],
      pools: [`{ name: main, model: m, replicas: 1, serving: ${KV_ENGINE(60)} }`],
      gateway: '{ admission: { kind: bounded, maxWaiting: 2 } }',
    });
    expect(found.slice(0, 4)).toEqual(['served', 'served', 'served', 'shed']);
  });

  test('takes what some pool of the model can hold, with one queue and with one each', () => {
    for (const routing of ['central', 'least-loaded']) {
      const { stories } = runOf(
        scenarioOf(
          textOf({
            tiers: [tier('all', '{ at: 0s, prompt: 500, output: 2 }, { at: 1s, prompt: 1500, output: 2 }')],
            pools: [
              `{ name: small, model: m, replicas: 1, serving: ${KV_ENGINE(100)} }`,
              `{ name: large, model: m, replicas: 1, serving: ${KV_ENGINE(1_000)} }`,
            ],
            gateway: `{ routing: { kind: ${routing} } }`,
          }),
        ),
      );
      expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'failed']);
    }
  });

  test('sheds the last that was never served, past one that was pre-empted', () => {
    // One sequence with priority pre-emption. `lo` runs and loses its place to the first `hi`, `mid` waits; the second `hi`
    // finds the queue full: `lo` has received something and keeps its place, so `mid` goes.
    const { stories } = runOf(
      scenarioOf(
        textOf({
          tiers: [
            tier('lo', '{ at: 0s, prompt: 10, output: 50 }', ', priority: 2'),
            tier('mid', '{ at: 25ms, prompt: 10, output: 5 }', ', priority: 1'),
            tier(
              'hi',
              '{ at: 15ms, prompt: 10, output: 50 }, { at: 35ms, prompt: 10, output: 5 }',
              ', priority: 0',
            ),
          ],
          pools: [
            `{ name: main, model: m, replicas: 1, serving: ${KV_ENGINE(1_000, ', priorityPreemption: true').replace('maxSequences: 64', 'maxSequences: 1')} }`,
          ],
          gateway: '{ admission: { kind: bounded, maxWaiting: 2 }, discipline: { kind: strict-priority } }',
        }),
      ),
    );
    expect(stories.map(({ tier: of, outcome }) => [of, outcome])).toEqual([
      [0, 'served'],
      [2, 'served'],
      [1, 'shed'],
      [2, 'served'],
    ]);
  });
});

describe('degradation', () => {
  test('by waiting time does not take a pre-empted request for one that has waited since it came', () => {
    // Two of 10 + 900 tokens share KV for 1,000 and 10 ms steps: KV is full after some 490 steps, at 4.9 s, and the
    // second is pre-empted until the first is done at 9 s. A third comes at 6 s: no unserved request has waited.
    const { stories } = runOf(
      scenarioOf(
        textOf({
          tiers: [
            tier(
              'all',
              '{ at: 0s, prompt: 10, output: 900 }, { at: 1ms, prompt: 10, output: 900 }, { at: 6s, prompt: 10, output: 900 }',
            ),
          ],
          pools: [`{ name: main, model: m, replicas: 1, serving: ${KV_ENGINE(1_000)} }`],
          gateway:
            '{ degradation: [{ trigger: { kind: load, signal: waiting, above: 3s, below: 1s }, tiers: [all], action: { kind: cap-output, tokens: 5 } }] }',
        }),
      ),
    );
    expect(stories[1]!.preemptions).toBeGreaterThan(0);
    expect(stories[2]!.degraded).toBe(false);
  });

  test('counts only requests that it took something from', () => {
    const { stories } = runOf(
      scenarioOf(
        textOf({
          tiers: [tier('all', '{ at: 0s, output: 10 }, { at: 1s, output: 11 }')],
          gateway:
            "{ degradation: [{ trigger: { kind: clock, windows: ['00:00-24:00'] }, tiers: [all], action: { kind: cap-output, tokens: 10, quality: 0.5 } }] }",
        }),
      ),
    );
    expect(stories.map(({ degraded, quality }) => [degraded, quality])).toEqual([
      [false, 1],
      [true, 0.5],
    ]);
  });
});

describe('what would go wrong in silence', () => {
  test('is a burst that a small cell leaves less than one of', () => {
    const text = `
fleetyield: 1
name: cell
horizon: { duration: 1h }
cell: { share: 0.01 }
workload: { tiers: [{ name: all, tenants: 100, model: m, arrivals: { kind: poisson, ratePerSecond: 100 } }] }
fleet: { pools: [{ name: main, model: m, replicas: 100, serving: ${SLOT} }] }
gateway: { rateLimits: [{ scope: tier, resource: requests, algorithm: { kind: token-bucket, perSecond: 1000, burst: 50 } }] }
`;
    expect(() => scenarioOf(text)).toThrow(InputError);
    expect(() => scenarioOf(text)).toThrow(/gateway\.rateLimits\[0\]\.algorithm\.burst.*at least 100/);
    expect(() => scenarioOf(text, ['gateway.rateLimits[0].algorithm.burst=100'])).not.toThrow();
  });

  test('is a cached prefix of a prompt that is not recorded', () => {
    expect(() => scenarioOf(textOf({ tiers: [tier('all', '{ at: 0s, cached: 50 }')] }))).toThrow(
      /cached.*not recorded/,
    );
  });
});

describe('unit costs', () => {
  test('are those of the GPUs that are simulated', () => {
    const text = textOf({
      tiers: [
        tier(
          'all',
          '{ at: 0s, prompt: 1, output: 1000 }',
          ', revenue: { kind: per-token, inputPerMillion: 0, outputPerMillion: 9 }',
        ),
      ],
      more: 'economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 }, otherRevenueUsdPerYear: 1.0e+6 }',
    });
    const alone = new Estimates(replications(scenarioOf(text), 1));
    const more = new Estimates(replications(scenarioOf(text, ['economics.costs.otherServingGpus=9']), 1));
    // One GPU for one hour at 2 USD, and 1,000 tokens: 2,000 USD a million; nine GPUs more serve something else.
    expect(alone.mean('cost.perMillionOutputTokens')).toBeCloseTo(2_000, 9);
    expect(more.mean('cost.perMillionOutputTokens')).toBeCloseTo(2_000, 9);
    expect(more.mean('cost.serving')).toBeCloseTo(20, 9);
    // 1,000 tokens at 9 USD a million in one GPU-hour; other revenue is not theirs.
    expect(alone.mean('revenue.perGpuHour')).toBeCloseTo(0.009, 12);
  });
});
