/**
 * The scenarios of the study of time per request: one provider, and what its demand and its gateway do added one after
 * another. Plain data; nothing here runs.
 */

/** What a case adds to the one before it, written as a scenario file has it. */
export interface Case {
  readonly name: string;
  readonly about: string;
  /** Whether the program before these families existed can read it. */
  readonly before: boolean;
  readonly scenario: Draft;
}

interface Draft {
  readonly tiers: readonly Tier[];
  readonly pool: object;
  readonly gateway: Record<string, unknown> & { readonly rateLimits: readonly object[] };
}

type Tier = { readonly name: string } & Record<string, unknown>;

const LENGTHS = {
  prompt: { kind: 'empirical', table: 'azure-2023-conversation.prompt' },
  output: { kind: 'empirical', table: 'azure-2023-conversation.output' },
};

/** 8 replicas serve 17.5 requests/s each of these lengths (`bench.md`), 140 in all: these are a twentieth more. */
const RATES = { paid: 55, free: 92 };
const MINUTES = 5;

const poisson = (ratePerSecond: number) => ({ kind: 'poisson', ratePerSecond });

const PLAIN: Draft = {
  tiers: [
    {
      name: 'paid',
      priority: 0,
      tenants: 1_000,
      arrivals: poisson(RATES.paid),
      lengths: LENGTHS,
      model: 'llama-3.1-8b',
      slo: { ttft: '1s', target: 0.99 },
    },
    {
      name: 'free',
      priority: 1,
      tenants: 10_000,
      arrivals: poisson(RATES.free),
      lengths: LENGTHS,
      model: 'llama-3.1-8b',
    },
  ],
  pool: {},
  gateway: { rateLimits: [], discipline: { kind: 'strict-priority' } },
};

const withTier = (draft: Draft, name: string, keys: object): Draft => ({
  ...draft,
  tiers: draft.tiers.map((tier) => (tier.name === name ? { ...tier, ...keys } : tier)),
});
const withLimits = (draft: Draft, ...limits: object[]): Draft => ({
  ...draft,
  gateway: { ...draft.gateway, rateLimits: [...draft.gateway.rateLimits, ...limits] },
});
const addTier = (draft: Draft, tier: Tier): Draft => ({ ...draft, tiers: [...draft.tiers, tier] });

/** What is added, in this order; each step keeps the ones before it. */
const STEPS: readonly (Omit<Case, 'scenario'> & { readonly change: (draft: Draft) => Draft })[] = [
  {
    name: 'impatience, retries',
    about: 'free clients wait 5 s at most and come back up to three times',
    before: true,
    change: (draft) =>
      withTier(draft, 'free', {
        patience: { kind: 'exponential', mean: '5s' },
        retries: { maxAttempts: 4, persistence: 0.8, backoff: { base: '1s' } },
      }),
  },
  {
    name: 'limits that refuse',
    about: 'a bucket of requests and one of tokens for each tenant',
    before: true,
    change: (draft) =>
      withLimits(
        draft,
        {
          scope: 'tenant',
          tiers: ['free'],
          resource: 'requests',
          algorithm: { kind: 'token-bucket', perMinute: 2, burst: 2 },
        },
        {
          scope: 'tenant',
          tiers: ['paid', 'free'],
          resource: 'totalTokens',
          algorithm: { kind: 'token-bucket', perMinute: 20_000, burst: 40_000 },
        },
      ),
  },
  {
    name: 'limits that hold and downgrade',
    about: 'paid tenants are paced, free ones fall back to the small model; a quota and requests in flight',
    before: false,
    change: (draft) =>
      withLimits(
        draft,
        {
          scope: 'tenant',
          tiers: ['paid'],
          resource: 'requests',
          algorithm: { kind: 'gcra', perMinute: 6, burst: 3 },
          onExceed: { kind: 'hold' },
        },
        {
          scope: 'tenant',
          tiers: ['free'],
          resource: 'requests',
          algorithm: { kind: 'quota', limit: 3, window: '5h' },
          onExceed: { kind: 'downgrade', model: 'mini' },
        },
        { scope: 'everyone', resource: 'requests', algorithm: { kind: 'concurrency', limit: 4_000 } },
      ),
  },
  {
    name: 'degradation',
    about:
      'half of the free requests to the small model while the line is long, shorter answers by the clock',
    before: false,
    change: (draft) => ({
      ...draft,
      gateway: {
        ...draft.gateway,
        degradation: [
          {
            trigger: { kind: 'load', signal: 'waiting', above: '1s', below: '200ms' },
            tiers: ['free'],
            fraction: 0.5,
            action: { kind: 'smaller-model', model: 'mini' },
          },
          {
            trigger: { kind: 'clock', windows: ['Mon-Fri 12:02-12:04'] },
            tiers: ['free'],
            action: { kind: 'cap-output', tokens: 300 },
          },
        ],
      },
    }),
  },
  {
    name: 'failures',
    about: 'each replica fails once in 10 minutes, and one crew repairs in half a minute',
    before: false,
    change: (draft) => ({
      ...draft,
      pool: {
        failures: {
          mtbf: { kind: 'exponential', mean: '10min' },
          mttr: { kind: 'exponential', mean: '30s' },
          crews: 1,
        },
      },
    }),
  },
  {
    name: 'sessions',
    about: 'paid requests come as conversations of four, whose context grows and is cached',
    before: false,
    change: (draft) =>
      withTier(draft, 'paid', {
        arrivals: poisson(RATES.paid / 4),
        session: {
          turns: { kind: 'geometric', mean: 4 },
          think: { kind: 'exponential', mean: '10s' },
          context: { max: 8_000 },
        },
      }),
  },
  {
    name: 'a closed loop',
    about: '300 users who think for 30 s, send and wait',
    before: false,
    change: (draft) =>
      addTier(draft, {
        name: 'loop',
        priority: 1,
        arrivals: { kind: 'closed-loop', users: 300, think: { kind: 'exponential', mean: '30s' } },
        lengths: LENGTHS,
        model: 'llama-3.1-8b',
      }),
  },
  {
    name: 'deferrable work',
    about: 'ten batch requests a second that wait for what is to spare',
    before: false,
    change: (draft) =>
      addTier(draft, {
        name: 'batch',
        priority: 2,
        tenants: 20,
        deferrable: { window: '24h' },
        arrivals: poisson(10),
        lengths: LENGTHS,
        model: 'llama-3.1-8b',
      }),
  },
];

/** All cases: the plain one, then each step on top of those before it. */
export function cases(): Case[] {
  let scenario = PLAIN;
  const plain = {
    name: 'plain',
    about: 'two tiers, Poisson arrivals, priorities, one line for all replicas',
    before: true,
    scenario,
  };
  return [
    plain,
    ...STEPS.map(({ change, ...rest }) => {
      scenario = change(scenario);
      return { ...rest, scenario };
    }),
  ];
}

/** The scenario file of a case, as JSON, which is YAML too. */
export const scenarioText = ({ name, scenario: { tiers, pool, gateway } }: Case): string => {
  const engine = {
    accelerator: 'h100-sxm',
    serving: { kind: 'continuous-batching', stepTime: { kind: 'roofline' } },
  };
  return JSON.stringify({
    fleetyield: 1,
    name: `time-per-request: ${name}`,
    horizon: { start: 'Tue 12:00', duration: `${MINUTES}min` },
    workload: { tiers },
    fleet: {
      pools: [
        { name: 'main', model: 'llama-3.1-8b', replicas: 8, ...engine, ...pool },
        { name: 'mini', model: 'mini', replicas: 2, ...engine },
      ],
    },
    gateway,
  });
};
