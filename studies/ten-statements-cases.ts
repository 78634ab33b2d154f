/**
 * The ten statements of `../shared/facts/ECONOMICS.md`, section 10, as scenarios and as what must come out of them. Each
 * target is the statement's, or a law worked out beside it. Statement 8 is the rationing study.
 *
 * Nothing here was chosen so that a statement passes: fleets of slots have an exact capacity, and the presets are as they
 * ship.
 */
import { readCatalog } from '../src/files/catalog-files.ts';
import type { Interval } from '../src/stats/index.ts';
import { peakQuota } from './peak-quota.ts';
import { fluidRevenue, monthsOf, POOL_SLOTS, revenueWith, SUBSCRIBER_LAWS } from './subscribers.ts';
import {
  elasticityOf,
  figure,
  PROFILE,
  runsOf,
  Shipped,
  slotFleet,
  SLOTS,
  USD_PER_SLOT_HOUR,
  type Runs,
  type Scale,
  type SlotFleet,
} from './ten-statements-runs.ts';

export interface Check {
  readonly says: string;
  /** What the statement allows; `null` for no bound on that side. */
  readonly least: number | null;
  readonly most: number | null;
  readonly figure: Interval;
  /** What must be known of a figure. */
  readonly note?: string;
  /** Why a figure fails that is known to: the model, the preset, or the statement. */
  readonly failsFor?: string;
}

export interface Statement {
  readonly number: number;
  readonly title: string;
  readonly about: string;
  /** Parts of the statement that nothing here tests, and why. */
  readonly untested: readonly string[];
  /** Beside the study, what shows it. */
  readonly command: string;
  check(scale: Scale, shipped: Shipped): readonly Check[];
}

const within = (target: number, by: number) => ({ least: target - by, most: target + by });
const near = (target: number, share: number) => within(target, Math.abs(target) * share);
const atLeast = (least: number) => ({ least, most: null });
const atMost = (most: number) => ({ least: null, most });
const between = (least: number, most: number) => ({ least, most });

const BILLION = 1e9;
const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Twenty minutes of a fleet far from empty, after what fills it. */
const MINUTES_OF_SLOTS = { service: 10, warmUp: 300, window: 20 * 60 };

/** Engines whose line never ends: what one serves is the capacity that loads refer to. */
const enginesText = (replicas: number, ratePerSecond: number) => `
fleetyield: 1
name: engines
horizon: { warmUp: 1min, duration: 5min }
workload:
  tiers:
    - name: api
      model: llama-3.1-8b
      arrivals: { kind: poisson, ratePerSecond: ${ratePerSecond} }
      lengths: { prompt: { kind: empirical, table: azure-2023-conversation.prompt }, output: { kind: empirical, table: azure-2023-conversation.output } }
      revenue: { kind: per-token, inputPerMillion: 0.2, outputPerMillion: 0.6 }
fleet: { pools: [{ name: main, model: llama-3.1-8b, accelerator: h100-sxm, replicas: ${replicas}, serving: { kind: continuous-batching, maxSequences: 64, stepTime: { kind: roofline } } }] }
gateway: { admission: { kind: bounded, maxWaiting: ${8 * replicas} } }
`;
const ENGINES = 8;
/** More than an engine serves: its line is never empty. */
const FLOOD = 50;

const WHY_NOT_ONE = {
  market:
    'the assumption: a market that sends so many a month whatever the fleet lets subscribers grow more slowly than it (with churn alone by its square root), so the mix of calls and subscriptions, which the statement holds fixed, moves',
  mouth: undefined,
} as const;

/** Total revenue with subscriptions, in a month of fleets of three sizes that began with the same subscribers. */
function relaxed(scale: Scale): Check[] {
  const most = Math.max(...SUBSCRIBER_LAWS.map(({ relaxed: month }) => month));
  const sizes = [POOL_SLOTS / 2, POOL_SLOTS, 2 * POOL_SLOTS];
  const fleets = sizes.map((slots) => monthsOf(slots, most, scale));
  const arcs = [
    ['half to all GPUs', 0],
    ['all to twice the GPUs', 1],
  ] as const;
  return SUBSCRIBER_LAWS.flatMap((law) =>
    arcs.map(([arcSays, at]): Check => {
      const after = (month: number) =>
        elasticityOf(fleets[at]![month - 1]!, fleets[at + 1]![month - 1]!, 2, (runs) =>
          revenueWith(runs, law.tier),
        );
      const fluid = Math.log2(
        fluidRevenue(sizes[at + 1]!, law, law.relaxed) / fluidRevenue(sizes[at]!, law, law.relaxed),
      );
      const failsFor = WHY_NOT_ONE[law.joining];
      return {
        says: `joining ${law.says}, month ${law.relaxed}: ${arcSays}`,
        ...within(1, 0.1),
        figure: after(law.relaxed),
        note: `months 1, 6, 12: ${[1, 6, 12].map((month) => after(month).mean!.toFixed(2)).join(', ')}; a fluid has ${fluid.toFixed(2)}`,
        ...(failsFor === undefined ? {} : { failsFor }),
      };
    }),
  );
}

