import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

interface Pool {
  readonly arrivals: string;
  readonly replicas?: number;
  readonly concurrency?: number;
  readonly service?: string;
  readonly tier?: string;
  readonly routing?: string;
  readonly warmUp?: string;
}

const run = ({
  arrivals,
  replicas = 1,
  concurrency = 1,
  service = '{ kind: constant, value: 1s }',
  tier = '',
  routing = 'central',
  warmUp = '0s',
}: Pool) =>
  runOf(
    scenarioOf(`
fleetyield: 1
name: slots
horizon: { warmUp: ${warmUp}, duration: 20s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: replay, requests: [${arrivals}] }${tier} }] }
fleet: { pools: [{ name: main, model: any, replicas: ${replicas}, serving: { kind: slots, concurrency: ${concurrency}, serviceTime: ${service} } }] }
gateway: { routing: { kind: ${routing} } }
`),
  );

const at = (...seconds: readonly number[]) => seconds.map((second) => `{ at: ${second}s }`).join(', ');

describe('slots', () => {
  test('serve one request each, in order: three at once on one server end at 1, 2 and 3 s', () => {
    const { stories } = run({ arrivals: at(0, 0, 0) });
    expect(stories.map(({ admittedAt }) => admittedAt)).toEqual([0, 1, 2]);
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([1, 2, 3]);
  });

  test('of several replicas on one queue are one pool of servers', () => {
    const ends = (replicas: number, concurrency: number) =>
      run({ arrivals: at(0, 0, 0, 0, 0, 0.5), replicas, concurrency }).stories.map(
        ({ lastTokenAt }) => lastTokenAt,
      );
    expect(ends(2, 2)).toEqual([1, 1, 1, 1, 2, 2]);
    expect(ends(4, 1)).toEqual(ends(2, 2));
    expect(ends(1, 4)).toEqual(ends(2, 2));
  });

  test('begin the answer with service: the first token comes at admission, the last at the end', () => {
    const [, second] = run({ arrivals: '{ at: 0s, output: 7 }, { at: 0s, output: 9 }' }).stories;
    expect(second).toMatchObject({ admittedAt: 1, firstTokenAt: 1, lastTokenAt: 2, outputDone: 9 });
  });

  test('are busy for the time of service within the window, whenever it began', () => {
    // Served from 0 to 1, 1 to 2, 2 to 3 and 20 to 21 s; the window is 2.5 to 22.5 s: 0.5 + 1.
    const { ledger } = run({ arrivals: at(0, 0, 0, 20), warmUp: '2500ms' });
    expect(ledger.shape.pools[0]!.busySeconds).toBeCloseTo(1.5, 12);
  });

  test('leave what is in service at the end unfinished and count its time', () => {
    const { stories, ledger } = run({ arrivals: at(19.5) });
    expect(stories[0]).toMatchObject({ outcome: 'unfinished', admittedAt: 19.5, outputDone: 0 });
    expect(ledger.shape.pools[0]!.busySeconds).toBeCloseTo(0.5, 12);
  });

  test('lose clients whose patience ends in queue, at that instant, and serve those behind them sooner', () => {
    const { stories, ledger } = run({
      arrivals: '{ at: 0s }, { at: 0s, patience: 400ms }, { at: 0.5s }, { at: 0.5s, patience: 1s }',
    });
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'abandoned', 'served', 'abandoned']);
    expect(stories[2]!.admittedAt).toBe(1);
    // 0 + 0.4 + 0.5 + 1.0 s in queue.
    expect(ledger.timeInQueue[0]!.sum).toBeCloseTo(1.9, 12);
  });

  test('serve a client whose patience ends just when a server is free', () => {
    const { stories } = run({ arrivals: '{ at: 0s }, { at: 0s, patience: 1s }, { at: 5s, patience: 0s }' });
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'served', 'served']);
  });

  test('let a lost client come back as the same request, and count both attempts', () => {
    const { stories, ledger } = run({
      arrivals: '{ at: 0s }, { at: 0s, patience: 250ms }',
      tier: ', retries: { maxAttempts: 2, backoff: { base: 500ms, jitter: none } }',
    });
    // It leaves at 0.25, is back at 0.75 and is served from 1 to 2 s: 0.25 s after that attempt began.
    expect(stories[1]).toMatchObject({
      outcome: 'served',
      attempts: 2,
      arrivedAt: 0,
      attemptAt: 0.75,
      admittedAt: 1,
    });
    expect(ledger.cohortTotal('attempts', null)).toBe(3);
    expect(ledger.latencies.wait[0]!.moments.sum).toBeCloseTo(0.25, 12);
    expect(ledger.latencies.e2e[0]!.moments.sum).toBeCloseTo(1 + 2, 12);
  });

  test('draw a service time that belongs to the request, whatever the order of service', () => {
    const service = '{ kind: exponential, mean: 1s }';
    const arrivals = at(0, 0.1, 0.2, 0.3, 0.4, 0.5);
    const times = (pool: Partial<Pool>) =>
      run({ arrivals, service, concurrency: 6, ...pool }).stories.map(
        (one) => one.lastTokenAt - one.admittedAt,
      );
    const alone = times({});
    times({ concurrency: 2 }).forEach((time, n) => expect(time).toBeCloseTo(alone[n]!, 12));
    times({ concurrency: 1, replicas: 2, routing: 'least-loaded' }).forEach((time, n) =>
      expect(time).toBeCloseTo(alone[n]!, 12),
    );
  });

  test('that are shared give the share of a cancelled request to the others', () => {
    // Half a server each for a second; the other has 1.5 of its 2 s left and the whole server from then on.
    const { stories } = twoTiers('sharing: processor', ', deadline: { kind: constant, value: 1s }');
    expect(stories.map(({ outcome }) => outcome)).toEqual(['served', 'abandoned']);
    expect(stories[0]!.lastTokenAt).toBeCloseTo(2.5, 9);
  });

  test('that are pre-empted are free when the request in service is cancelled, and the interrupted one resumes', () => {
    // The second takes the server at 1 s and is given up at 2 s; the first has one second left.
    const { stories } = twoTiers(
      'preemption: resume',
      ', deadline: { kind: constant, value: 1s }',
      '1s',
      '{ discipline: { kind: strict-priority } }',
    );
    expect(stories[0]).toMatchObject({ outcome: 'served', preemptions: 1, admittedAt: 0, firstTokenAt: 0 });
    expect(stories[0]!.lastTokenAt).toBeCloseTo(3, 9);
    expect(stories[1]).toMatchObject({ outcome: 'abandoned', admittedAt: 1 });
  });

  test('that are shared by several serve each at a server at most', () => {
    // Two servers, weights 1 and 3: both have a whole one.
    const { stories, ledger } = twoTiers('sharing: processor', ', weight: 3', '0s', '{}', 2);
    expect(stories.map(({ lastTokenAt }) => lastTokenAt)).toEqual([2, 2]);
    expect(ledger.shape.pools[0]!.busySeconds).toBeCloseTo(4, 9);
  });
});

/** A request of 2 s at 0 s, and another of the tier `second`, which is more important. */
const twoTiers = (serving: string, second: string, at = '0s', gateway = '{}', concurrency = 1) =>
  runOf(
    scenarioOf(`
fleetyield: 1
name: slots
horizon: { duration: 20s }
workload:
  tiers:
    - { name: first, priority: 1, model: any, arrivals: { kind: replay, requests: [{ at: 0s }] } }
    - { name: second, priority: 0, model: any, arrivals: { kind: replay, requests: [{ at: ${at} }] }${second} }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: ${concurrency}, serviceTime: { kind: constant, value: 2s }, ${serving} } }] }
gateway: ${gateway}
`),
  );
