/** `run` of the library, from the built package as its users import it: the document of the command line. */
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../src/scenario/schema.ts';
import { fleetyield, Folder } from '../helpers/command.ts';

const library = (await import(
  new URL('../../dist/index.js', import.meta.url).href
)) as typeof import('../../src/index.ts');
const { run, InputError, Store } = library;

const QUEUE = {
  fleetyield: 1,
  name: 'one-queue',
  horizon: { warmUp: '1min', duration: '30min' },
  workload: {
    tiers: [{ name: 'all', model: 'any', arrivals: { kind: 'poisson', ratePerSecond: 0.7 } }],
  },
  fleet: {
    pools: [
      {
        name: 'servers',
        model: 'any',
        replicas: 1,
        serving: { kind: 'slots', concurrency: 1, serviceTime: { kind: 'exponential', mean: '1s' } },
      },
    ],
  },
} as const satisfies ScenarioInput;

const YAML = `
fleetyield: 1
name: one-queue
horizon: { warmUp: 1min, duration: 30min }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: poisson, ratePerSecond: 0.7 } }] }
fleet: { pools: [{ name: servers, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 1s } } }] }
`;

const folder = new Folder({ 'queue.yaml': YAML });
afterAll(() => folder.remove());

describe('run', () => {
  it('of a scenario in code is the document that the command line prints of the same file', async () => {
    const args = [
      'run',
      'queue.yaml',
      '--replications',
      '3',
      '--seed',
      'x',
      '--confidence',
      '0.9',
      '--by-hour',
    ];
    const { stdout } = await fleetyield([...args, '--json', '--quiet', '--no-store'], { cwd: folder.path });
    const options = { replications: 3, seed: 'x', confidence: 0.9, byHour: true };
    const fromCode = await run(QUEUE, { ...options, threads: 1 });
    const fromFile = await run(folder.of('queue.yaml'), { ...options, threads: 2 });
    const printed = { ...(JSON.parse(stdout) as object), wallSeconds: expect.any(Number) as number };
    expect(fromCode).toEqual(printed);
    expect(fromFile).toEqual(printed);
  });

  it('takes values to replace, and adds replications until it is precise', async () => {
    const document = await run(QUEUE, {
      set: ['workload.tiers[all].arrivals.ratePerSecond=0.5'],
      precision: 0.2,
      metrics: ['requests.arrived'],
      threads: 1,
    });
    expect(document.scenario.changes).toEqual(['workload.tiers[all].arrivals.ratePerSecond=0.5']);
    expect(document.precision).toMatchObject({ relative: 0.2, reached: true });
    // 900 arrivals on average, ± 30 in one replication: six replications know the mean to 5 %.
    expect(document.estimates.find(({ metric }) => metric === 'requests.arrived')!.mean).toBeCloseTo(900, -2);
  });

  it('keeps nothing unless a store is given, and finds what is in one', async () => {
    await run(QUEUE, { replications: 1, threads: 1 });
    expect(readdirSync(folder.path)).toEqual(['queue.yaml']);
    const store = folder.of('kept.sqlite');
    await run(QUEUE, { replications: 2, threads: 1, store });
    expect(existsSync(store)).toBe(true);
    // One batch, to which the second run adds what is missing.
    await run(QUEUE, { replications: 3, threads: 1, store });
    const kept = Store.openToRead(store);
    expect(kept.summaries()).toMatchObject([{ scenario: 'one-queue', done: 3, planned: 3 }]);
    kept.close();
  });

  it('ends when its signal says so, and throws where nothing was finished', async () => {
    const signal = AbortSignal.abort();
    await expect(run(QUEUE, { signal, threads: 1 })).rejects.toMatchObject({
      name: 'CampaignInterrupted',
      finished: 0,
    });
  });

  it.each([
    ['a count that is none', { replications: 0 }, /replications 0 is out of range; expected a whole number/],
    ['more replications than there may be', { replications: 1e9 }, /give a precision instead/],
    ['both a count and a precision', { replications: 2, precision: 0.1 }, /give one of them/],
    [
      'a share in percent',
      { confidence: 95 },
      /confidence 95 is out of range; expected a number between 0 and 1/,
    ],
    ['an empty seed', { seed: ' ' }, /seed is empty/],
    ['a metric that does not exist', { precision: 0.1, metrics: ['wait.meen'] }, /did you mean "wait.mean"/],
    ['a path that does not exist', { set: ['workload.tier=1'] }, /did you mean "tiers"/],
  ])('refuses %s', async (_, options, message) => {
    const refused = run(QUEUE, options);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(message);
  });

  it('refuses a scenario in code with what no text can say', async () => {
    const nan = { ...QUEUE, horizon: { duration: NaN } } as unknown as ScenarioInput;
    await expect(run(nan)).rejects.toThrow('scenario "duration" is NaN; write a finite number');
    const misspelt = { ...QUEUE, horizon: { durration: '1h' } } as unknown as ScenarioInput;
    await expect(run(misspelt)).rejects.toThrow(
      'horizon.durration: unknown key "durration"; did you mean "duration"',
    );
  });
});
