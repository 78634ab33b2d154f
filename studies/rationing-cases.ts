/**
 * The rationing study: statement 8 of `../shared/facts/ECONOMICS.md`, section 10, as scenarios and as what must come out
 * of them. Every target is a law worked out beside it; nothing here knows what the engine says.
 *
 * Loads are offered work over what the fleet can do, before anyone comes back. Slots have exponential service of one
 * second and an exact capacity; an engine's capacity is measured (see `capacityText`).
 */
import type { Estimates } from '../tests/helpers/scenario.ts';

/** How long to simulate and how often. */
export interface Scale {
  /** Windows are these times as long as in the published study. */
  readonly length: number;
  readonly replications: number;
}

export const PUBLISHED: Scale = { length: 1, replications: 10 };

export interface Figure {
  readonly value: number;
  /** 95 % half-width over replications; `null` for a figure that has none. */
  readonly halfWidth: number | null;
}

export interface Check {
  readonly says: string;
  /** The law, as it is written. */
  readonly law: string;
  readonly target: number;
  /** What the statement allows about the target; or the target is the least or the most. */
  readonly allows: { readonly within: number } | 'least' | 'most';
  figure(estimates: Estimates): Figure;
}

export interface RationingCase {
  readonly name: string;
  readonly about: string;
  text(scale: Scale): string;
  readonly checks: readonly Check[];
}

const SLOTS = 500;
const EVERY_HOUR = '{ kind: clock, windows: ["Mon-Sun 00:00-24:00"] }';

/** Estimates of a metric, as they are. */
const read =
  (metric: string, scope = 'total', scale = 1) =>
  (estimates: Estimates): Figure => {
    const { mean, halfWidth } = estimates.of(metric, scope);
    if (mean === null || halfWidth === null) throw new Error(`${metric} of ${scope} has no data`);
    return { value: scale * mean, halfWidth: scale * halfWidth };
  };

/** One mean over another; relative half-widths are added, which is more than the interval of the ratio. */
const over =
  (above: string, below: string, scope = 'total') =>
  (estimates: Estimates): Figure => {
    const a = read(above, scope)(estimates);
    const b = read(below, scope)(estimates);
    const value = a.value / b.value;
    return { value, halfWidth: value * (a.halfWidth! / a.value + b.halfWidth! / b.value) };
  };

/** What the client libraries do: three attempts, 0.5 s × 2ⁿ of backoff up to 8 s [reported, 3.21; the jitter is full here]. */
const SDK = (honour: boolean) =>
  `retries: { maxAttempts: 3, backoff: { base: 500ms, factor: 2, cap: 8s, jitter: full }, honourRetryAfter: ${honour} }`;

interface TierText {
  readonly name: string;
  readonly share: number;
  readonly priority?: number;
  readonly more?: string;
}

interface LossText {
  readonly load: number;
  readonly tiers: readonly TierText[];
  readonly gateway: string;
  readonly pools: string;
  readonly model: string;
  readonly lengths?: string;
  /** Requests a second that the fleet can serve. */
  readonly capacity: number;
  readonly warmUp: number;
  readonly window: number;
}

function lossText(loss: LossText, scale: Scale): string {
  const { load, tiers, gateway, pools, model, lengths, capacity, warmUp, window } = loss;
  return `
fleetyield: 1
name: rationing
horizon: { warmUp: ${warmUp}s, duration: ${window * scale.length}s }
workload:
  tiers:
${tiers
  .map(({ name, share, priority = 0, more }) => {
    const extras = [lengths, more].filter((text) => text !== undefined).map((text) => `, ${text}`);
    return `    - { name: ${name}, priority: ${priority}, model: ${model}, arrivals: { kind: poisson, ratePerSecond: ${load * share * capacity} }${extras.join('')} }`;
  })
  .join('\n')}
fleet: { pools: [${pools}] }
gateway: ${gateway}
`;
}

