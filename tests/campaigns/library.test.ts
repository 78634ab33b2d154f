/** Campaigns of the library: the documents of the commands, made in this process. */
import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { CampaignInterrupted, campaigns, InputError, Store } from '../../src/index.ts';
import type { ScenarioInput } from '../../src/scenario/schema.ts';
import { fleetyield, Folder } from '../helpers/command.ts';

/** Subscribers on four replicas, with prices: every kind of campaign has something to say of it. */
const scenario = {
  fleetyield: 1,
  name: 'plans',
  horizon: { warmUp: '10s', duration: '2min' },
  workload: {
    tiers: [
      {
        name: 'plus',
        model: 'any',
        tenants: 1_000,
        arrivals: { kind: 'poisson', ratePerSecond: 5 },
        revenue: {
          kind: 'subscription',
          usdPerMonth: 20,
          churn: { base: 0.05, slope: 0.3 },
          signUps: { base: 10, perSubscriber: 0.1, slope: 1 },
        },
      },
    ],
  },
  fleet: {
    pools: [
      {
        name: 'main',
        model: 'any',
        replicas: 4,
        serving: { kind: 'slots', concurrency: 10, serviceTime: { kind: 'constant', value: '10s' } },
      },
    ],
  },
  gateway: { admission: { kind: 'bounded', maxWaiting: 0 } },
  economics: { gpuHour: { kind: 'rented', usdPerGpuHour: 2 } },
} satisfies ScenarioInput;

const RATE = 'workload.tiers[plus].arrivals.ratePerSecond';
const REPLICAS = 'fleet.pools[0].replicas';

const folder = new Folder({
  'plans.yaml': JSON.stringify(scenario),
  'other.yaml': JSON.stringify({ ...scenario, name: 'other', horizon: { warmUp: '10s', duration: '3min' } }),
});
afterAll(() => folder.remove());
const file = folder.of('plans.yaml');

async function printed(command: string, ...options: readonly string[]): Promise<unknown> {
  const outcome = await fleetyield([command, ...options, '--json', '--no-store', '--quiet'], {
    cwd: folder.path,
  });
  expect({ code: outcome.code, stderr: outcome.code === 0 ? '' : outcome.stderr }).toEqual({
    code: 0,
    stderr: '',
  });
  return JSON.parse(outcome.stdout);
}

describe('a campaign of the library resolves to the document that its command prints', () => {
  it.each([
    [
      'compare',
      () =>
        campaigns.compare([file, folder.of('other.yaml')], { replications: 2, confidence: 0.9, threads: 1 }),
      ['plans.yaml', 'other.yaml', '--replications', '2', '--confidence', '0.9'],
    ],
    [
      'sweep',
      () => campaigns.sweep(file, { vary: [`${REPLICAS}=3,4`], replications: 2, seed: 'x', threads: 1 }),
      ['plans.yaml', '--vary', `${REPLICAS}=3,4`, '--replications', '2', '--seed', 'x'],
    ],
    [
      'sensitivity',
      () =>
        campaigns.sensitivity(file, {
          method: 'morris',
          walks: 2,
          vary: [`${RATE}=uniform(3,6)`],
          metrics: ['share.served'],
          replications: 2,
          threads: 1,
        }),
      [
        'plans.yaml',
        '--method',
        'morris',
        '--walks',
        '2',
        '--vary',
        `${RATE}=uniform(3,6)`,
        '--metric',
        'share.served',
        '--replications',
        '2',
      ],
    ],
    [
      'scaling',
      () => campaigns.scaling(file, { gpus: [0.5, 1], replications: 2, set: [`${RATE}=4`], threads: 1 }),
      ['plans.yaml', '--gpus', '0.5,1', '--replications', '2', '--set', `${RATE}=4`],
    ],
    [
      'subscribers',
      () => campaigns.subscribers(file, { months: 2, gpus: [0.5, 1], replications: 2, threads: 1 }),
      ['plans.yaml', '--months', '2', '--gpus', '0.5,1', '--replications', '2'],
    ],
  ] as const)('%s', async (command, run, options) => {
    expect(await run()).toEqual(await printed(command, ...options));
  });
});

describe('a campaign of the library', () => {
  const asked = { vary: [`${REPLICAS}=3,4`], replications: 2, metrics: ['share.served'], threads: 1 };

  it('takes a scenario written in code, and reports its progress', async () => {
    let finished = 0;
    const fromCode = await campaigns.sweep(scenario, {
      ...asked,
      onProgress: (progress) => (finished = progress.finished),
    });
    expect(fromCode).toEqual(await campaigns.sweep(file, asked));
    expect(finished).toBeLessThanOrEqual(4);
  });

  it('is refused with a number of threads that is none, as run is', async () => {
    for (const threads of [0, 1.5, -1])
      await expect(campaigns.sweep(file, { ...asked, threads })).rejects.toThrow(
        `threads ${threads} is out of range; expected a whole number of one or more`,
      );
  });

  it('keeps nothing unless a store is given, and reuses what that has', async () => {
    const before = readdirSync(folder.path);
    const first = await campaigns.sweep(file, asked);
    expect(readdirSync(folder.path)).toEqual(before);
    const path = folder.of('kept.sqlite');
    await campaigns.sweep(file, { ...asked, store: path });
    const store = Store.open(path);
    // Seconds of threads grow with every replication that is run.
    const work = () => store.summaries().map(({ id, done, wallSeconds }) => [id, done, wallSeconds] as const);
    const kept = work();
    expect(kept.map(([, done]) => done)).toEqual([2, 2]);
    expect(await campaigns.sweep(file, { ...asked, store })).toEqual(first);
    expect(new Map(work().map(([id, ...rest]) => [id, rest]))).toEqual(
      new Map(kept.map(([id, ...rest]) => [id, rest])),
    );
    store.close();
  });

  it('rejects when its signal is aborted', async () => {
    const signal = AbortSignal.abort();
    await expect(campaigns.sweep(file, { ...asked, signal })).rejects.toThrow(CampaignInterrupted);
  });

  it('refuses what is wrong, and names the option', async () => {
    const refused = async (options: object): Promise<string> => {
      const error: unknown = await campaigns
        .sweep(file, options as typeof asked)
        .catch((one: unknown) => one);
      expect(error).toBeInstanceOf(InputError);
      return (error as InputError).message;
    };
    expect(await refused({ ...asked, replicatons: 3 })).toMatch(/replicatons.*"replications"/s);
    expect(await refused({ ...asked, replications: 0 })).toMatch(/replications: 0/);
    expect(await refused({ ...asked, vary: [`${REPLICAS}=0`] })).toMatch(
      /^vary fleet\.pools\[0\]\.replicas=0 /,
    );
    expect(await refused({ ...asked, metrics: ['share.serve'] })).toMatch(
      /^metric share\.serve .*share\.served/,
    );
    expect(await refused({ ...asked, threads: 0 })).toMatch(/^threads 0 /);
    await expect(campaigns.compare([file])).rejects.toThrow(/at least one scenario/);
  });
});
