/** Observers: they see the story of each request in order, which adds up to the ledger, and change nothing. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { replicate } from '../../src/experiments/replicate.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { loadScenario } from '../../src/files/scenario-files.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import type { RequestObserver, RequestView } from '../../src/simulation/request-observer.ts';
import { sumOf } from '../../src/stats/index.ts';
import { scenarioOf } from '../helpers/scenario.ts';

type Call = keyof RequestObserver;

/** What may follow what. A retry, and a return to the queue when a replica fails, begin with another call of `queued`. */
const NEXT: Readonly<Record<Call, readonly Call[]>> = {
  arrived: ['refused', 'queued', 'closed'],
  refused: ['refused', 'queued', 'closed'],
  queued: ['admitted', 'refused', 'queued', 'closed'],
  admitted: ['firstToken', 'preempted', 'finished', 'queued', 'refused', 'closed'],
  firstToken: ['preempted', 'finished', 'queued', 'refused', 'closed'],
  preempted: ['admitted', 'closed'],
  finished: ['closed'],
  closed: [],
};

const CALLS = Object.keys(NEXT) as Call[];

/** An observer that counts calls, and notes every call that may not follow the one before it. */
function noted() {
  const counts = Object.fromEntries(CALLS.map((call) => [call, 0])) as Record<Call, number>;
  const wrong: string[] = [];
  const last = new Map<number, readonly [call: Call, now: number]>();
  const note = (call: Call) => (request: RequestView, now: number) => {
    counts[call] += 1;
    const before = last.get(request.id);
    const follows = before === undefined ? call === 'arrived' : NEXT[before[0]].includes(call);
    if (!follows) wrong.push(`${request.id}: ${call} after ${before?.[0] ?? 'nothing'}`);
    if (before !== undefined && now < before[1]) wrong.push(`${request.id}: ${call} before ${before[0]}`);
    if (call === 'admitted' && !(request.admittedAt <= now)) wrong.push(`${request.id}: admitted at no time`);
    if (call === 'firstToken' && request.firstTokenAt !== now)
      wrong.push(`${request.id}: another first token`);
    last.set(request.id, [call, now]);
  };
  const observe = Object.fromEntries(CALLS.map((call) => [call, note(call)])) as RequestObserver;
  return { observe, counts, wrong, last };
}

const CASES: Readonly<Record<string, readonly string[]>> = {
  'priorities-patience-retries': ['horizon.warmUp=0s', 'horizon.duration=1h'],
  disaggregated: ['horizon.warmUp=0s', 'horizon.duration=1min'],
  agents: ['horizon.warmUp=0s', 'horizon.duration=2min'],
  'failed-rack': ['horizon.warmUp=0s', 'horizon.duration=20min'],
  'retry-storm': ['horizon.warmUp=0s', 'horizon.duration=10min'],
  'lever-deferrable': ['horizon.warmUp=0s', 'horizon.duration=3min'],
};

const catalog = readCatalog();
const shipped = (name: string, overrides: readonly string[]) =>
  loadScenario(
    {
      path: fileURLToPath(new URL(`../../configs/scenarios/${name}.yaml`, import.meta.url)),
      overrides,
    },
    catalog,
  );

describe.each(Object.entries(CASES))('an observer of %s', (name, overrides) => {
  const scenario = shipped(name, overrides);

  it('sees the story of each request, in order, and it adds up to the ledger', () => {
    const { observe, counts, wrong, last } = noted();
    const { cohort } = simulate(scenario.cell, 'test', 0, { observe });
    expect(wrong.slice(0, 10)).toEqual([]);
    const total = (counter: keyof typeof cohort) => sumOf([...cohort[counter]]);
    // The window is the whole run, so the ledger counts every request.
    expect(counts.arrived).toBeGreaterThan(50);
    expect(counts.arrived).toBe(total('arrived'));
    expect(counts.closed).toBe(total('arrived'));
    expect(counts.finished).toBe(total('served'));
    expect(counts.refused).toBe(total('attemptsLimited') + total('attemptsShed'));
    expect(counts.preempted).toBe(total('preemptions'));
    expect([...last.values()].every(([call]) => call === 'closed')).toBe(true);
  });

  it('changes nothing', () => {
    const { observe } = noted();
    const options = { byHour: true };
    expect(replicate(scenario, 'test', 0, { ...options, observe })).toEqual(
      replicate(scenario, 'test', 0, options),
    );
  });
});

it('reads names and numbers of a request as its tier, its model and the clock have them', () => {
  const scenario = scenarioOf(`
fleetyield: 1
name: two
horizon: { warmUp: 0s, duration: 10s }
workload:
  tiers:
    - name: paid
      model: big
      priority: 3
      arrivals: { kind: replay, requests: [{ at: 1s, prompt: 7, output: 2 }, { at: 2s, prompt: 5, output: 1 }] }
fleet: { pools: [{ name: main, model: big, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 3s } } }] }
`);
  const seen: object[] = [];
  simulate(scenario.cell, '1', 0, {
    observe: {
      admitted: ({ id, tier, model, priority, pool, promptTokens, attempts, arrivedAt, admittedAt }, now) =>
        seen.push({ id, tier, model, priority, pool, promptTokens, attempts, arrivedAt, admittedAt, now }),
      closed: ({ id, outputTokens }, now, outcome) => seen.push({ id, outputTokens, now, outcome }),
    },
  });
  const paid = { tier: 'paid', model: 'big', priority: 3, pool: 'main', attempts: 1 };
  // The server is busy from 1 to 4 s with the first, from 4 to 7 s with the second.
  expect(seen).toEqual([
    { ...paid, id: 0, promptTokens: 7, arrivedAt: 1, admittedAt: 1, now: 1 },
    { id: 0, outputTokens: 2, now: 4, outcome: 'served' },
    { ...paid, id: 1, promptTokens: 5, arrivedAt: 2, admittedAt: 4, now: 4 },
    { id: 1, outputTokens: 1, now: 7, outcome: 'served' },
  ]);
});