const supplyElasticity: Statement = {
  number: 1,
  title: 'Supply-side elasticity',
  about: `Slots: ${SLOTS / 2}, ${SLOTS} and ${2 * SLOTS} at the same flat demand, 1.25 times what the largest can do. Engines: ${ENGINES / 2}, ${ENGINES} and ${2 * ENGINES} H100s with Llama 3.1 8B, at 1.25 times what is first measured of the largest. Revenue by the token. Subscribers: pools of slots, one for each product, which all begin with 2.5 times what the middle fleet can do; calls by the token earn 5.0 dollars for each 14.3 of subscriptions there. Each month is simulated with the subscribers whom the one before left, and their demand; whoever is not served does not join. They join so many a month, or 0.137 for each there is, both from the same reported numbers; they leave at 5 % a month, or three in ten of those not served leave too. A law is looked at when 95 % of what it began with has died away.`,
  untested: [],
  command: 'npm run study:ten-statements -- --only 1',
  check: (scale) => {
    const sizes = (count: number, run: (count: number) => Runs) =>
      [run(count / 2), run(count), run(2 * count)] as const;
    const checks = (name: string, [half, one, two]: readonly [Runs, Runs, Runs]): Check[] => [
      { says: `${name}: half to all GPUs`, ...within(1, 0.03), figure: elasticityOf(half, one, 2) },
      { says: `${name}: all to twice the GPUs`, ...within(1, 0.03), figure: elasticityOf(one, two, 2) },
    ];
    const flood = runsOf(enginesText(ENGINES, FLOOD * ENGINES), scale);
    const [capacity] = flood.values('throughput.requests');
    const slots = sizes(SLOTS, (count) =>
      runsOf(slotFleet({ load: 2.5, slots: count, seconds: MINUTES_OF_SLOTS }), scale),
    );
    const engines = sizes(ENGINES, (count) => runsOf(enginesText(count, 1.25 * 2 * capacity!), scale));
    return [...checks('slots', slots), ...checks('engines', engines), ...relaxed(scale)];
  },
};

/** Loads and elasticities of the statement; 0.53 is where the peak, 1.50, is 0.8 of capacity. */
export const KINK = [
  [0.6, 0],
  [0.8, 0.38],
  [1, 0.53],
  [1.2, 0.67],
  [1.5, 0.84],
  [1.65, 1],
] as const;
const KINK_DEFERRABLE = [
  [0.9, 0],
  [1, 0.13],
  [1.1, 1],
] as const;
const ARC = 1.02;

/** A day of long requests, so that a day has few of them; a day before it where work waits for its valley. */
const DAY_OF_SLOTS = { service: 240, warmUp: 2 * HOUR, window: DAY };
const DAYS_OF_SLOTS = { ...DAY_OF_SLOTS, warmUp: DAY };

const SHAPE = readCatalog().profile(PROFILE)!.hours;

/** What a fluid of that shape of demand has served of itself at a capacity, without deferrable work. */
export function fluidServed(load: number, capacity: number): number {
  return SHAPE.reduce((sum, factor) => sum + Math.min(load * factor, capacity), 0) / SHAPE.length;
}

/** The elasticity of that along the study's arc. */
export const fluidElasticity = (load: number): number =>
  Math.log(fluidServed(load, ARC) / fluidServed(load, 1)) / Math.log(ARC);

/** Slots through a day, and 2 % more of them. */
function arc(load: number, deferrable: number, scale: Scale): readonly [Runs, Runs] {
  const seconds = deferrable > 0 ? DAYS_OF_SLOTS : DAY_OF_SLOTS;
  const at = (slots: number) =>
    runsOf(slotFleet({ load, deferrable, slots, profile: PROFILE, seconds }), scale);
  return [at(SLOTS), at(ARC * SLOTS)];
}

const alongArc = ([below, above]: readonly [Runs, Runs]) => elasticityOf(below, above, ARC);

/** One of the elasticities of statement 2. */
export const kinkAt = (load: number, target: number, deferrable: number, scale: Scale): Check => ({
  says: `mean load ${load}${deferrable > 0 ? `, ${100 * deferrable} % deferrable` : ''}`,
  ...within(target, 0.05),
  figure: alongArc(arc(load, deferrable, scale)),
  ...(deferrable > 0 ? {} : { note: `a fluid has ${fluidElasticity(load).toFixed(2)} along this arc` }),
});

