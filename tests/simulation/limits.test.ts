/**
 * What becomes of requests that exceed a rate limit, in small scenarios worked out by hand: held in order and let go at
 * the instant at which they conform, downgraded uncounted, or kept to a number in flight that comes back however they end.
 */
import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Story } from '../helpers/story.ts';

interface Sent {
  readonly at: number;
  readonly prompt?: number;
  readonly cached?: number;
  readonly patience?: string;
  readonly tenant?: string;
}

/** Requests sent to one rule or more, before slots that serve each for so many seconds. */
function storiesOf(
  sent: readonly Sent[],
  rateLimits: string,
  { service = 10, slots = 100, gateway = '', tier = '', horizon = 'duration: 3h' } = {},
): readonly Story[] {
  const requests = sent.map(
    ({ at, prompt = 1, cached = 0, patience, tenant }) =>
      `{ at: ${at}s, prompt: ${prompt}, cached: ${cached}, output: 1${patience === undefined ? '' : `, patience: ${patience}`}${tenant === undefined ? '' : `, tenant: ${tenant}`} }`,
  );
  const pool = (model: string) =>
    `{ name: ${model}, model: ${model}, replicas: 1, serving: { kind: slots, concurrency: ${slots}, serviceTime: { kind: constant, value: ${service}s } } }`;
  return runOf(
    scenarioOf(`
fleetyield: 1
name: limits
horizon: { ${horizon} }
workload:
  tiers:
    - { name: all, model: large, tenants: 2, arrivals: { kind: replay, requests: [${requests.join(', ')}] }${tier} }
fleet: { pools: [${pool('large')}, ${pool('small')}] }
gateway: { rateLimits: [${rateLimits}]${gateway} }
`),
  ).stories;
}

const admissions = (stories: readonly Story[]) => stories.map(({ admittedAt }) => admittedAt);
const outcomes = (stories: readonly Story[]) => stories.map(({ outcome }) => outcome);
const at = (...instants: readonly number[]) => instants.map((instant) => ({ at: instant }));

