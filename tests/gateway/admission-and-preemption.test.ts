/**
 * What admission lets in where service pre-empts: a request that takes the place of a less important one does not wait, so
 * no bound on waiting sheds it, whatever the rule; and the one that it takes the place of is not shed either.
 */
import { describe, expect, test } from 'vitest';
import { erlangB, mmck } from '../../src/stats/index.ts';
import { verdictOn } from '../helpers/accept.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const SLOTS = (servers: number, preemption = 'resume') =>
  `{ kind: slots, concurrency: ${servers}, serviceTime: { kind: constant, value: 8s }, preemption: ${preemption} }`;

/** A step takes a second, and requests of 8 tokens are 8 s alone: one step reads the prompt, seven write. */
const ENGINE = (sequences: number) =>
  `{ kind: continuous-batching, maxSequences: ${sequences}, priorityPreemption: true, kv: { capacityTokens: 1000 }, stepTime: { kind: affine, base: 1s } }`;

interface Sent {
  readonly at: number;
  readonly priority: number;
}

/** The requests by name of their tier `p0`, `p1` … in order of arrival: outcome, wait for the first admission, times pre-empted. */
function storiesOf(
  serving: string,
  admission: string,
  sent: readonly Sent[],
  discipline = '{ kind: strict-priority }',
) {
  const classes = [...new Set(sent.map(({ priority }) => priority))].sort();
  const tiers = classes.map((priority) => {
    const requests = sent
      .filter((one) => one.priority === priority)
      .map(({ at }) => `{ at: ${at}s, prompt: 4, output: 8 }`);
    return `    - { name: p${priority}, priority: ${priority}, valueUsdPerRequest: 1, model: m, arrivals: { kind: replay, requests: [${requests.join(', ')}] } }`;
  });
  const { stories } = runOf(
    scenarioOf(`
fleetyield: 1
name: preempt
horizon: { duration: 10min }
workload:
  tiers:
${tiers.join('\n')}
fleet: { pools: [{ name: p, model: m, replicas: 1, serving: ${serving} }] }
gateway: { discipline: ${discipline}, admission: ${admission} }
`),
  );
  return stories.map(
    ({ priority, outcome, admittedAt, arrivedAt, preemptions }) =>
      `p${priority} ${outcome} ${outcome === 'served' ? (admittedAt - arrivedAt).toFixed(3) : ''} ${preemptions}`,
  );
}

const LOSS = '{ kind: bounded, maxWaiting: 0 }';

describe.each([
  ['slots that resume', SLOTS(1)],
  ['slots that restart', SLOTS(1, 'restart')],
  ['an engine', ENGINE(1)],
])('%s', (_, serving) => {
  test.each([
    ['no place to wait', LOSS],
    ['no place to wait and none displaced', '{ kind: bounded, maxWaiting: 0, displace: false }'],
    ['a bound on the expected delay', '{ kind: expected-delay, maxWait: 1s }'],
    ['a trunk reservation for it', '{ kind: trunk-reservation, reserve: 1, tiers: [p0] }'],
    [
      'a bid price that rises when all is taken',
      '{ kind: bid-price, steps: [{ busy: 1, usdPerGpuHour: 1e6 }] }',
    ],
    ['no bound', '{ kind: unbounded }'],
  ])('serves at once a request that pre-empts, with %s', (_name, admission) => {
    const alone = admission.includes('trunk') ? [] : [{ at: 0, priority: 1 }];
    const sent = [...alone, { at: 2, priority: 0 }, { at: 3, priority: 0 }];
    const stories = storiesOf(serving, admission, sent);
    if (alone.length > 0) expect(stories.shift()).toBe('p1 served 0.000 1');
    // A boundary of the engine is at every second: it joins in time.
    expect(stories[0]).toBe('p0 served 0.000 0');
    // The server is held by its equal now: the next waits, or is shed, as it would without anyone less important.
    expect(stories[1]).toBe(storiesOf(serving, admission, sent.slice(-2))[1]);
  });
});