const kink: Statement = {
  number: 2,
  title: 'Demand-side elasticity and the kink',
  about: `${SLOTS} slots through a day of the shape 4.10, and 2 % more of them; whoever finds the line full is shed. Of deferrable work each request may wait a day.`,
  untested: [],
  command: 'npm run study:ten-statements -- --only 2',
  check: (scale) => {
    const quiet = arc(0.8 / 1.5, 0, scale);
    const gained = (metric: string) => quiet.map((runs) => runs.values(metric));
    return [
      { says: 'peak load 0.8', ...atMost(0.02), figure: alongArc(quiet) },
      {
        says: 'profit lost per dollar of fleet added at peak load 0.8',
        ...within(1, 0.02),
        figure: figure(
          [...gained('margin'), ...gained('cost')],
          (less, more, cheap, dear) => (less! - more!) / (dear! - cheap!),
        ),
      },
      ...KINK.map(([load, target]) => kinkAt(load, target, 0, scale)),
      ...KINK_DEFERRABLE.map(([load, target]) => kinkAt(load, target, 0.3, scale)),
    ];
  },
};

const perYear = (runs: Runs, metric: string, scope = 'total') =>
  figure([runs.values(`${metric}.perYear`, scope)], (value) => value! / BILLION);

const apiTokens = (runs: Runs) => {
  const { share } = runs.scenario.cell;
  const columns = ['tier:api-committed', 'tier:api-new'].flatMap((scope) =>
    ['tokens.prompt', 'tokens.output'].map((metric) => runs.values(metric, scope)),
  );
  return columns[0]!.map((_, index) => columns.reduce((sum, column) => sum + column[index]!, 0) / share);
};

const history: Statement = {
  number: 3,
  title: 'Three-year history',
  about: 'A day of each year’s preset.',
  untested: [
    'That revenue emerges from tokens × price alone: most of it is subscriptions, whose number is reported for 2024 and assumed for 2023 and 2025, so the run-rates are agreement of presets and no evidence.',
  ],
  command: 'fleetyield run openai-2023 openai-2024 openai-2025',
  check: (_scale, shipped) => {
    const years = ['openai-2023', 'openai-2024', 'openai-2025'].map((name) => shipped.of(name));
    return [
      ...([2, 6, 20] as const).map((target, index): Check => ({
        says: `${years[index]!.scenario.name}: revenue [B USD/year]`,
        ...near(target, 0.1),
        figure: perYear(years[index]!, 'revenue'),
      })),
      {
        says: 'API tokens served, 2025 over 2023',
        ...atLeast(15),
        figure: figure([apiTokens(years[2]!), apiTokens(years[0]!)], (after, before) => after! / before!),
        note: 'the tokens of 2023 are from memory: a soft check, as the statement says',
      },
    ];
  },
};

const headline: Statement = {
  number: 4,
  title: 'Headline P&L on two bases',
  about: 'A day of each preset, annualised.',
  untested: [],
  command: 'fleetyield run openai-2025 openai-cy2025-accrual',
  check: (_scale, shipped) => {
    const exit = shipped.of('openai-2025');
    const year = shipped.of('openai-cy2025-accrual');
    const burn = (runs: Runs) => figure([runs.values('margin.perYear')], (value) => -value! / BILLION);
    return [
      { says: 'openai-2025: revenue [B USD/year]', ...between(20, 21.4), figure: perYear(exit, 'revenue') },
      { says: 'openai-2025: cost', ...between(35, 40), figure: perYear(exit, 'cost') },
      { says: 'openai-2025: burn', ...between(15, 20), figure: burn(exit) },
      { says: 'openai-cy2025-accrual: revenue', ...near(13.1, 0.05), figure: perYear(year, 'revenue') },
      { says: 'openai-cy2025-accrual: cost', ...near(34, 0.05), figure: perYear(year, 'cost') },
      { says: 'openai-cy2025-accrual: loss', ...near(20.9, 0.05), figure: burn(year) },
    ];
  },
};

/** Stock-based compensation in the overhead of openai-2025, from memory [ECONOMICS 9a]. */
const STOCK_COMPENSATION = 6 * BILLION;

type ShareOf = (serving: number, training: number, post: number, all: number) => number;

