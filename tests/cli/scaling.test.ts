/**
 * `scaling` through the real command: against Erlang's formula, by hour, where it refuses, and where it is interrupted.
 */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ScalingDocument } from '../../src/campaigns/scaling-document.ts';
import type { Bounds } from '../../src/experiments/scaling.ts';
import { Store } from '../../src/store/store.ts';
import { erlangB } from '../../src/stats/index.ts';
import { verdictOn } from '../helpers/accept.ts';
import { endAll, fleetyield, Folder, start, until } from '../helpers/command.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { near, NO_ORACLES, oracle } from '../helpers/shared.ts';

const REPLICATIONS = 30;
/** A dollar a second for each request in service, on average: seconds of work are dollars. */
const REVENUE = 'revenue: { kind: advertising, usdPerThousandRequests: 1000 }';

/** Servers of a second each that turn away whoever finds none free, as a fleet of one-slot replicas. */
const loss = (
  servers: number,
  more: { tiers?: string[]; economics?: string; fleet?: string; gateway?: string } = {},
) =>
  `${queueText({
    tiers: more.tiers ?? [poissonTier(1, REVENUE)],
    slots: 1,
    replicas: servers,
    service: '{ kind: exponential, mean: 1s }',
    warmUp: 20,
    duration: 800,
    gateway: more.gateway ?? '{ admission: { kind: bounded, maxWaiting: 0 } }',
  })}${more.economics ?? 'economics: { gpuHour: { kind: rented, usdPerGpuHour: 2000 } }'}\n`;

const folder = new Folder({
  'loss.yaml': loss(20),
  'short.yaml': loss(20).replace('duration: 800s', 'duration: 50s'),
  'long.yaml': loss(20).replace('duration: 800s', 'duration: 4000s'),
  'two-pools.yaml': loss(8)
    .replace('duration: 800s', 'duration: 50s')
    .replace(
      'gateway:',
      '    - { name: other, model: any, replicas: 2, serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 1s } } }\ngateway:',
    ),
  'closed.yaml': loss(20, {
    tiers: ['name: all, arrivals: { kind: closed-loop, users: 30, think: { kind: exponential, mean: 1s } }'],
    economics: '',
    gateway: '{}',
  }).replace('duration: 800s', 'duration: 50s'),
  'one.yaml': loss(1),
  'maintenance.yaml': loss(4).replace(
    'serving:',
    'maintenance: [{ windows: ["02:00-03:00"], replicas: 3 }], serving:',
  ),
  'limited.yaml': loss(20, {
    gateway:
      '{ admission: { kind: bounded, maxWaiting: 0 }, rateLimits: [{ scope: tier, tiers: [all], resource: requests, algorithm: { kind: token-bucket, perSecond: 5, burst: 100 } }] }',
  }),
  // The rates of the hours from 1 to 4 at night are 3, 144, 15 and 3: 50 servers carry the second in part, and the
  // third.
  'hours.yaml': loss(50, {
    tiers: [
      `name: all, arrivals: { kind: nonhomogeneous, ratePerSecond: ${(3 * 22 + 144 + 15) / 24}, hourOfDay: [3, 3, 144, 15, ${Array<number>(20).fill(3).join(', ')}] }, ${REVENUE}`,
    ],
  }).replace(
    'horizon: { warmUp: 20s, duration: 800s }',
    'horizon: { start: Mon 01:55, warmUp: 5min, duration: 2h }',
  ),
});
afterEach(endAll);
afterAll(() => folder.remove());
const here = { cwd: folder.path };