const slotsPool = (name: string, model: string, slots: number, seconds: number) =>
  `{ name: ${name}, model: ${model}, replicas: 1, serving: { kind: slots, concurrency: ${slots}, serviceTime: { kind: exponential, mean: ${seconds}s } } }`;

const onSlots = {
  model: 'flagship',
  pools: slotsPool('main', 'flagship', SLOTS, 1),
  capacity: SLOTS,
  warmUp: 60,
  window: 1_200,
};

const everybody = (more?: string): readonly TierText[] => [
  { name: 'all', share: 1, ...(more === undefined ? {} : { more }) },
];

const shedLaw = (load: number) => 1 - 1 / load;
const refusedLaw = (load: number) => shedLaw(load) ** (1 / 3);
const attemptsLaw = (load: number) => 1 + refusedLaw(load) + refusedLaw(load) ** 2;

/** Loss without anybody coming back. A line of one second's work keeps the servers at work. */
const withoutRetries = (load: number): RationingCase => ({
  name: `slots, ρ = ${load}, nobody comes back`,
  about: `${SLOTS} slots and a line of ${SLOTS} places.`,
  text: (scale) =>
    lossText(
      {
        ...onSlots,
        load,
        tiers: everybody(),
        gateway: `{ admission: { kind: bounded, maxWaiting: ${SLOTS} } }`,
      },
      scale,
    ),
  checks: [
    {
      says: 'requests shed',
      law: '1 − 1 ÷ ρ',
      target: shedLaw(load),
      allows: { within: 0.01 },
      figure: read('share.shed'),
    },
  ],
});

const retryChecks = (load: number, capacity: number): readonly Check[] => [
  {
    says: 'attempts refused',
    law: '(1 − 1 ÷ ρ)^⅓',
    target: refusedLaw(load),
    allows: { within: 0.02 },
    figure: read('share.attemptsRefused'),
  },
  {
    says: 'attempts a request',
    law: '1 + f + f²',
    target: attemptsLaw(load),
    allows: { within: 0.05 * attemptsLaw(load) },
    figure: over('attempts', 'requests.arrived'),
  },
  {
    says: 'requests shed in the end',
    law: '1 − 1 ÷ ρ, unchanged by retries',
    target: shedLaw(load),
    allows: { within: 0.01 },
    figure: read('share.shed'),
  },
  {
    says: 'goodput ÷ capacity',
    law: 'no congestion collapse',
    target: 0.98,
    allows: 'least',
    figure: read('throughput.requests', 'total', 1 / capacity),
  },
];

const withRetries = (load: number): RationingCase => ({
  name: `slots, ρ = ${load}, two retries`,
  about: 'The same, and the refused come back twice, as client libraries do.',
  text: (scale) =>
    lossText(
      {
        ...onSlots,
        load,
        tiers: everybody(SDK(true)),
        gateway: `{ admission: { kind: bounded, maxWaiting: ${SLOTS} } }`,
      },
      scale,
    ),
  checks: retryChecks(load, SLOTS),
});

const REPLICAS = 16;
const engine = (maxSequences: number) => ({
  model: 'llama-3.1-8b',
  lengths:
    'lengths: { prompt: { kind: empirical, table: azure-2023-conversation.prompt }, output: { kind: empirical, table: azure-2023-conversation.output } }',
  pools: `{ name: main, model: llama-3.1-8b, accelerator: h100-sxm, replicas: ${REPLICAS}, serving: { kind: continuous-batching, maxSequences: ${maxSequences}, stepTime: { kind: roofline } } }`,
});
const MAX_SEQUENCES = 64;

/** Engines whose lines never end: what they serve is the capacity that loads refer to [requests/s of all replicas]. */
export const capacityText = (scale: Scale): string =>
  lossText(
    {
      ...engine(MAX_SEQUENCES),
      load: 3,
      tiers: everybody(),
      gateway: `{ admission: { kind: bounded, maxWaiting: ${20 * REPLICAS} } }`,
      capacity: 15 * REPLICAS,
      warmUp: 60,
      window: 300,
    },
    scale,
  );