describe('a limit that holds', () => {
  const requests = (algorithm: string) =>
    `{ scope: everyone, resource: requests, algorithm: ${algorithm}, onExceed: { kind: hold } }`;
  const HUNDRED =
    '{ scope: everyone, resource: inputTokens, algorithm: { kind: token-bucket, perSecond: 10, burst: 100 }, onExceed: { kind: hold } }';

  test('shapes 20 requests at once: 10 pass, then the k-th of the others at k ÷ 2 s (E08), on one attempt each', () => {
    for (const kind of ['token-bucket', 'gcra']) {
      const stories = storiesOf(
        at(...Array<number>(20).fill(0)),
        requests(`{ kind: ${kind}, perSecond: 2, burst: 10 }`),
      );
      admissions(stories).forEach((when, n) => expect(when, kind).toBeCloseTo(n < 10 ? 0 : (n - 9) / 2, 8));
      expect(stories.every(({ attempts, attemptAt }) => attempts === 1 && attemptAt === 0)).toBe(true);
    }
  });

  test('lets no request overtake: one that needs less waits behind one that needs more', () => {
    // 100 − 100 = 0; at 1 s 10 are there and 50 wanted: at 5 s. At 2 s 20 would do for 10, but at 5 s all is gone: at 6 s.
    const stories = storiesOf(
      [
        { at: 0, prompt: 100 },
        { at: 1, prompt: 50 },
        { at: 2, prompt: 10 },
      ],
      HUNDRED,
    );
    admissions(stories).forEach((when, n) => expect(when).toBeCloseTo([0, 5, 6][n]!, 8));
  });

  test('loses a client that loses patience, and checks the next request at once', () => {
    const stories = storiesOf(
      [
        { at: 0, prompt: 100 },
        { at: 1, prompt: 50, patience: '2s' },
        { at: 2, prompt: 10, patience: '100s' },
      ],
      HUNDRED,
    );
    expect(outcomes(stories)).toEqual(['served', 'abandoned', 'served']);
    // At 3 s the second leaves, and 30 are there for the third.
    expect(stories[2]!.admittedAt).toBe(3);
  });

  test('refuses a request that can never conform, and holds none behind it', () => {
    const stories = storiesOf(
      [
        { at: 0, prompt: 101 },
        { at: 0, prompt: 100 },
      ],
      HUNDRED,
    );
    expect(outcomes(stories)).toEqual(['limited', 'served']);
  });

  test('holds each tenant in a queue of its own', () => {
    const rule = requests('{ kind: sliding-window, limit: 1, window: 1min }').replace('everyone', 'tenant');
    const stories = storiesOf(
      ['a', 'a', 'b', 'a'].map((tenant, n) => ({ at: n, tenant })),
      rule,
    );
    expect(admissions(stories)).toEqual([0, 60, 2, 120]);
  });

  test('on requests in flight is a queue before so many servers', () => {
    const one =
      '{ scope: everyone, resource: requestsInFlight, algorithm: { kind: concurrency, limit: 1 }, onExceed: { kind: hold } }';
    expect(admissions(storiesOf(at(0, 1, 2), one))).toEqual([0, 10, 20]);
  });

  test('on tokens in flight reserves what each may use, and lets pass as many as that leaves room for', () => {
    const bound = (limit: number) =>
      `{ scope: everyone, resource: outputTokens, algorithm: { kind: concurrency, limit: ${limit}, undeclaredMaxOutput: 3 }, onExceed: { kind: hold } }`;
    // Three tokens each, of 10 s: two at a time fit in 8, and three in 9.
    expect(admissions(storiesOf(at(0, 1, 2), bound(8)))).toEqual([0, 1, 10]);
    expect(admissions(storiesOf(at(0, 1, 2), bound(9)))).toEqual([0, 1, 2]);
  });

  test('beside another passes a request that conforms to both, whichever held it', () => {
    const two = [
      requests('{ kind: fixed-window, limit: 2, window: 1min }'),
      requests('{ kind: concurrency, limit: 1 }'),
    ].join(', ');
    // One in flight for 10 s, two a minute: 0 and 10 s, then the turns of the minute.
    expect(admissions(storiesOf(at(0, 0, 0, 0, 0), two))).toEqual([0, 10, 60, 70, 120]);
  });

  test('counts the time at the gateway as waiting, and a request that waited as having waited', () => {
    const { ledger } = runOf(
      scenarioOf(`
fleetyield: 1
name: held
horizon: { duration: 100s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: replay, requests: [{ at: 0s, prompt: 1, output: 1 }, { at: 0s, prompt: 1, output: 1 }] } }] }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 9, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { rateLimits: [${requests('{ kind: fixed-window, limit: 1, window: 40s }')}] }
`),
    );
    // One waits 40 s of 100 s; one is served at once.
    expect(ledger.meanWaiting[0]).toBeCloseTo(0.4, 9);
    expect(ledger.timeInQueue[0]!.sum).toBeCloseTo(40, 9);
    expect(ledger.cohortTotal('entered', null) - ledger.cohortTotal('enteredWithoutWait', null)).toBe(1);
  });
});