const split: Statement = {
  number: 5,
  title: 'Cost split on two labelled bases',
  about: 'Shares of all costs. Overhead is everything but compute, so it includes other cost of revenue.',
  untested: [],
  command: 'fleetyield run post-claims openai-2025',
  check: (_scale, shipped) => {
    const claims = shipped.of('post-claims');
    const exit = shipped.of('openai-2025');
    const lines = (runs: Runs) =>
      ['cost.serving', 'cost.training', 'cost.postTraining', 'cost'].map((line) =>
        runs.values(`${line}.perYear`),
      );
    const share = (runs: Runs, of: ShareOf) =>
      figure(lines(runs), (serving, training, post, all) => 100 * of(serving!, training!, post!, all!));
    const names = ['serving', 'training', 'post-training', 'overhead'] as const;
    const shares: readonly ShareOf[] = [
      (serving, _training, _post, all) => serving / all,
      (_serving, training, _post, all) => training / all,
      (_serving, _training, post, all) => post / all,
      (serving, training, post, all) => 1 - (serving + training + post) / all,
    ];
    const bands: readonly (readonly [number, number])[] = [
      [55, 65],
      [20, 25],
      [5, 10],
      [10, 15],
    ];
    return [
      ...names.map((name, index): Check => ({
        says: `post-claims: ${name} [%]`,
        ...between(...bands[index]!),
        figure: share(claims, shares[index]!),
      })),
      {
        says: 'post-claims: USD per GPU-hour that this needs',
        ...near(3.96, 0.05),
        figure: figure([claims.values('cost.perGpuHour')], (usd) => usd!),
        note: 'contracts of 2025 imply 2.05 to 2.97: the split is a claim',
      },
      ...names.map((name, index): Check => ({
        says: `openai-2025: ${name} [%]`,
        ...within([28, 25, 6, 40][index]!, 4),
        figure: share(exit, shares[index]!),
      })),
      ...names.map((name, index): Check => ({
        says: `openai-2025 without 6 B of stock compensation: ${name} [%]`,
        ...within([34, 30, 7, 29][index]!, 4),
        figure: share(exit, (serving, training, post, all) =>
          shares[index]!(serving, training, post, all - STOCK_COMPENSATION),
        ),
      })),
      {
        says: 'openai-2025: serving, of compute [%]',
        ...between(38, 60),
        figure: share(exit, (serving, training, post) => serving / (serving + training + post)),
      },
      {
        says: 'openai-2025: gross margin [%]',
        ...between(33, 43),
        figure: figure([exit.values('margin.grossShare')], (value) => 100 * value!),
      },
    ];
  },
};

/** Everything of openai-2025 twice: fleet, customers, their demand, and every cost. */
function doubled(runs: Runs): string[] {
  const { tiers, pools, share } = runs.scenario.cell;
  const rule = runs.scenario.priceBook.costs!.rule;
  const sums = [
    'otherServingGpus',
    'otherCostOfRevenueUsdPerYear',
    'trainingUsdPerYear',
    'postTrainingUsdPerYear',
    'overheadUsdPerYear',
  ] as const;
  return [
    'workload.load=2',
    ...tiers.map(
      ({ tenants }, tier) => `workload.tiers[${tier}].tenants=${Math.round((2 * tenants) / share)}`,
    ),
    ...pools.map(
      ({ replicas }, pool) => `fleet.pools[${pool}].replicas=${Math.round((2 * replicas) / share)}`,
    ),
    ...sums.map((sum) => `economics.costs.${sum}=${2 * rule.costs[sum]}`),
    `economics.otherRevenueUsdPerYear=${2 * rule.otherRevenueUsdPerYear}`,
  ];
}

const growth: Statement = {
  number: 6,
  title: 'Growth alone does not fix margin',
  about: 'openai-2025 with twice the fleet, the customers, the demand and every cost, overhead included.',
  untested: [],
  command: 'npm run study:ten-statements -- --only 6',
  check: (_scale, shipped) => {
    const one = shipped.of('openai-2025');
    const two = shipped.of('openai-2025', doubled(one));
    const both = (metric: string) => [one, two].map((runs) => runs.values(metric));
    return [
      {
        says: 'change of the margin after compute [percentage points]',
        ...within(0, 1),
        figure: figure(
          [...both('cost.serving'), ...both('revenue')],
          (before, after, earned, earnedAfter) => 100 * (before! / earned! - after! / earnedAfter!),
        ),
      },
      {
        says: 'change of cost ÷ revenue',
        ...within(0, 0.1),
        figure: figure(
          [...both('cost'), ...both('revenue')],
          (before, after, earned, earnedAfter) => after! / earnedAfter! - before! / earned!,
        ),
      },
    ];
  },
};

/** One owned GPU at 75 % of 2.0 kW all-in, of which a fifth is cooling and distribution [ECONOMICS 5 and 12]. */
const ownedText = (years: number) => `
fleetyield: 1
name: owned
horizon: { duration: 1h }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: poisson, ratePerSecond: 1 } }] }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 10, serviceTime: { kind: constant, value: 1s } } }] }
economics:
  gpuHour: { kind: owned, acceleratorUsd: 64000, acceleratorLifeYears: ${years}, infrastructureUsd: 24000, infrastructureLifeYears: 15, costOfCapitalPerYear: 0, opexUsdPerGpuHour: 0.25, electricityUsdPerKwh: 0.0861, powerUsageEffectiveness: 1.25, idleWatts: 1200, busyWatts: 1200 }
`;

/**
 * DeepSeek's day [ECONOMICS 5.13]: 608 B tokens in and 168 B out, of nodes that read 73,700 tokens a second or write
 * 14,800; each request of 10,000 in brings its share of output. A node of eight GPUs at 2 dollars.
 */