const engineWithRetries = (load: number, capacity: number): RationingCase => ({
  name: `engines, ρ = ${load}, two retries`,
  about: `${REPLICAS} replicas of Llama 3.1 8B on one H100 each, lengths of the Azure 2023 conversation trace, at most ${MAX_SEQUENCES} sequences a replica, a line of four places a replica. Capacity is what they serve with a line that never ends, ${capacity.toFixed(1)} requests/s.`,
  text: (scale) =>
    lossText(
      {
        ...engine(MAX_SEQUENCES),
        load,
        tiers: everybody(SDK(true)),
        gateway: `{ admission: { kind: bounded, maxWaiting: ${4 * REPLICAS} } }`,
        capacity,
        warmUp: 60,
        window: 600,
      },
      scale,
    ),
  checks: retryChecks(load, capacity),
});

/** Seven tenths of the load is free; the order is the declared one [reported, 3.9]. */
const MIX: readonly TierText[] = [
  { name: 'paid', share: 0.15, priority: 0 },
  { name: 'api-committed', share: 0.1, priority: 1 },
  { name: 'free', share: 0.7, priority: 2 },
  { name: 'api-new', share: 0.05, priority: 3 },
];
const RANKED = `{ discipline: { kind: strict-priority }, admission: { kind: bounded, maxWaiting: ${SLOTS} } }`;

/** What a tier loses when those before it are served first: the fluid law of strict priority. */
function lossOf(tier: number, load: number): number {
  const before = MIX.slice(0, tier).reduce((sum, { share }) => sum + load * share, 0);
  const own = load * MIX[tier]!.share;
  return Math.min(1, Math.max(0, before + own - 1) / own);
}

const ranked = (load: number, about: string): RationingCase => ({
  name: `slots, order of loss at ρ = ${load}`,
  about,
  text: (scale) => lossText({ ...onSlots, load, tiers: MIX, gateway: RANKED }, scale),
  checks: [
    ...MIX.map(({ name }, tier): Check => ({
      says: `${name}: requests shed`,
      law: 'strict priority of a fluid',
      target: lossOf(tier, load),
      allows: { within: 0.01 },
      figure: read('share.shed', `tier:${name}`),
    })),
    {
      says: 'paid: served of those who have an outcome',
      law: 'at least 99.9 %',
      target: 0.999,
      allows: 'least',
      figure: (estimates) => {
        const of = (metric: string) => read(metric, 'tier:paid')(estimates).value;
        return {
          value: of('requests.served') / (of('requests.arrived') - of('requests.unfinished')),
          halfWidth: null,
        };
      },
    },
  ],
});

/** Seven tenths free, a small model at a fifth of the work: at x of free traffic the load is ρ (1 − 0.7 x (1 − 0.2)). */
const FREE = 0.7;
const MINI_COST = 0.2;
const LOAD = 1.2;
const loadAt = (share: number) => LOAD * (1 - FREE * share * (1 - MINI_COST));
/** The share at which the load is one. */
export const ENOUGH = (LOAD - 1) / (LOAD * FREE * (1 - MINI_COST));
export const SHARES_DOWNGRADED = [0, 0.1, 0.2, 0.26, 0.28, 0.29, 0.3, 0.31, 0.32, 0.36] as const;
/** A share of requests shed that counts as none: at a load of exactly one, a line of 1,000 loses one in a thousand. */
export const NONE_SHED = 0.001;

export const nameOfDowngrade = (share: number): string =>
  `slots, ${Math.round(100 * share)} % of free traffic to a small model`;

