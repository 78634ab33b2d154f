/** What `run --requests` writes, replayed: every request has the fate it had, the unfinished ones what they wanted. */
import { afterAll, expect, test } from 'vitest';
import { ByArrival, REQUEST_COLUMNS, requestRow } from '../../src/batch/request-rows.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { loadScenario } from '../../src/files/scenario-files.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { Folder } from '../helpers/command.ts';
import { runOf, type Story } from '../helpers/story.ts';

interface Arrivals {
  readonly paid: string;
  readonly chat: string;
  readonly night: string;
}

/** One replica, so that no tie is broken at random: impatient tenants of two priorities under a limit, sessions with a context, and work that gives way to them. */
const text = ({ paid, chat, night }: Arrivals) => `
fleetyield: 1
name: rows
horizon: { warmUp: 30s, duration: 4min }
workload:
  tiers:
    - { name: paid, model: m, tenants: 5, priority: 0, ${paid} }
    - { name: chat, model: m, tenants: 3, priority: 1, ${chat} }
    - { name: night, model: m, priority: 2, deferrable: { window: 2min }, ${night} }
fleet:
  pools:
    - { name: main, model: m, replicas: 1, serving: { kind: continuous-batching, maxSequences: 8, priorityPreemption: true, kv: { capacityTokens: 1400, blockSize: 4 }, stepTime: { kind: affine, base: 20ms, perPrefillToken: 0.2ms } } }
gateway:
  discipline: { kind: strict-priority }
  rateLimits: [{ scope: tenant, tiers: [paid], resource: inputTokens, algorithm: { kind: token-bucket, perMinute: 1500, burst: 600 } }]
`;

const lengths = (cached: number) =>
  `lengths: { prompt: { kind: geometric, mean: 60 }, cachedShare: ${cached}, output: { kind: geometric, mean: 60 } }`;

const DRAWN: Arrivals = {
  paid: `arrivals: { kind: poisson, ratePerSecond: 3 }, ${lengths(0.3)}, patience: { kind: exponential, mean: 2s }`,
  chat: `arrivals: { kind: poisson, ratePerSecond: 0.3 }, ${lengths(0)}, session: { turns: { kind: geometric, mean: 4 }, think: { kind: exponential, mean: 5s } }`,
  night: `arrivals: { kind: poisson, ratePerSecond: 0.2 }, ${lengths(0)}`,
};

const replay = 'arrivals: { kind: replay, file: rows.csv, format: csv }';
/** The tier of sessions replays them as recorded; no tier draws what is in the rows. */
const REPLAYED: Arrivals = { paid: replay, chat: replay, night: replay };

const folder = new Folder({ 'drawn.yaml': text(DRAWN), 'replayed.yaml': text(REPLAYED) });
afterAll(() => folder.remove());

const load = (name: string): Scenario =>
  loadScenario({ path: `${folder.path}/${name}`, overrides: [] }, readCatalog());

/** The rows of a run, as `--requests` writes them. */
function rowsOf({ cell }: Scenario, seed: string): string {
  const order = new ByArrival();
  let rows = '';
  simulate(cell, seed, 0, {
    onClosed: (table, row, outcome) => {
      rows += order.take(table.declared.id[row]!, requestRow(cell, table, row, outcome));
    },
  });
  return `${REQUEST_COLUMNS.join(',')}\n${rows}`;
}

/** A request without its numbers within its tier, which are assigned anew. */
const fate = ({ tenant: _tenant, ordinal: _ordinal, session, ...story }: Story) => ({
  ...story,
  hasSession: session >= 0,
});

test('each request has the same fate under another seed, for nothing is drawn any more', () => {
  const drawn = load('drawn.yaml');
  folder.write('rows.csv', rowsOf(drawn, 'one'));
  const before = runOf(drawn, 'one').stories.map(fate);
  const after = runOf(load('replayed.yaml'), 'two').stories.map(fate);
  const outcomes = new Set(before.map(({ outcome }) => outcome));
  for (const outcome of ['abandoned', 'limited', 'served', 'unfinished'] as const)
    expect(outcomes).toContain(outcome);
  expect(before.some(({ preemptions }) => preemptions > 0)).toBe(true);
  expect(before.some(({ hasSession, cachedTokens }) => hasSession && cachedTokens > 0)).toBe(true);
  expect(before.length).toBeGreaterThan(700);
  expect(after).toEqual(before);
  // And its rows are those that it was read from, but for what is numbered anew.
  const replayed = rowsOf(load('replayed.yaml'), 'two').split('\n');
  expect(replayed).toHaveLength(before.length + 2);
});

test('so it has where the sessions are replayed closed: turns think from the recorded ends of the answers', () => {
  const drawn = load('drawn.yaml');
  folder.write('rows.csv', rowsOf(drawn, 'one'));
  folder.write('closed.yaml', text({ ...REPLAYED, chat: replay.replace(' }', ', sessions: closed }') }));
  // An instant is written to the nanosecond, so that a turn comes within some of these of where it came.
  const told = (stories: readonly Story[]) =>
    stories.map(({ tier, outcome, promptTokens, prefixTokens, cachedTokens, outputDone, arrivedAt }) => [
      tier,
      outcome,
      promptTokens,
      prefixTokens,
      cachedTokens,
      outputDone,
      Math.round(1e5 * arrivedAt),
    ]);
  expect(told(runOf(load('closed.yaml'), 'two').stories)).toEqual(told(runOf(drawn, 'one').stories));
});

test('rows stand in order of arrival, and an unfinished request has what it wanted beside what it had', () => {
  folder.write(
    'slow.yaml',
    `
fleetyield: 1
name: slow
horizon: { duration: 10s }
workload: { tiers: [{ name: all, model: m, arrivals: { kind: replay, requests: [{ at: 0s, prompt: 5, output: 900 }, { at: 1s, prompt: 7, output: 100 }] } }] }
fleet: { pools: [{ name: main, model: m, replicas: 1, serving: { kind: continuous-batching, kv: { capacityTokens: 4000 }, stepTime: { kind: affine, base: 20ms } } }] }
`,
  );
  const [header, ...rows] = rowsOf(load('slow.yaml'), 'one').trim().split('\n');
  const column = (name: string) => rows.map((row) => row.split(',')[header!.split(',').indexOf(name)]);
  // The second ends first; of the first there are 10 s ÷ 20 ms = 500 tokens.
  expect(column('id')).toEqual(['0', '1']);
  expect(column('outcome')).toEqual(['unfinished', 'served']);
  expect(column('output')).toEqual(['500', '100']);
  expect(column('wanted')).toEqual(['900', '100']);
});