const DEEPSEEK = { in: 608e9, out: 168e9, nodes: 278, requestTokens: 10_000, share: 1 / 27.8 };
const deepseekText = `
fleetyield: 1
name: deepseek-day
horizon: { warmUp: 10min, duration: 20min }
cell: { share: ${DEEPSEEK.share} }
workload:
  tiers:
    - name: all
      tenants: 278
      model: any
      arrivals: { kind: poisson, ratePerSecond: ${DEEPSEEK.in / DAY / DEEPSEEK.requestTokens} }
      lengths: { prompt: { kind: constant, value: ${DEEPSEEK.requestTokens} }, output: { kind: constant, value: ${Math.round((DEEPSEEK.requestTokens * DEEPSEEK.out) / DEEPSEEK.in)} } }
fleet:
  pools:
    - name: nodes
      model: any
      gpusPerReplica: 8
      replicas: ${DEEPSEEK.nodes}
      serving: { kind: continuous-batching, maxSequences: 256, kv: { capacityTokens: 10000000 }, stepTime: { kind: affine, base: 0s, perPrefillToken: ${1_000 / 73_700}ms, perSequence: ${1_000 / 14_800}ms } }
gateway: { routing: { kind: least-loaded } }
economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 } }
`;

/**
 * An engine of InferenceX, and a measured point of it: DeepSeek-R1 in fp8 at so many tokens/s a user, in dollars a million
 * tokens read and written [ECONOMICS 5.7, 5.13]. That both count is the source’s own arithmetic (`tput_per_gpu` is
 * total_token_throughput ÷ GPUs in utils/process_result.py of InferenceMAX/InferenceMAX), and its users × speed × 2 ÷ 1,020
 * are the 8 GPUs of a B200 host.
 */
interface Interactivity {
  readonly accelerator: string;
  readonly usdPerGpuHour: number;
  readonly prompt: number;
  readonly speed: number;
  readonly measured: number;
  /** How many users the source says it had; where it is not known of how many GPUs, as many as have the speed. */
  readonly users?: number;
  /** The pools, with the settings of their engines before `stepTime`. */
  pools(engine: string): string;
  /** Why it fails, where it is known to. */
  readonly failsFor?: string;
}

const poolOf = (accelerator: string, gpus: number, engine: string, more = '', replicas = 1) =>
  `{ name: gpus-${gpus}, model: deepseek-r1, accelerator: ${accelerator}, gpusPerReplica: ${gpus}, replicas: ${replicas}, ${more} serving: { kind: continuous-batching, maxSequences: 2048, maxBatchedTokens: ${gpus * 8192}, attention: data-parallel, ${engine} stepTime: { kind: roofline } } }`;

/**
 * Attention data-parallel and experts over all GPUs of an engine, as the source’s recipes have it beyond 32 users
 * (.github/configs/nvidia-master.yaml, Jan 2026), and no drafted tokens. GB200: its recipe for 512 to 6,144 users, five
 * engines of 8 that read and one of 32 that writes; the network of a reading engine carries its KV. For the H100 no recipe
 * was found: as many GPUs as hold the model, as engines of two hosts.
 */
const INTERACTIVITY: readonly Interactivity[] = [
  {
    accelerator: 'h100-sxm',
    usdPerGpuHour: 1.31,
    prompt: 1024,
    speed: 42,
    measured: 1.365,
    pools: (engine) => poolOf('h100-sxm', 16, engine),
    failsFor:
      'the statement: no recipe of the source was found for the H100, and its 558 users at that point are those of about 176 GPUs, not of 16; where exchanges over the network do not hide and latencies of it are longer than those of a host, the law is optimistic',
  },
  {
    accelerator: 'b200',
    usdPerGpuHour: 1.95,
    prompt: 1024,
    speed: 42,
    measured: 0.113,
    pools: (engine) => poolOf('b200', 8, engine),
  },
  {
    accelerator: 'b200',
    usdPerGpuHour: 2,
    prompt: 1024,
    speed: 71,
    measured: 0.544,
    pools: (engine) => poolOf('b200', 8, engine),
    failsFor:
      'the model: launches of a layer take the time of an H100 under vLLM, 6.5 of the 14 ms that a token may take; with a drafted token it is far cheaper than measured',
  },
  {
    accelerator: 'gb200-nvl72',
    usdPerGpuHour: 2.21,
    prompt: 8192,
    speed: 75,
    measured: 0.106,
    users: 649,
    pools: (engine) =>
      [
        poolOf('gb200-nvl72', 8, engine, 'phase: prefill, link: { latency: 1ms, bytesPerSecond: 400e9 },', 5),
        poolOf('gb200-nvl72', 32, engine, 'phase: decode,'),
      ].join(', '),
  },
];