describe('a limit that downgrades', () => {
  const quota =
    '{ scope: tenant, resource: requests, algorithm: { kind: quota, limit: 2, window: 1h }, onExceed: { kind: downgrade, model: small, quality: 0.8 } }';
  const granted = (stories: readonly Story[]) => stories.map(({ grantedModel }) => grantedModel);

  test('serves with the smaller model beyond it, keeps what was declared, and counts the request as degraded', () => {
    const stories = storiesOf(at(0, 1, 2), quota);
    expect(outcomes(stories)).toEqual(['served', 'served', 'served']);
    expect(granted(stories)).toEqual([0, 0, 1]);
    expect(stories.map(({ model }) => model)).toEqual([0, 0, 0]);
    expect(stories.map(({ degraded }) => degraded)).toEqual([false, false, true]);
    expect(stories.map(({ quality }) => quality)).toEqual([1, 1, 0.8]);
  });

  test('does not count what it downgraded: an hour after the first two, two more are served whole', () => {
    expect(granted(storiesOf(at(0, 1, 1_800, 1_801, 3_601, 3_602, 3_603), quota))).toEqual([
      0, 0, 1, 1, 0, 0, 1,
    ]);
  });

  test('does not help against a rule that refuses', () => {
    const refusing =
      '{ scope: tenant, resource: requests, algorithm: { kind: quota, limit: 3, window: 1h } }';
    const stories = storiesOf(at(0, 1, 2, 3), `${quota}, ${refusing}`);
    expect(outcomes(stories)).toEqual(['served', 'served', 'served', 'limited']);
  });

  test('beside a degradation to the same model lowers the quality once', () => {
    const degradation =
      ', degradation: [{ trigger: { kind: clock, windows: ["00:00-24:00"] }, tiers: [all], action: { kind: smaller-model, model: small, quality: 0.7 } }]';
    const stories = storiesOf(at(0, 1, 2), quota, { gateway: degradation });
    expect(stories.map(({ quality }) => quality)).toEqual([0.7, 0.7, 0.8]);
  });

  test('of tokens does not charge afterwards what it let pass beyond it', () => {
    const post =
      '{ scope: tenant, resource: inputTokens, algorithm: { kind: quota, limit: 100, window: 1h, settle: post }, onExceed: { kind: downgrade, model: small } }';
    const stories = storiesOf(
      [0, 20, 40, 3_615].map((when) => ({ at: when, prompt: 100 })),
      post,
    );
    // The first ends at 10 s and is charged until 3,610 s; those at 20 and 40 s are not, so the last is whole.
    expect(granted(stories)).toEqual([0, 1, 1, 0]);
  });
});

describe('a limit by the calendar', () => {
  const HOUR = 3_600;

  test('of two a month starts anew with March, 36 h after noon of 28 February of a leap year', () => {
    const rule =
      '{ scope: everyone, resource: requests, algorithm: { kind: fixed-window, limit: 2, window: 1month }, onExceed: { kind: hold } }';
    const horizon = (start: string) => ({ horizon: `start: ${start}, duration: 5d` });
    const sent = at(0, 1, 2, 3);
    expect(admissions(storiesOf(sent, rule, horizon('2028-02-28 12:00')))).toEqual([
      0,
      1,
      36 * HOUR,
      36 * HOUR,
    ]);
    expect(admissions(storiesOf(sent, rule, horizon('2026-02-28 12:00')))).toEqual([
      0,
      1,
      12 * HOUR,
      12 * HOUR,
    ]);
  });

  test('brings a client that honours Retry-After back on Sunday at nine', () => {
    const rule =
      '{ scope: everyone, resource: requests, algorithm: { kind: fixed-window, limit: 1, window: 1week, from: "Sun 09:00" } }';
    const tier =
      ', retries: { maxAttempts: 2, backoff: { base: 1ms, jitter: none }, honourRetryAfter: true }';
    const stories = storiesOf(at(0, 60), rule, { tier, horizon: 'start: Sat 20:00, duration: 2d' });
    expect(stories[1]).toMatchObject({ outcome: 'served', attempts: 2, attemptAt: 13 * HOUR });
  });
});

