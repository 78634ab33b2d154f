/**
 * Token buckets on arrivals at fixed times (oracles E08 and E09), run through the engine. Levels are not shown from
 * outside: a level is read by sending, at the same instant, a request that needs just that much, and one that needs more.
 */
import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, oracle } from '../helpers/shared.ts';
import { runOf } from '../helpers/story.ts';

interface Sent {
  readonly at: number;
  /** Tokens in all: one of output, the rest prompt. */
  readonly tokens: number;
}

function storiesOf(requests: readonly Sent[], rateLimits: string, retries = '') {
  const rows = requests.map(({ at, tokens }) => `{ at: ${at}s, prompt: ${tokens - 1}, output: 1 }`);
  return runOf(
    scenarioOf(`
fleetyield: 1
name: bucket
horizon: { duration: 60s }
workload:
  tiers:
    - { name: all, model: any, arrivals: { kind: replay, requests: [${rows.join(', ')}] }${retries} }
fleet:
  pools:
    - { name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1000, serviceTime: { kind: constant, value: 30s } } }
gateway: { rateLimits: [${rateLimits}] }
`),
  ).stories;
}

const passed = (stories: readonly { readonly outcome: string }[]): number[] =>
  stories.map(({ outcome }) => (outcome === 'limited' ? 0 : 1));

describe('a bucket of 10 that refills by 2 a second, sent 20 requests at once (E08)', () => {
  const BUCKET =
    '{ scope: everyone, resource: requests, algorithm: { kind: token-bucket, perSecond: 2, burst: 10 } }';
  const burst = Array.from({ length: 20 }, () => ({ at: 0, tokens: 2 }));

  test('lets the first 10 pass and refuses the other 10', () => {
    expect(passed(storiesOf(burst, BUCKET))).toEqual([
      ...Array<number>(10).fill(1),
      ...Array<number>(10).fill(0),
    ]);
  });

  test('releases clients that honour Retry-After as a shaper would: one each half second until 5 s', () => {
    const patient =
      ', retries: { maxAttempts: 100, backoff: { base: 1ms, factor: 1, jitter: none }, honourRetryAfter: true }';
    const stories = storiesOf(burst, BUCKET, patient);
    const released = stories.map(({ attemptAt }) => attemptAt).sort((a, b) => a - b);
    // 10 at once, then the k-th of the others at k ÷ 2 s; mean (0.5 + 1 + … + 5) ÷ 20 = 27.5 ÷ 20.
    released.forEach((at, n) => expect(at).toBeCloseTo(n < 10 ? 0 : (n - 9) / 2, 9));
    expect(released.reduce((sum, at) => sum + at, 0) / 20).toBeCloseTo(1.375, 9);
    expect(passed(stories)).toEqual(Array(20).fill(1));
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    expect(oracle('E08').metrics).toEqual({
      accepted_drop: 10,
      rejected_drop: 10,
      last_release_shape: 5,
      mean_release_delay_shape: 1.375,
    });
  });
});

describe('two buckets, 3 requests refilled by 1 a second and 1000 tokens refilled by 100 a second (E09)', () => {
  const BUCKETS = [
    '{ scope: everyone, resource: requests, algorithm: { kind: token-bucket, perSecond: 1, burst: 3 } }',
    '{ scope: everyone, resource: totalTokens, algorithm: { kind: token-bucket, perSecond: 100, burst: 1000, settle: pre } }',
  ].join(', ');
  const sent: readonly Sent[] = [
    { at: 0, tokens: 400 },
    { at: 0, tokens: 400 },
    { at: 1, tokens: 400 },
    { at: 1, tokens: 100 },
  ];
  const ADMITTED = [1, 1, 0, 1];
  // 1000 − 400 = 600, − 400 = 200; a second later 300, too little for 400 and nothing taken; − 100 = 200.
  const TOKENS_LEFT = [600, 200, 300, 200];
  // 3 − 1 = 2, − 1 = 1; a second later 2, of which the refused request takes none; − 1 = 1.
  const REQUESTS_LEFT = [2, 1, 2, 1];

  test('admit the first, the second and the fourth', () => {
    expect(passed(storiesOf(sent, BUCKETS))).toEqual(ADMITTED);
  });

  test.each([0, 1, 2, 3])(
    'have what the arithmetic leaves after request %i, and nothing is taken in part',
    (n) => {
      const before = sent.slice(0, n + 1);
      const { at } = sent[n]!;
      const probe = (tokens: number) => passed(storiesOf([...before, { at, tokens }], BUCKETS)).at(-1);
      expect(probe(TOKENS_LEFT[n]!)).toBe(1);
      expect(probe(TOKENS_LEFT[n]! + 1)).toBe(0);
      const small = Array.from({ length: 5 }, () => ({ at, tokens: 2 }));
      const admitted = passed(storiesOf([...before, ...small], BUCKETS)).slice(n + 1);
      expect(admitted.reduce((sum, one) => sum + one, 0)).toBe(REQUESTS_LEFT[n]);
    },
  );

  test.skipIf(NO_ORACLES !== null)(`have the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    expect(oracle('E09').metrics).toEqual({
      admitted: ADMITTED,
      tpm_level_after: TOKENS_LEFT,
      rpm_level_after: REQUESTS_LEFT,
    });
  });
});