/** Users who send a prompt as soon as their last reply of 1,024 tokens has come. */
const interactivityText = (
  { usdPerGpuHour, prompt, pools }: Interactivity,
  users: number,
  engine: string,
) => `
fleetyield: 1
name: deepseek-r1
horizon: { warmUp: 2min, duration: 4min }
workload:
  tiers:
    - name: all
      model: deepseek-r1
      arrivals: { kind: closed-loop, users: ${users}, think: { kind: constant, value: 0s } }
      lengths: { prompt: { kind: uniform, low: ${0.8 * prompt}, high: ${prompt} }, output: { kind: uniform, low: ${0.8 * 1024}, high: 1024 } }
fleet: { pools: [${pools(engine)}] }
economics: { gpuHour: { kind: rented, usdPerGpuHour: ${usdPerGpuHour} } }
`;

/** Tokens/s a user and dollars a million tokens, with so many users. */
function pointAt(point: Interactivity, users: number, engine: string) {
  const runs = runsOf(interactivityText(point, users, engine), { replications: 1, window: [] });
  const [tpot] = runs.means('tpot.mean');
  const [usd] = runs.values('cost.perMillionTokens');
  return { users, speed: 1 / tpot!, usd: usd! };
}

/** Dollars a million tokens where users have the speed of the point, between two numbers of users a thirtieth apart. */
function costAt(point: Interactivity, engine = ''): number {
  const at = (users: number) => pointAt(point, users, engine);
  let fewer = at(1);
  let more = at(2);
  for (; more.speed > point.speed; more = at(2 * more.users)) {
    if (more.users > MOST_USERS)
      throw new Error(`${point.accelerator} is never as slow as ${point.speed} tokens/s a user`);
    fewer = more;
  }
  while (more.users - fewer.users > Math.max(1, fewer.users / 30)) {
    const middle = at(Math.round((fewer.users + more.users) / 2));
    if (middle.speed > point.speed) fewer = middle;
    else more = middle;
  }
  const way = Math.log(fewer.speed / point.speed) / Math.log(fewer.speed / more.speed);
  return fewer.usd * (more.usd / fewer.usd) ** way;
}

/** What an engine may hold. */
const MOST_USERS = 2048;

/** DeepSeek’s own drafted token: 85 to 90 % are accepted [DeepSeek-V3 technical report, 2024]; a layer of 61 and the head draft it [assumed]. */
const DRAFTED = 'speculation: { draftTokens: 1, acceptance: 0.85, draftTime: 0.4ms },';

/** The cost of a point, and what must be known of it. */
function measuredAgain(point: Interactivity): Check {
  const { accelerator, prompt, speed, measured, users, failsFor } = point;
  const found = users === undefined ? null : pointAt(point, users, '');
  return {
    says: `DeepSeek-R1 on ${accelerator}, ${prompt / 1024}k in and 1k out, at ${users === undefined ? `${speed} tokens/s a user` : `${users} users`} [USD/M tokens]`,
    ...near(measured, 0.15),
    figure: { mean: found?.usd ?? costAt(point), halfWidth: null, n: 1 },
    note:
      found === null
        ? `with one drafted token ${costAt(point, DRAFTED).toFixed(3)}; which of the two was measured the source does not say`
        : `users have ${found.speed.toFixed(1)} tokens/s, measured ${speed}`,
    ...(failsFor === undefined ? {} : { failsFor }),
  };
}

const marginalCost: Statement = {
  number: 7,
  title: 'Marginal cost',
  about:
    'The build-up of an owned GPU-hour at three lives; DeepSeek’s published day from its published rates; and DeepSeek-R1 on data sheets alone (`roofline`) with attention data-parallel: engines of 16 H100s or 8 B200s, and 72 GPUs of a GB200 rack as the source ran them, five engines of 8 that read and one of 32 that writes.',
  untested: [],
  command: 'npm run study:ten-statements -- --only 7',
  check: (scale) => {
    const owned = [4, 5, 6].map((years) => ({ years, runs: runsOf(ownedText(years), scale) }));
    const day = runsOf(deepseekText, scale);
    const windowsInDay = DAY / (20 * 60);
    const thousandsInDay = windowsInDay / DEEPSEEK.share / 1_000;
    return [
      ...owned.flatMap(({ years, runs }): Check[] => {
        const hour = runs.values('cost.serving');
        return [
          {
            says: `GPU-hour at ${years} years [USD]`,
            // The statement gives one decimal.
            ...between(1.75, 2.45),
            figure: figure([hour], (usd) => usd!),
          },
          {
            says: `electricity and cooling at ${years} years [%]`,
            ...between(5, 8),
            figure: figure(
              [runs.values('cost.electricity'), runs.values('cost.cooling'), hour],
              (power, cooling, all) => (100 * (power! + cooling!)) / all!,
            ),
          },
          {
            says: `depreciation at ${years} years [%]`,
            ...between(75, 85),
            figure: figure(
              [runs.values('cost.accelerator'), runs.values('cost.infrastructure'), hour],
              (accelerator, building, all) => (100 * (accelerator! + building!)) / all!,
            ),
          },
        ];
      }),
      {
        says: 'DeepSeek’s day: nodes at work',
        ...near(227, 0.03),
        figure: figure([day.values('utilisation.busy')], (busy) => DEEPSEEK.nodes * busy!),
      },
      {
        says: 'DeepSeek’s day: their cost [thousand USD]',
        ...near(87, 0.03),
        figure: figure(
          [day.values('cost.serving'), day.values('cost.serving.idle')],
          (all, idle) => thousandsInDay * (all! - idle!),
        ),
      },
      ...INTERACTIVITY.map(measuredAgain),
    ];
  },
};