/** Both models' servers have the same load, so each sheds the same share of its requests. */
export const downgrading = (share: number): RationingCase => {
  const servers = 1_000;
  const mini = LOAD * FREE * share * MINI_COST;
  const miniServers = Math.round((servers * mini) / loadAt(share));
  const rule = `{ trigger: ${EVERY_HOUR}, tiers: [free], fraction: ${share}, action: { kind: smaller-model, model: mini } }`;
  return {
    name: nameOfDowngrade(share),
    about: `${servers} slots divided between the models by their work; the small one serves a request in 0.2 s instead of 1 s.`,
    text: (scale) =>
      lossText(
        {
          load: LOAD,
          tiers: [
            { name: 'paid', share: 1 - FREE, priority: 0 },
            { name: 'free', share: FREE, priority: 1 },
          ],
          gateway: `{ discipline: { kind: strict-priority }, admission: { kind: bounded, maxWaiting: ${servers} }, degradation: [${share === 0 ? '' : rule}] }`,
          pools: [
            slotsPool('flagship', 'flagship', servers - miniServers, 1),
            ...(share === 0 ? [] : [slotsPool('mini', 'mini', miniServers, MINI_COST)]),
          ].join(', '),
          model: 'flagship',
          capacity: servers,
          // At a load near one the line fills over minutes.
          warmUp: 300,
          window: 600,
        },
        scale,
      ),
    checks: [
      {
        says: 'requests shed',
        law: '1 − 1 ÷ ρ of the load that is left',
        target: Math.max(0, shedLaw(loadAt(share))),
        allows: { within: 0.01 },
        figure: read('share.shed'),
      },
    ],
  };
};

/**
 * One tenant's bucket of ten that refills two a second, and twenty requests at once each minute. The ten that are
 * refused are told when a token will be there, half a second later, and one of them finds it: the last after ten
 * refusals and five seconds, on the eleventh of twelve attempts. Who does not listen has used up eleven waits of a
 * quarter of a second in the mean, when the bucket has refilled five or six.
 */
const bursts = (honour: boolean): RationingCase => ({
  name: honour ? 'a bucket, clients that honour Retry-After' : 'a bucket, clients that do not',
  about:
    'Twenty requests at once, each minute, of a tenant whose bucket holds 10 and refills 2 a second; twelve attempts, up to 0.5 s apart.',
  text: (scale) => `
fleetyield: 1
name: rationing
horizon: { warmUp: 30s, duration: ${60 * Math.ceil(600 * scale.length)}s }
workload:
  tiers:
    - name: api
      model: any
      arrivals: { kind: replay, requests: [${Array<string>(20).fill('{ at: 0s }').join(', ')}], repeat: ${1 + Math.ceil(600 * scale.length)}, length: 1min }
      retries: { maxAttempts: 12, backoff: { base: 500ms, factor: 1, cap: 8s, jitter: full }, honourRetryAfter: ${honour} }
fleet: { pools: [${slotsPool('main', 'any', 100, 0.1)}] }
gateway:
  rateLimits:
    - { scope: tenant, resource: requests, algorithm: { kind: token-bucket, perSecond: 2, burst: 10 } }
`,
  checks: honour
    ? [
        {
          says: 'requests served',
          law: 'all: the last on the eleventh attempt',
          target: 1,
          allows: 'least',
          figure: read('share.served'),
        },
      ]
    : [
        {
          says: 'requests served',
          law: 'fewer: 10 and some 6 of 20',
          target: 0.9,
          allows: 'most',
          figure: read('share.served'),
        },
      ],
});

export const casesOf = (capacity: number): readonly RationingCase[] => [
  ...[1.1, 1.2, 1.5, 2].map(withoutRetries),
  ...[1.1, 1.2, 1.5].map(withRetries),
  engineWithRetries(1.2, capacity),
  ranked(1.2, 'Paid, committed, free and new demand, in this order; free is 70 % of the load.'),
  ranked(6, 'A surge of the same mix: those before are 90 % of capacity, so committed demand loses too.'),
  bursts(true),
  bursts(false),
  ...SHARES_DOWNGRADED.map(downgrading),
];
