/** `--plugin`: strategies and metrics of the user's own, as processes and on worker threads. */
import { afterAll, describe, expect, it } from 'vitest';
import type { ResultDocument } from '../../src/batch/result-document.ts';
import { endAll, fleetyield, Folder, type Outcome } from '../helpers/command.ts';

const folder = new Folder();
afterAll(() => {
  endAll();
  folder.remove();
});

/** One server at load 0.9, whose queue is long enough for its order to matter, for half an hour. */
const SCENARIO = `fleetyield: 1
name: queue
horizon: { warmUp: 100s, duration: 1800s }
workload:
  tiers:
    - name: all
      model: any
      arrivals: { kind: poisson, ratePerSecond: 0.9 }
      lengths: { prompt: { kind: lognormal, mean: 500, cv: 1 }, output: { kind: constant, value: 1 } }
fleet:
  pools:
    - name: main
      model: any
      replicas: 1
      serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 1s } }
`;
folder.write('queue.yaml', SCENARIO);

const LONGEST_FIRST = `
  defineDiscipline({
    kind: 'longest-prompt-first',
    summary: 'The longest prompt first.',
    parameters: {},
    example: { kind: 'longest-prompt-first' },
    create: (_, environment) => new KeyedQueue(environment, (row) => -environment.declared.promptTokens[row]),
  }),`;

const FCFS = `
  defineDiscipline({
    kind: 'my-fcfs',
    summary: 'First come, first served.',
    parameters: {},
    example: { kind: 'my-fcfs' },
    create: (_, environment) => {
      const { declared, wasServed, links } = environment;
      const queue = new ArrivalOrder(declared, links);
      return {
        steady: true,
        account: null,
        get length() {
          return queue.length;
        },
        push: (row) => queue.insert(row),
        peek: () => queue.first,
        remove: (row) => queue.remove(row),
        lastBehind: () => NO_ROW,
        behind: () => 0,
        servedBehind: () => 0,
        importance: (row) => importanceOf(declared, row, 0),
        lastOfTier: (tier) => queue.lastWhere((row) => declared.tier[row] === tier && !wasServed(row)),
        precedes: (a, b) => arrivedBefore(declared, a, b),
        oldestAt: () => {
          const oldest = queue.firstWhere((row) => !wasServed(row));
          return oldest === NO_ROW ? Infinity : declared.attemptAt[oldest];
        },
      };
    },
  }),`;

/** The requests served, counted as \`requests.served\` counts them: the shipped metric is the expected value. */
const METRIC = `
  defineMetric({
    name: 'requests.mine',
    unit: 'requests',
    summary: 'Requests served whole.',
    scopes: ['total', 'tier'],
    observe: (ledger, scope) => value(ledger.cohortTotal('served', tierOf(scope))),
  }),`;

const moduleOf = (...definitions: readonly string[]) =>
  `import * as api from 'fleetyield/plugin';
const { arrivedBefore, ArrivalOrder, defineDiscipline, defineMetric, importanceOf, KeyedQueue, NO_ROW, tierOf, value } = api;
export default [${definitions.join('')}
];
`;

const plugin = folder.write('mine.mjs', moduleOf(LONGEST_FIRST, FCFS, METRIC));
const scenario = folder.of('queue.yaml');

const runWith = (kind: string, ...more: readonly string[]): Promise<Outcome> => {
  const chosen = ['--set', `gateway.discipline.kind=${kind}`, '--seed', '7', '--json', '--quiet'];
  return fleetyield(['run', scenario, ...chosen, ...more], { cwd: folder.path });
};

async function documentOf(outcome: Promise<Outcome>): Promise<ResultDocument> {
  const { code, stdout, stderr } = await outcome;
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as ResultDocument;
}

const meanOf = ({ estimates }: Pick<ResultDocument, 'estimates'>, metric: string, scope = 'total') =>
  estimates.find((one) => one.metric === metric && one.scope === scope)?.mean;

describe('a plugin', { timeout: 120_000 }, () => {
  it('gives the same numbers on two threads as on one, and others than first come, first served', async () => {
    const more = ['--plugin', plugin, '--no-store', '--replications', '4'];
    const [one, two, fcfs] = await Promise.all([
      documentOf(runWith('longest-prompt-first', ...more, '--threads', '1')),
      documentOf(runWith('longest-prompt-first', ...more, '--threads', '2')),
      documentOf(runWith('fcfs', ...more, '--threads', '2')),
    ]);
    expect(two.estimates).toEqual(one.estimates);
    // The order does not depend on service times, so the mean wait is the same in the long run; its tail is longer.
    expect(meanOf(one, 'wait.p99')).toBeGreaterThan(meanOf(fcfs, 'wait.p99')!);
  });

  it('that copies a shipped discipline has exactly its numbers', async () => {
    const more = ['--no-store', '--replications', '2', '--threads', '2'];
    const [mine, shipped] = await Promise.all([
      documentOf(runWith('my-fcfs', '--plugin', plugin, ...more)),
      documentOf(runWith('fcfs', ...more)),
    ]);
    expect(mine.estimates.filter(({ metric }) => metric !== 'requests.mine')).toEqual(shipped.estimates);
    for (const scope of ['total', 'tier:all'])
      expect(meanOf(mine, 'requests.mine', scope)).toBe(meanOf(shipped, 'requests.served', scope));
  });

  it('is listed, and known to messages', async () => {
    const { stdout } = await fleetyield(['list', 'disciplines', '--plugin', plugin]);
    expect(stdout).toMatch(/^longest-prompt-first +The longest prompt first\.$/m);
    expect((await fleetyield(['list', 'metrics', '--plugin', plugin])).stdout).toContain('requests.mine');
    const misspelt = ['validate', scenario, '--set', 'gateway.discipline.kind=longest-prompt-fist'];
    const { code, stderr } = await fleetyield([...misspelt, '--plugin', plugin]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('longest-prompt-first') as string,
    });
  });
});