const FASTER = 1.25;
const ELASTICITY_OF_PRICE = -1.11;
/** Months and margins of paid compute [ECONOMICS 8.6 for the first and last; 0.64 a year]. */
const MARGINS = [
  [0, 35],
  [11, 57],
  [21, 70],
] as const;
/** The price of a request that leaves 35 % of it after its compute. */
const priceAtMargin = (margin: number) => {
  const hours = MINUTES_OF_SLOTS.service / HOUR;
  return (USD_PER_SLOT_HOUR * hours) / (1 - margin);
};

const decoupling: Statement = {
  number: 9,
  title: 'Levers that decouple revenue from compute',
  about: `${SLOTS} slots with a load of 2.5, which the fleet limits, or of 0.5, which demand limits; each lever paired with the fleet as it was. A slot’s used cost is its rent while it works.`,
  untested: [
    'Price headroom of (d) as a price: no plan has subscribers who answer to it. What is shown is how many of them a dearer one may cost.',
  ],
  command:
    'fleetyield compare openai-2025 lever-outcomes; fleetyield compare openai-2025-churn lever-lock-in; npm run study:levers; npm run study:ten-statements -- --only 9',
  check: (scale, shipped) => {
    const at = (fleet: Omit<SlotFleet, 'seconds'>) =>
      runsOf(slotFleet({ ...fleet, seconds: MINUTES_OF_SLOTS }), scale);
    const change = (before: Runs, after: Runs, of: (runs: Runs) => readonly number[]) =>
      figure([of(before), of(after)], (less, more) => 100 * (more! / less! - 1));
    const revenue = (runs: Runs) => runs.values('revenue');
    const usedCost = (runs: Runs) => {
      const idle = runs.values('cost.serving.idle');
      return runs.values('cost.serving').map((all, index) => all - idle[index]!);
    };
    const [limited, free] = [at({ load: 2.5 }), at({ load: 0.5 })];
    const x = 100 * (FASTER - 1);
    const demand = 0.9 ** ELASTICITY_OF_PRICE;
    const freeCheaper = at({ load: 0.5 * demand, usdPerRequest: 0.9 });
    const base = shipped.of('openai-2025');
    const outcomes = shipped.of('lever-outcomes');
    const churning = shipped.of('openai-2025-churn');
    const lockedIn = shipped.of('lever-lock-in');
    const subscribers = (runs: Runs) => runs.values('subscribers.month12');
    return [
      {
        says: `(a) ${x} % more tokens a GPU, supply-limited: revenue [%]`,
        ...within(x, 0.05 * x),
        figure: change(limited, at({ load: 2.5, speed: FASTER }), revenue),
      },
      {
        says: '(a) demand-limited: revenue [%]',
        ...within(0, 0.05 * x),
        figure: change(free, at({ load: 0.5, speed: FASTER }), revenue),
      },
      {
        says: '(a) demand-limited: used serving cost [%]',
        ...near(-100 * (1 - 1 / FASTER), 0.05),
        figure: change(free, at({ load: 0.5, speed: FASTER }), usedCost),
        note: 'the rent of the fleet falls only when it is given back',
      },
      ...MARGINS.map(([months, target]): Check => {
        const runs = at({ load: 0.5, speed: 0.64 ** (-months / 12), usdPerRequest: priceAtMargin(0.35) });
        return {
          says: `(a) paid compute margin after ${months} months [%]`,
          ...within(target, 6),
          figure: figure(
            [usedCost(runs), runs.values('revenue')],
            (cost, earned) => 100 * (1 - cost! / earned!),
          ),
          ...(months === 11 ? { note: '52 % was reported' } : {}),
        };
      }),
      {
        says: '(b) price −10 %, room for more: requests [%]',
        ...near(100 * (demand - 1), 0.05),
        figure: change(free, freeCheaper, (runs) => runs.values('requests.served')),
      },
      {
        says: '(b) price −10 %, room for more: revenue [%]',
        ...within(1.2, 0.5),
        figure: change(free, freeCheaper, revenue),
        note: '0.9 × 0.9^−1.11 = 1.0117',
      },
      {
        says: '(b) price −10 %, no room: revenue [%]',
        ...within(-10, 0.5),
        figure: change(limited, at({ load: 2.5 * demand, usdPerRequest: 0.9 }), revenue),
      },
      {
        says: '(c) a tenth of tokens from free chat to outcomes: revenue of openai-2025 [%]',
        ...atLeast(0),
        figure: change(base, outcomes, revenue),
        note: 'the same GPUs, so revenue per GW rises alike',
      },
      {
        says: '(c) compute in the revenue of outcomes [%]',
        ...between(4, 10),
        figure: figure(
          [
            outcomes.values('tokens.prompt', 'tier:outcomes'),
            outcomes.values('tokens.output', 'tier:outcomes'),
            outcomes.values('cost.perMillionTokens'),
            outcomes.values('revenue', 'tier:outcomes'),
          ],
          (prompt, output, usd, earned) => (100 * ((prompt! + output!) / 1e6) * usd!) / earned!,
        ),
        note: 'tokens at the mean cost of a token, cached ones too',
      },
      {
        says: '(d) churn of 11 % a year instead of 5 % a month: output tokens/s [%]',
        ...within(0, 0),
        figure: change(churning, lockedIn, (runs) => runs.values('throughput.outputTokens')),
        note: 'by construction: churn is not felt within a day',
      },
      {
        says: '(d) revenue of consumers in month 12 [%]',
        ...atLeast(0),
        figure: change(churning, lockedIn, (runs) => runs.values('revenue.month12')),
      },
      {
        says: '(d) subscribers a dearer price may cost until there are as few as without lock-in [%]',
        ...atLeast(0),
        figure: figure(
          [subscribers(churning), subscribers(lockedIn)],
          (without, locked) => 100 * (1 - without! / locked!),
        ),
        note: 'month 12, sign-ups as they are',
      },
    ];
  },
};