describe('a request that is pre-empted', () => {
  test('goes back to a queue that is full, and is not shed, nor is any other in its favour', () => {
    // b waits in the one place there is; h takes the server of a, which waits before b from then on. c finds it full.
    expect(
      storiesOf(SLOTS(1), '{ kind: bounded, maxWaiting: 1 }', [
        { at: 0, priority: 1 },
        { at: 1, priority: 1 },
        { at: 2, priority: 0 },
        { at: 3, priority: 1 },
      ]),
      // a serves 2 s, waits 8, serves 6: until 16. b begins then, 15 s after it came.
    ).toEqual(['p1 served 0.000 1', 'p1 served 15.000 0', 'p0 served 0.000 0', 'p1 shed  0']);
  });

  test('takes a place from its equals and none from those that overtake it', () => {
    // a is pre-empted at 1 s. With one place to wait, b is shed at 2 s and h2 waits at 3 s; then the place is h2's.
    expect(
      storiesOf(SLOTS(1), '{ kind: bounded, maxWaiting: 1, displace: false }', [
        { at: 0, priority: 1 },
        { at: 1, priority: 0 },
        { at: 2, priority: 1 },
        { at: 3, priority: 0 },
        { at: 4, priority: 0 },
      ]),
    ).toEqual(['p1 served 0.000 1', 'p0 served 0.000 0', 'p1 shed  0', 'p0 served 6.000 0', 'p0 shed  0']);
  });

  test('is counted once: two that come at one instant take two servers or one', () => {
    const sent = [
      { at: 0, priority: 1 },
      { at: 0, priority: 1 },
      { at: 1, priority: 0 },
      { at: 1, priority: 0 },
      { at: 1, priority: 0 },
    ];
    const outcomes = (serving: string) =>
      storiesOf(serving, LOSS, sent).map((story) => story.split(' ').slice(0, 2).join(' '));
    const two = ['p1 served', 'p1 served', 'p0 served', 'p0 served', 'p0 shed'];
    expect(outcomes(SLOTS(2))).toEqual(two);
    expect(outcomes(ENGINE(2))).toEqual(two);
    expect(outcomes(SLOTS(1))).toEqual(['p1 served', 'p1 shed', 'p0 served', 'p0 shed', 'p0 shed']);
  });

  test('is the longest where the discipline is by predicted work, which then is not shed either', () => {
    // 8 s less 2 are left of the first: 6 s more than the 1 s of the second.
    const short = `{ kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 8s }, serviceTimeByTier: [{ tier: p0, serviceTime: { kind: constant, value: 1s } }], preemption: resume }`;
    expect(
      storiesOf(
        short,
        LOSS,
        [
          { at: 0, priority: 1 },
          { at: 2, priority: 0 },
        ],
        '{ kind: shortest-predicted, predictor: { kind: exact-with-noise, cv: 0 } }',
      ),
    ).toEqual(['p1 served 0.000 1', 'p0 served 0.000 0']);
  });
});

test('a trunk reservation lets other tiers pre-empt as long as the tiers named can take as many places', () => {
  // Of three servers one is kept for p0. Two of p2 are served, then two of p1: the third of p1 finds one place left.
  const reserve = '{ kind: trunk-reservation, reserve: 1, tiers: [p0] }';
  const sent = [2, 2, 2, 1, 1, 1, 0, 0, 0, 0].map((priority, at) => ({ at: at / 2, priority }));
  expect(storiesOf(SLOTS(3), reserve, sent).map((story) => story.split(' ').slice(0, 2).join(' '))).toEqual([
    'p2 served',
    'p2 served',
    'p2 shed',
    'p1 served',
    'p1 served',
    'p1 shed',
    'p0 served',
    'p0 served',
    'p0 served',
    'p0 shed',
  ]);
});

test('an expected delay does not count those that a request overtakes', () => {
  // One server that nothing pre-empts, and six that wait: gaps of 8 s. At 17 s p0 is next, 8 s at most; p1 is far behind.
  const sent = [
    ...Array.from({ length: 6 }, () => ({ at: 0, priority: 1 })),
    { at: 17, priority: 0 },
    { at: 17.5, priority: 1 },
  ];
  const last = (preemption: string, maxWait: string) =>
    storiesOf(SLOTS(1, preemption), `{ kind: expected-delay, maxWait: ${maxWait} }`, sent).slice(-2);
  expect(last('none', '10s')).toEqual(['p0 served 7.000 0', 'p1 shed  0']);
  // One that pre-empts is expected not to wait at all.
  expect(last('none', '1s')).toEqual(['p0 shed  0', 'p1 shed  0']);
  expect(last('resume', '1s')).toEqual(['p0 served 0.000 0', 'p1 shed  0']);
});

describe('a class that pre-empts loses what it would lose alone', () => {
  // 32 replications; the chance that a right program fails is 1e-6 a number (`accept.ts`).
  const shedOf = (slots: number, high: number, low: number, admission: string) =>
    new Estimates(
      replications(
        scenarioOf(
          queueText({
            tiers: [poissonTier(high, 'priority: 0', 'high'), poissonTier(low, 'priority: 1', 'low')],
            slots,
            service: '{ kind: exponential, mean: 1s }',
            serving: ', preemption: resume',
            warmUp: 50,
            duration: 1_500,
            gateway: `{ discipline: { kind: strict-priority }, admission: ${admission} }`,
          }),
        ),
        32,
      ),
    ).of('share.shed', 'tier:high');

  test.each([
    [1, 0.5, 5],
    [3, 2, 6],
  ])('by Erlang B, of %d servers at %d Erlang beside %d', (slots, high, low) => {
    expect(verdictOn(shedOf(slots, high, low, LOSS), erlangB(high, slots), 0.03).objection).toBeNull();
  });

  test.each(['', ', displace: false'])('by M/M/2/4 with two places to wait%s', (displace) => {
    const admission = `{ kind: bounded, maxWaiting: 2${displace} }`;
    const { blocking } = mmck(1.5, 1, 2, 4);
    expect(
      verdictOn(shedOf(2, 1.5, displace === '' ? 4 : 0.001, admission), blocking, 0.05).objection,
    ).toBeNull();
  });
});