describe('a limit on tokens that are not cached', () => {
  const limited = (resource: string) =>
    storiesOf(
      [0, 1, 2, 3, 4].map((when) => ({ at: when, prompt: 400, cached: 300 })),
      `{ scope: everyone, resource: ${resource}, algorithm: { kind: fixed-window, limit: 400, window: 1min } }`,
    ).filter(({ outcome }) => outcome === 'served').length;

  test('lets as many pass as their other tokens do: 400 ÷ 100 instead of 400 ÷ 400', () => {
    expect(limited('inputTokens')).toBe(1);
    expect(limited('uncachedInputTokens')).toBe(4);
  });

  /** Blocks of 4 tokens: the turns have 10, 23 and 36 prompt tokens, of which 0, 12 and 24 are found. */
  const turns = (resource: string, limit: number, settle = 'reserve') =>
    runOf(
      scenarioOf(`
fleetyield: 1
name: turns
horizon: { duration: 20s }
workload:
  tiers:
    - name: all
      model: m
      arrivals: { kind: replay, requests: [{ at: 0s }] }
      session: { turns: { kind: constant, value: 3 }, think: { kind: constant, value: 1s } }
      lengths: { prompt: { kind: constant, value: 10 }, output: { kind: constant, value: 3 } }
fleet: { pools: [{ name: main, model: m, replicas: 1, serving: { kind: continuous-batching, kv: { capacityTokens: 400, blockSize: 4 }, stepTime: { kind: affine, base: 10ms } } }] }
gateway: { rateLimits: [{ scope: tenant, resource: ${resource}, algorithm: { kind: sliding-window, limit: ${limit}, window: 1min, settle: ${settle} } }] }
`),
    ).stories.map(({ outcome }) => outcome);

  test('asks for the whole prompt of a turn and refunds what its replica had of the session', () => {
    // The third asks for 36 where 10 + 11 are used; without a refund 10 + 23 would be.
    expect(turns('uncachedInputTokens', 57)).toEqual(['served', 'served', 'served']);
    expect(turns('uncachedInputTokens', 56)).toEqual(['served', 'served', 'limited']);
    expect(turns('inputTokens', 69)).toEqual(['served', 'served', 'served']);
    expect(turns('inputTokens', 68)).toEqual(['served', 'served', 'limited']);
  });

  test('debited after asks for nothing: the third passes while 10 + 11 are less than all', () => {
    expect(turns('uncachedInputTokens', 22, 'post')).toEqual(['served', 'served', 'served']);
    expect(turns('uncachedInputTokens', 21, 'post')).toEqual(['served', 'served', 'limited']);
  });
});

describe('a limit on requests in flight', () => {
  const two = '{ scope: everyone, resource: requestsInFlight, algorithm: { kind: concurrency, limit: 2 } }';

  test('refuses the third, and lets another in when one has ended', () => {
    expect(outcomes(storiesOf(at(0, 0, 0, 10.5), two))).toEqual(['served', 'served', 'limited', 'served']);
  });

  test('gets back the place of a request that is given up or shed', () => {
    const oneSlot = { slots: 1 };
    const sent = [{ at: 0 }, { at: 0, patience: '1s' }, { at: 0.5 }, { at: 2 }, { at: 3 }];
    expect(outcomes(storiesOf(sent, two, oneSlot))).toEqual([
      'served',
      'abandoned',
      'limited',
      'served',
      'limited',
    ]);
    const noQueue = { slots: 1, gateway: ', admission: { kind: bounded, maxWaiting: 0 }' };
    expect(outcomes(storiesOf(at(0, 1, 2, 3), two, noQueue))).toEqual(['served', 'shed', 'shed', 'shed']);
  });

  test('names no instant: a client who honours Retry-After comes back after its own backoff', () => {
    const tier = ', retries: { maxAttempts: 2, backoff: { base: 7s, jitter: none }, honourRetryAfter: true }';
    const stories = storiesOf(at(0, 0, 5), two, { tier });
    expect(stories[2]!).toMatchObject({ outcome: 'served', attempts: 2, attemptAt: 12 });
  });
});

describe('Retry-After', () => {
  test.each([
    ['fixed-window, limit: 1, window: 1min', 60],
    ['sliding-window, limit: 1, window: 1min', 65],
    ['quota, limit: 1, window: 1h', 3_605],
    ['quota, limit: 1, window: 1h, resets: first-use', 3_605],
    ['gcra, perMinute: 3, burst: 1', 25],
  ])('of %s brings a client that honours it back when it conforms', (algorithm, when) => {
    const tier =
      ', retries: { maxAttempts: 2, backoff: { base: 1ms, jitter: none }, honourRetryAfter: true }';
    const rule = `{ scope: everyone, resource: requests, algorithm: { kind: ${algorithm} } }`;
    const stories = storiesOf(at(5, 6), rule, { tier });
    expect(stories[1]!).toMatchObject({ outcome: 'served', attempts: 2, attemptAt: when });
  });
});