const contrast: Statement = {
  number: 10,
  title: 'Strategy contrast',
  about:
    'A day of each preset, both on the basis of calendar 2025. The natural experiment: 10,000 users at the six peak hours, a window of five hours that 5 % of them meet, a busiest hour at 1.125 of what the fleet can do, and a window that drains so much faster that under 1 % is shed.',
  untested: [
    'Faster growth: a run is a day, and nothing in it grows; no rule here makes either provider grow slower.',
  ],
  command: 'fleetyield run anthropic-2025 openai-cy2025-accrual',
  check: (scale, shipped) => {
    const experiment = peakQuota(scale);
    const other = shipped.of('anthropic-2025');
    const open = shipped.of('openai-cy2025-accrual');
    const lossPerDollar = (runs: Runs) =>
      figure([runs.values('cost'), runs.values('revenue')], (c, r) => c! / r! - 1);
    const reach = (runs: Runs) =>
      runs.scenario.cell.tiers.reduce((sum, { tenants }) => sum + tenants, 0) / runs.scenario.cell.share;
    return [
      {
        says: 'anthropic-2025: loss per dollar of revenue',
        ...within(1.16, 0.1),
        figure: lossPerDollar(other),
      },
      {
        says: 'openai-cy2025-accrual: loss per dollar of revenue',
        ...within(1.6, 0.1),
        figure: lossPerDollar(open),
      },
      {
        says: 'loss of the one over that of the other [%]',
        ...atMost(30),
        figure: figure(
          [other.values('margin.perYear'), open.values('margin.perYear')],
          (small, great) => (100 * small!) / great!,
        ),
      },
      {
        says: 'gross margin above the other’s [percentage points]',
        ...atLeast(0),
        figure: figure(
          [other.values('margin.grossShare'), open.values('margin.grossShare')],
          (one, two) => 100 * (one! - two!),
        ),
        note: 'with the cost of free users in the cost of revenue, as 33 and 40 % were reported; OpenAI books 43 % without',
      },
      {
        says: 'customers reached, of the other’s [%]',
        ...atMost(10),
        figure: { mean: (100 * reach(other)) / reach(open), halfWidth: null, n: 1 },
        note: 'assumed in the presets',
      },
      {
        says: 'users newly limited by the peak-hour multiplier [%]',
        ...within(7, 3),
        figure: experiment.newlyLimited,
        note: `draining ${experiment.multiplier.toFixed(2)} times as fast ends the shedding`,
        failsFor:
          'the preset: a window of five hours renews within six hours of peak, so alone it must be tight to relieve the busiest one; how unequal users are, how much faster it drained and how much else the fleet served was not published',
      },
      ...[...experiment.shedWithMore].map(([more, shed]): Check => ({
        says: `without it and with ${Math.round(100 * (more - 1))} % more capacity: shed in the busiest hour [%]`,
        ...atMost(1),
        figure: shed,
        note: 'so nobody need be limited for it',
      })),
    ];
  },
};

/** All but statement 8. */
export const STATEMENTS: readonly Statement[] = [
  supplyElasticity,
  kink,
  history,
  headline,
  split,
  growth,
  marginalCost,
  decoupling,
  contrast,
];