async function scalingOf(...args: readonly string[]): Promise<ScalingDocument> {
  const { code, stdout, stderr } = await fleetyield(
    ['scaling', ...args, '--threads', '1', '--json', '--quiet'],
    here,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as ScalingDocument;
}

/** What so many servers carry of an offered load, in the long run: dollars a second. */
const carried = (servers: number, load: number) => load * (1 - erlangB(load, servers));

/** What speaks against an estimate; `precision` is the widest half-width as a share of the exact value. */
const objectionTo = ({ mean, halfWidth }: Bounds, exact: number, precision: number, metric: string) =>
  verdictOn({ scope: 'total', metric, unit: '1', mean, halfWidth, n: REPLICATIONS }, exact, precision)
    .objection;

/** Exact elasticities of a pool of 20: servers ± 1, load ± 5 %. */
function exactly(load: number) {
  const supply = Math.log(carried(21, load) / carried(19, load)) / Math.log(21 / 19);
  const demand = Math.log(carried(20, 1.05 * load) / carried(20, 0.95 * load)) / Math.log(1.05 / 0.95);
  return { supply, demand, share: supply / (supply + demand) };
}

describe('an Erlang-loss pool of 20', () => {
  const found = new Map<number, ScalingDocument>();
  /** At each load as long as its numbers need: the shadow price at 18 is asked for within 2 % (K05). */
  const SECONDS = { 8: 600, 18: 800, 40: 600 } as const;
  const replications = ['--gpus', '1', '--replications', `${REPLICATIONS}`, '--no-store'];
  beforeAll(async () => {
    for (const [load, seconds] of Object.entries(SECONDS)) {
      const set = ['--set', `workload.load=${load}`, '--set', `horizon.duration=${seconds}s`];
      found.set(Number(load), await scalingOf('loss.yaml', ...replications, ...set));
    }
  }, 600_000);

  // What is next to nothing, 0.003 and 0.07, is known to half of it. Verdicts stand clear of their borders by eight
  // standard errors of these runs or more.
  it.each([
    [8, 'demand-constrained', { supply: 0.5, demand: 0.03, share: 0.5 }],
    [18, 'balanced', { supply: 0.03, demand: 0.04, share: 0.03 }],
    [40, 'supply-constrained', { supply: 0.03, demand: 0.5, share: 0.04 }],
  ] as const)('at load %d is %s, with the elasticities of Erlang’s formula', (load, verdict, precision) => {
    const { elasticity, regime, eulerGap } = found.get(load)!;
    const exact = exactly(load);
    expect(regime.verdict).toBe(verdict);
    const { supply, demand } = elasticity.revenue;
    const objections = [
      objectionTo(supply, exact.supply, precision.supply, 'supply'),
      objectionTo(demand, exact.demand, precision.demand, 'demand'),
      objectionTo(regime.supplyShare, exact.share, precision.share, 'share'),
    ];
    expect(objections).toEqual([null, null, null]);
    expect(eulerGap).toBeCloseTo(supply.mean! + demand.mean! - 1, 12);
  });

  it('at load 18 earns by one server more, and loses by one fewer, what Erlang’s formula says', () => {
    const { shadowPrice } = found.get(18)!;
    // A dollar a second is 3,600 an hour: 1,800 times K05, whose customers pay 2 for an hour.
    const forward = 3_600 * (carried(21, 18) - carried(20, 18));
    const backward = 3_600 * (carried(20, 18) - carried(19, 18));
    expect(shadowPrice.unit).toBe('USD/GPU-hour');
    expect(objectionTo(shadowPrice.forward, forward, 0.02, 'forward')).toBeNull();
    expect(objectionTo(shadowPrice.backward, backward, 0.02, 'backward')).toBeNull();
    expect(shadowPrice.cost).toBeCloseTo(2_000, 9);
    expect(shadowPrice.idleCost).toBeCloseTo(2_000, 9);
  });

  it('is to be made larger at load 40, and smaller at 8 and 18, where a server-hour costs 2,000 dollars', () => {
    // One more earns 3,322 at load 40; one fewer loses 1,750 at load 18 and 7 at load 8 (Erlang's formula): 19 standard
    // errors of these runs or more from the cost.
    const advice = [8, 18, 40].map((load) => found.get(load)!.shadowPrice.advice);
    expect(advice).toEqual(['release', 'release', 'buy']);
  });

  it.skipIf(NO_ORACLES !== null)(`has the exact numbers of oracles K05 and K13 ${NO_ORACLES ?? ''}`, () => {
    const { params, metrics } = oracle('K05');
    const revenue = (servers: number) => params.reward * carried(servers, params.lam * params.mean);
    expect(near(revenue(21) - revenue(20), metrics.forward_diff)).toBe(true);
    expect(near(revenue(20) - revenue(19), metrics.backward_diff)).toBe(true);
    for (const load of oracle('K13').params.loads as number[]) {
      const { eS, eD, supply_share } = oracle('K13').metrics[`a${load}`];
      const exact = exactly(load);
      expect([near(exact.supply, eS), near(exact.demand, eD), near(exact.share, supply_share)]).toEqual([
        true,
        true,
        true,
      ]);
    }
  });
});

describe('hours', () => {
  const args = ['hours.yaml', '--gpus', '0.5,1', '--replications', '5', '--store', 'hours.sqlite'];
  const shown = async (...more: string[]) =>
    (await fleetyield(['scaling', ...args, '--threads', '1', '--quiet', ...more], here)).stdout;
  let document: ScalingDocument;
  beforeAll(async () => {
    document = await scalingOf(...args);
  });

  it('are told apart: the one overloaded is supply-constrained, the next demand-constrained', () => {
    expect(document.regime.byHour.map(({ hourOfDay, verdict }) => [hourOfDay, verdict])).toEqual([
      [2, 'supply-constrained'],
      [3, 'demand-constrained'],
    ]);
  });

  it('are a strip for people, and a panel of the picture', async () => {
    const table = await shown('--picture', 'scaling.svg');
    expect(table).toMatch(/^hour of the day {2}0 {5}3 {5}6 {5}9 {5}12 {4}15 {4}18 {4}21$/m);
    expect(table).toMatch(/^ +· · S D( ·){20}$/m);
    const svg = readFileSync(folder.of('scaling.svg'), 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /);
    for (const label of [
      'money of the provider [USD/year]',
      'elasticity to GPUs',
      'hour of the day',
      'present',
    ])
      expect(svg).toContain(label);
  });

  it('are on a page that holds the picture and the numbers', async () => {
    await shown('--picture', 'scaling.html');
    const page = readFileSync(folder.of('scaling.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain(readFileSync(folder.of('scaling.svg'), 'utf8').trimEnd());
    expect(page).toContain('elasticity of');
  });
});

describe('a limit that binds', () => {
  it('makes neither GPUs nor load matter: externally-limited', async () => {
    // Five a second pass of 18, once the burst is spent in the warm-up; 20 servers serve them nearly all.
    const { regime } = await scalingOf(
      'limited.yaml',
      '--gpus',
      '1',
      '--replications',
      '10',
      '--no-store',
      '--set',
      'workload.load=18',
    );
    expect(regime.verdict).toBe('externally-limited');
  });
});

describe('sizes that are the same in whole replicas', () => {
  it('are run and shown once, and told of: 0.99 and 1.01 of 20 servers are 20', async () => {
    const args = ['short.yaml', '--gpus', '0.99,1.01,1,2', '--replications', '1', '--no-store', '--quiet'];
    const { code, stdout } = await fleetyield(['scaling', ...args], here);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^×1, present +20 /m);
    expect(stdout).toContain('×0.99 and ×1.01 come to the same fleet as ×1 in whole replicas');
    // And with one replication it says that nothing is sure.
    expect(stdout).toMatch(/^1 replication of each size and load: no intervals,/m);
  });
});

describe('the replications of a scaling', () => {
  it('are six, and ten where intervals leave open what binds', async () => {
    const args = ['scaling', 'short.yaml', '--gpus', '1', '--no-store', '--json'];
    const clear = await fleetyield([...args, '--set', 'workload.load=4'], here);
    expect((JSON.parse(clear.stdout) as ScalingDocument).replications).toBe(6);
    const open = await fleetyield([...args, '--set', 'workload.load=18'], here);
    expect(open.stderr).toContain(
      '6 replications of each leave open what binds or what a GPU is worth: 10 are taken',
    );
    expect((JSON.parse(open.stdout) as ScalingDocument).replications).toBe(10);
  });
});

describe('the document and the table', () => {
  const args = ['short.yaml', '--gpus', '3,2,0.5,1', '--replications', '3', '--store', 'short.sqlite'];
  const load = ['--set', 'workload.load=18'];
  let document: ScalingDocument;
  beforeAll(async () => {
    document = await scalingOf(...args, ...load);
  });

  it('have the sizes, the present fleet among them, with estimates of each', () => {
    const sizes = document.points.map(({ gpus, factor, present, replicas }) => [
      gpus,
      factor,
      present,
      ...replicas.map((one) => one.replicas),
    ]);
    expect(sizes).toEqual([
      [10, 0.5, false, 10],
      [20, 1, true, 20],
      [40, 2, false, 40],
      [60, 3, false, 60],
    ]);
    for (const { estimates, gpus } of document.points) {
      const cost = estimates.find(({ scope, metric }) => scope === 'total' && metric === 'cost');
      expect(cost).toMatchObject({ mean: (gpus * 2_000 * 50) / 3_600, n: 3 });
      expect(estimates.some(({ scope }) => scope.startsWith('hour:'))).toBe(false);
    }
  });

  it('say what was run', () => {
    expect(document).toMatchObject({
      replications: 3,
      seed: '1',
      confidence: 0.95,
      scenario: { name: 'queue' },
      fleet: { pool: null, gpus: 20, replicas: [{ pool: 'main', replicas: 20 }] },
      step: { gpus: [19, 21], alone: null, load: [17.1, 18.9], loadRefused: null },
    });
  });

  it('rest on the same demand at all sizes: 40 servers and 60, of which none is ever missed, earn the same to the cent', () => {
    expect(document.regime.arcs[2]!.supply).toEqual({ mean: 0, halfWidth: 0 });
  });

  it('show people sizes, elasticities, what a GPU-hour is worth, and what binds', async () => {
    const line = ['scaling', ...args, ...load, '--quiet'];
    const { code, stdout } = await fleetyield(line, here);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^queue with workload\.load=18 {2}20 GPUs \(replicas: 20 main\)\n3 replications of each size and load/,
    );
    expect(stdout).toMatch(/^×0\.5 +10 .* ± /m);
    expect(stdout).toMatch(/^×1, present +20 /m);
    expect(stdout).toMatch(/^elasticity of +to GPUs, 19 to 21 +to load, ×17\.1 to ×18\.9$/m);
    expect(stdout).toMatch(/^a GPU-hour {2}one more earns .+, one fewer loses .+; it costs \$2\.00 k: /m);
    expect(stdout).toMatch(/^regime {2}[a-z-]+, by revenue by use: s = /m);
    expect(stdout).toContain(
      'supply-constrained when its interval lies above 0.8, demand-constrained below 0.2',
    );
  });

  it('of one pool count and move its GPUs alone', async () => {
    const { points, step, fleet } = await scalingOf(
      'two-pools.yaml',
      '--gpus',
      '1,2',
      '--pool',
      'other',
      '--replications',
      '2',
      '--no-store',
    );
    expect(fleet).toMatchObject({ pool: 'other', gpus: 2 });
    expect(step).toMatchObject({ gpus: [1, 3], alone: null });
    expect(points[1]!.replicas).toEqual([
      { pool: 'main', replicas: 8 },
      { pool: 'other', replicas: 4 },
    ]);
  });

  it('have no money where nothing has a price, and no elasticity to load where users cannot be multiplied', async () => {
    const { elasticity, regime, step, shadowPrice } = await scalingOf(
      'closed.yaml',
      '--gpus',
      '1',
      '--replications',
      '2',
      '--no-store',
    );
    expect(elasticity.revenue.supply.mean).toBeNull();
    expect(shadowPrice).toMatchObject({ forward: { mean: null }, cost: null, advice: 'undetermined' });
    expect(elasticity.tokens.supply.mean).not.toBeNull();
    expect(elasticity.requests.supply.mean).not.toBeNull();
    expect(elasticity.tokens.demand.mean).toBeNull();
    expect(regime).toMatchObject({ verdict: 'undetermined', measure: 'tokens.output' });
    expect(step.load).toBeNull();
    expect(step.loadRefused).toContain('30 × load 0.95 is 28.5, which is not a whole number');
  });
});

describe('what is refused', () => {
  const REFUSED: Readonly<Record<string, readonly [args: string[], says: string]>> = {
    'a factor that leaves no replica': [
      ['loss.yaml', '--gpus', '0.02,1'],
      '--gpus 0.02 of the 20 replicas of main in the cell leaves none; choose 0.025 or more, or write the pool as more and smaller replicas',
    ],
    'one replica, of which none can be spared': [
      ['one.yaml', '--gpus', '1,2'],
      '--pool main has one replica in the cell and none can be spared to see what it is worth;',
    ],
    'a pool that is not there': [
      ['loss.yaml', '--pool', 'mian'],
      '--pool no pool that serves is called "mian"; known: main',
    ],
    'what a size breaks in the scenario, told at the size': [
      ['maintenance.yaml', '--gpus', '0.5,1'],
      '--gpus 0.5 fleet.pools[0].maintenance[0].replicas: 3 of 2 replicas; give at most 2',
    ],
    'a factor below zero': [
      ['loss.yaml', '--gpus', '1,-2'],
      'expected multiples of the fleet, such as 0.5,1,2.',
    ],
    'no factor': [['loss.yaml', '--gpus', ''], 'expected multiples of the fleet, such as 0.5,1,2.'],
    'a step of everything': [['loss.yaml', '--step', '1'], 'expected a number between 0 and 1'],
  };

  it.each(Object.keys(REFUSED))('ends with 2 before anything is run: %s', async (title) => {
    const [args, says] = REFUSED[title]!;
    const { code, stdout, stderr } = await fleetyield(['scaling', ...args], here);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(existsSync(folder.of('results/fleetyield.sqlite'))).toBe(false);
  });
});

describe('an interrupted scaling', () => {
  const args = [
    'scaling',
    'long.yaml',
    '--gpus',
    '1',
    '--replications',
    '12',
    '--threads',
    '1',
    '--json',
    '--set',
    'workload.load=18',
  ];

  it('ends with 130, and goes on from there to the same bytes', async () => {
    const running = start([...args, '--store', 'kept.sqlite'], here);
    const aPointIsDone = () => {
      const store = Store.openToRead(folder.of('kept.sqlite'));
      const isDone = store.summaries().some(({ done }) => done === 12);
      store.close();
      return isDone;
    };
    await until(running, ({ stderr }) => stderr.includes('1 of 5: queue with ') && aPointIsDone());
    running.process.kill('SIGINT');
    const { code, stdout, stderr } = await running.outcome;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(
      /interrupted: [0-4] of 5 scenarios were finished, nothing to compare; run the same command to resume\n$/,
    );

    const kept = JSON.parse(
      (await fleetyield(['results', '--store', 'kept.sqlite', '--json'], here)).stdout,
    ) as { done: number }[];
    expect(Math.max(...kept.map(({ done }) => done))).toBe(12);
    const resumed = await fleetyield([...args, '--store', 'kept.sqlite', '--quiet'], here);
    const undisturbed = await fleetyield([...args, '--no-store', '--quiet'], here);
    expect([resumed.code, undisturbed.code]).toEqual([0, 0]);
    expect(resumed.stdout).toBe(undisturbed.stdout);
  });
});
