/** Deadlines: small scenarios whose outcome follows by hand, one for each place in which a request can be given up. */
import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

/** Steps of 10 ms, KV in blocks of one token. */
const engine = (capacity: number, more = '') =>
  `{ kind: continuous-batching, kv: { capacityTokens: ${capacity}, blockSize: 1 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0ms }${more} }`;
const slots = (time: string) =>
  `{ kind: slots, concurrency: 1, serviceTime: { kind: constant, value: ${time} } }`;

const text = (requests: string, deadline: string, serving: string, more = '', gateway = '{}') => `
fleetyield: 1
name: deadlines
horizon: { duration: 1h }
workload:
  tiers:
    - { name: all, model: m, arrivals: { kind: replay, requests: [${requests}] }, deadline: { kind: constant, value: ${deadline} }${more} }
fleet: { pools: [{ name: main, model: m, replicas: 1, serving: ${serving} }] }
gateway: ${gateway}
`;
const run = (...parts: Parameters<typeof text>) => runOf(scenarioOf(text(...parts)));
const outcomes = (...parts: Parameters<typeof text>) => run(...parts).stories.map(({ outcome }) => outcome);

describe('a request that is not finished by its deadline', () => {
  test('leaves an engine with what it has, and its KV is free when the step in progress ends', () => {
    // Tokens at 10 and 20 ms; given up at 25; the KV is free at 30, a millisecond after the second, which waits for it, is
    // given up.
    const { stories, ledger } = run(
      '{ at: 0s, prompt: 60, output: 40 }, { at: 4ms, prompt: 60, output: 2 }',
      '25ms',
      engine(100),
    );
    expect(stories.map(({ outcome, outputDone }) => [outcome, outputDone])).toEqual([
      ['abandoned', 2],
      ['abandoned', 0],
    ]);
    expect(stories[1]!.admittedAt).toBeNaN();
    const flow = (counter: Parameters<typeof ledger.flowTotal>[0]) => ledger.flowTotal(counter, 0, 0);
    expect(
      ['cancelled', 'cancelledPromptTokens', 'cancelledOutputTokens', 'outputTokens'].map((c) =>
        flow(c as never),
      ),
    ).toEqual([1, 60, 2, 0]);
    // Three steps of 10 ms: the last was in progress.
    expect(ledger.shape.pools[0]).toMatchObject({ steps: 3 });
    expect(ledger.shape.pools[0]!.busySeconds).toBeCloseTo(0.03, 9);
  });

  test('frees its slot for the next request at the end of the step', () => {
    const { stories } = run(
      '{ at: 0s, prompt: 60, output: 40 }, { at: 5ms, prompt: 60, output: 2 }',
      '45ms',
      engine(100),
    );
    // Given up at 45 ms; at 50 ms the second, whose own deadline is 50 ms, joins and is given up at once: the boundary of
    // an instant comes before its deadline.
    expect(stories[1]).toMatchObject({ outcome: 'abandoned', outputDone: 0 });
    expect(stories[1]!.admittedAt).toBeCloseTo(0.05, 9);
  });

  test('is served when its last token comes with the deadline, and not when it comes after', () => {
    expect(outcomes('{ at: 0s, prompt: 5, output: 2 }', '20ms', engine(100))).toEqual(['served']);
    expect(outcomes('{ at: 0s, prompt: 5, output: 3 }', '20ms', engine(100))).toEqual(['abandoned']);
  });

  test('that is still read is no work to bill', () => {
    const { stories, ledger } = run(
      '{ at: 0s, prompt: 60, output: 4 }',
      '15ms',
      engine(100, ', maxBatchedTokens: 20'),
    );
    expect(stories[0]).toMatchObject({ outcome: 'abandoned', outputDone: 0 });
    expect(ledger.flowTotal('cancelledPromptTokens', 0, 0)).toBe(0);
  });

  test('leaves a slot at once, and its end does not end the request that reuses its row', () => {
    // Both take 3 s. The first is given up at 2 s; the second, which takes its row and its slot at 2.5, is not finished at
    // 3 s, when the first would have been, and is given up at 4.5.
    const both = run('{ at: 0s }, { at: 2500ms }', '2s', slots('3s'));
    expect(both.stories.map(({ outcome }) => outcome)).toEqual(['abandoned', 'abandoned']);
    expect(both.stories[1]!.admittedAt).toBeCloseTo(2.5, 9);
    expect(both.ledger.shape.pools[0]!.busySeconds).toBeCloseTo(4, 9);
  });

  test('leaves the queue in which it waits', () => {
    const { stories } = run('{ at: 0s }, { at: 0s }, { at: 1500ms }', '2s', slots('1900ms'));
    // The second begins at 1.9 s and is given up at 2 s; the third has the slot from then to 3.9 s, and its deadline is 3.5.
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'abandoned', 'abandoned']);
    expect(stories[2]!.admittedAt).toBeCloseTo(2, 9);
  });

  test('leaves the limit that holds it, and the next request moves up', () => {
    const gateway =
      '{ rateLimits: [{ scope: tier, resource: requestsInFlight, algorithm: { kind: concurrency, limit: 1 }, onExceed: { kind: hold } }] }';
    const { stories } = run('{ at: 0s }, { at: 100ms }, { at: 2s }', '2s', slots('2s'), '', gateway);
    // The first is served as its deadline comes, so the second passes at 2 s and is given up at 2.1; the third follows.
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'abandoned', 'abandoned']);
    expect(stories[2]!.admittedAt).toBeCloseTo(2.1, 9);
  });

  test('does not come back once its deadline has passed, nor is it counted twice', () => {
    const { stories } = run(
      '{ at: 0s }, { at: 100ms }',
      '2s',
      slots('1s'),
      ', retries: { maxAttempts: 5, backoff: { base: 5s, jitter: none } }',
      '{ admission: { kind: bounded, maxWaiting: 0 } }',
    );
    expect(stories.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['served', 1],
      ['abandoned', 1],
    ]);
  });

  test('gives back to a limit what it reserved and did not use', () => {
    // 100 tokens of burst and none coming back: 40 + 50 are reserved, 40 + 2 used at 25 ms; 58 are left for the second.
    const gateway =
      '{ rateLimits: [{ scope: tier, resource: totalTokens, algorithm: { kind: token-bucket, perMinute: 0.001, burst: 100 } }] }';
    const second = (output: number) =>
      outcomes(
        `{ at: 0s, prompt: 40, output: 50 }, { at: 30ms, prompt: 40, output: ${output} }`,
        '25ms',
        engine(1_000),
        `, lengths: { maxOutput: { kind: constant, value: 50 } }`,
        gateway.replace('burst: 100 }', `burst: ${output} }`),
      )[1];
    expect(second(132)).toBe('abandoned');
    expect(second(131)).toBe('limited');
  });

  test('is given up on the link between two pools, and in the queue behind it', () => {
    const pools = (latency: string) => `
fleetyield: 1
name: link
horizon: { duration: 1h }
workload: { tiers: [{ name: all, model: m, arrivals: { kind: replay, requests: [{ at: 0s, prompt: 10, output: 9 }, { at: 0s, prompt: 10, output: 9 }] }, deadline: { kind: constant, value: 35ms } }] }
fleet:
  pools:
    - { name: prefill, model: m, replicas: 1, phase: prefill, link: { latency: ${latency} }, serving: ${engine(100)} }
    - { name: decode, model: m, replicas: 1, phase: decode, serving: ${engine(100, ', maxSequences: 1')} }
`;
    // First tokens at 10 ms. Over a slow link both are still on their way at 35 ms; over a fast one the first decodes at 20
    // and 30 ms, and the second waits.
    for (const [latency, done] of [
      ['50ms', [1, 1]],
      ['0s', [3, 1]],
    ] as const) {
      const { stories, ledger } = runOf(scenarioOf(pools(latency)));
      expect(stories.map(({ outcome, outputDone }) => [outcome, outputDone])).toEqual(
        done.map((tokens) => ['abandoned', tokens]),
      );
      expect(ledger.flowTotal('cancelledPromptTokens', 0, 0)).toBe(20);
    }
  });
});
