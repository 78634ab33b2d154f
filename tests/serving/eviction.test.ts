/**
 * Which of the running sequences loses its KV when it is short, under every discipline: the table of
 * `src/gateway/disciplines/discipline.ts`, each row worked out by hand. Three requests of 10 tokens that write 20 run
 * together in KV for 60 tokens of blocks of one; after ten steps or so one of them must go, and later perhaps again.
 */
import { expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

interface Sent {
  readonly at: number;
  readonly priority: number;
  readonly prompt?: number;
  readonly output?: number;
  /** Promised time to the first token, and what a request pays. */
  readonly ttft?: string;
  readonly pays?: number;
  readonly more?: string;
}

/** Which of three requests is the first to be evicted. */
function firstEvicted(discipline: string, sent: readonly Sent[]): number {
  const tiers = sent.map(
    ({ at, priority, prompt = 10, output = 20, ttft, pays = 1, more = '' }, n) =>
      `    - { name: r${n}, model: m, priority: ${priority}, valueUsdPerRequest: ${pays}${ttft === undefined ? '' : `, slo: { ttft: ${ttft} }`}${more}, arrivals: { kind: replay, requests: [{ at: ${at}ms, prompt: ${prompt}, output: ${output} }] } }`,
  );
  const { stories } = runOf(
    scenarioOf(`
fleetyield: 1
name: evict
horizon: { duration: 1min }
workload:
  tiers:
${tiers.join('\n')}
fleet: { pools: [{ name: p, model: m, replicas: 1, serving: { kind: continuous-batching, kv: { capacityTokens: 60, blockSize: 1 }, stepTime: { kind: affine, base: 10ms } } }] }
gateway: { discipline: ${discipline} }
`),
  );
  // The one that loses its KV reads everything again: the others go on meanwhile, and one of them is done first.
  const evicted = stories.filter(({ preemptions }) => preemptions > 0);
  expect(evicted.length).toBeGreaterThan(0);
  expect(stories.map(({ outcome }) => outcome)).toEqual(sent.map(() => 'served'));
  return evicted.toSorted((a, b) => b.lastTokenAt - a.lastTokenAt)[0]!.tier;
}

const ARRIVALS = [0, 10, 20];

test.each(['{ kind: fcfs }', '{ kind: weighted-fair }', '{ kind: ageing-priority, slopes: [4, 2, 1] }'])(
  'by %s the last to arrive is evicted, whatever its priority',
  (discipline) => {
    expect(
      firstEvicted(
        discipline,
        ARRIVALS.map((at, n) => ({ at, priority: [1, 2, 0][n]! })),
      ),
    ).toBe(2);
  },
);

test('by strict priority the least important is, and of those the last to arrive', () => {
  const of = (priorities: readonly number[]) =>
    firstEvicted(
      '{ kind: strict-priority }',
      ARRIVALS.map((at, n) => ({ at, priority: priorities[n]! })),
    );
  expect([of([2, 1, 0]), of([0, 2, 1]), of([1, 1, 0]), of([0, 1, 1])]).toEqual([0, 1, 1, 2]);
});

test('by deadline the one with the latest is: arrival + bound on TTFT, and 60 s where none is promised', () => {
  const of = (bounds: readonly (string | undefined)[]) =>
    firstEvicted(
      '{ kind: earliest-deadline, otherwise: 60s }',
      ARRIVALS.map((at, n) => ({ at, priority: 0, ...(bounds[n] === undefined ? {} : { ttft: bounds[n] }) })),
    );
  expect([of(['10s', '5s', '1s']), of(['1s', undefined, '1s']), of(['1s', '1s', '1s'])]).toEqual([0, 1, 2]);
});

test('by predicted work the one with most to write when it joined is', () => {
  const of = (outputs: readonly number[]) =>
    firstEvicted(
      '{ kind: shortest-predicted, predictor: { kind: exact-with-noise, cv: 0 } }',
      ARRIVALS.map((at, n) => ({ at, priority: 0, output: outputs[n]! })),
    );
  expect([of([40, 20, 20]), of([20, 40, 20])]).toEqual([0, 1]);
});

test('by value the one worth least for its time on a GPU is', () => {
  const of = (paid: readonly number[]) =>
    firstEvicted(
      '{ kind: highest-value }',
      ARRIVALS.map((at, n) => ({ at, priority: 0, pays: paid[n]! })),
    );
  expect([of([1, 2, 3]), of([2, 1, 3])]).toEqual([0, 1]);
});

test('deferrable work is evicted before all other work, whatever the discipline and however old it is', () => {
  for (const discipline of [
    '{ kind: fcfs }',
    '{ kind: strict-priority }',
    '{ kind: earliest-deadline, otherwise: 60s }',
  ]) {
    expect(
      firstEvicted(discipline, [
        { at: 0, priority: 9, more: ', deferrable: { window: 50s }' },
        { at: 10, priority: 1 },
        { at: 20, priority: 0 },
      ]),
    ).toBe(0);
  }
});
