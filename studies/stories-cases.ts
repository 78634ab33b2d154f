/**
 * The shipped scenarios that tell of demand and of a fleet that changes: how each is run, and by which figures its story is
 * told. Plain data; nothing here runs.
 */

export interface Shown {
  readonly label: string;
  readonly metric: string;
  readonly scope?: string;
  /** Divided by this metric of the same scope: a ratio of means, without an interval. */
  readonly per?: string;
  readonly as: 'share' | 'number' | 'seconds' | 'dollars';
}

export interface Variant {
  readonly name: string;
  readonly overrides: readonly string[];
}

export interface Story {
  readonly scenario: string;
  readonly about: string;
  /** The first is the scenario as it ships. */
  readonly variants: readonly Variant[];
  readonly shown: readonly Shown[];
}

export const SEED = '1';
export const REPLICATIONS = 5;

const AS_IT_SHIPS = { name: 'as it ships', overrides: [] };

const share = (label: string, metric: string, tier?: string): Shown => ({
  label,
  metric: `share.${metric}`,
  ...(tier === undefined ? {} : { scope: `tier:${tier}` }),
  as: 'share',
});
const kept = (tier: string): Shown => ({
  label: `${tier}, within SLO`,
  metric: 'slo.attainment',
  scope: `tier:${tier}`,
  as: 'share',
});
const ofPool = (label: string, metric: string, as: Shown['as'], pool?: string): Shown => ({
  label,
  metric,
  ...(pool === undefined ? {} : { scope: `pool:${pool}` }),
  as,
});

export const STORIES: readonly Story[] = [
  {
    scenario: 'retry-storm',
    about:
      'An hour at twice the capacity. Whoever comes back at once is served no more than whoever waits as asked, and makes three times the attempts: look at attempts a request beside the share served.',
    variants: [AS_IT_SHIPS],
    shown: ['polite', 'hasty'].flatMap((tier) => [
      share(`${tier}, served`, 'served', tier),
      {
        label: `${tier}, attempts a request`,
        metric: 'attempts',
        per: 'requests.arrived',
        scope: `tier:${tier}`,
        as: 'number' as const,
      },
    ]),
  },
  {
    scenario: 'quota-day',
    about:
      'Message caps bind on the few who send much: look at who is downgraded or refused, and at what is left of that where all send alike.',
    variants: [
      AS_IT_SHIPS,
      {
        name: 'demand spread evenly',
        overrides: ['free', 'plus', 'claude-pro'].map((tier) => `workload.tiers[${tier}].activity.cv=0.5`),
      },
    ],
    shown: [
      share('free, downgraded', 'degraded', 'free'),
      share('plus, downgraded', 'degraded', 'plus'),
      share('claude-pro, limited', 'limited', 'claude-pro'),
      share('all, abandoned', 'abandoned'),
    ],
  },
  {
    scenario: 'rollout',
    about:
      'A heavy feature reaches ever more tenants. Look at how many messages keep the SLO, ordinary ones among them, by where the rollout ends.',
    variants: [
      AS_IT_SHIPS,
      ...[0.6, 0.4].map((to) => ({
        name: `ends at ${100 * to} %`,
        overrides: [`workload.tiers[chat].features[research].rollout.to=${to}`],
      })),
    ],
    shown: [
      kept('chat'),
      share('messages with the feature', 'withFeature'),
      share('abandoned', 'abandoned'),
      ofPool('KV in use', 'utilisation.kv', 'share', 'main'),
    ],
  },
  {
    scenario: 'valleys',
    about:
      'Batch work at half the price, sent by day and done by night. Look at the sequences in a batch, at the result, and at the price: the SLO of chat.',
    variants: [
      AS_IT_SHIPS,
      { name: 'without batch work', overrides: ['workload.tiers[batch].arrivals.ratePerSecond=0.001'] },
    ],
    shown: [
      ofPool('sequences in a batch', 'batch.mean', 'number', 'main'),
      ofPool('result', 'margin', 'dollars'),
      kept('chat'),
      share('batch, served', 'served', 'batch'),
    ],
  },
  {
    scenario: 'night-training',
    about:
      'Half of the GPUs train by night. Look at GPU-hours by use, at what training and serving cost, and at the time to the last token of those who are awake.',
    variants: [
      AS_IT_SHIPS,
      { name: 'nothing moves', overrides: ['fleet.reallocation=[]', 'fleet.pools[0].coldStart=0s'] },
    ],
    shown: [
      ofPool('GPU-hours in service', 'gpuHours.serving', 'number'),
      ofPool('in training', 'gpuHours.training', 'number'),
      ofPool('switching', 'gpuHours.switching', 'number'),
      ofPool('cost of serving', 'cost.serving', 'dollars'),
      ofPool('of training', 'cost.training', 'dollars'),
      ...['paid', 'free'].map((tier): Shown => ({
        label: `${tier}, mean E2E`,
        metric: 'e2e.mean',
        scope: `tier:${tier}`,
        as: 'seconds',
      })),
    ],
  },
  {
    scenario: 'failed-rack',
    about:
      'Two of five replicas are lost at the peak. Look at who is turned away and who leaves, tier by tier, and at what was interrupted.',
    variants: [
      AS_IT_SHIPS,
      { name: 'no rack fails', overrides: ['fleet.pools[0].maintenance=[]', 'fleet.pools[0].coldStart=0s'] },
    ],
    shown: [
      ...['enterprise', 'plus', 'free'].flatMap((tier) => [
        share(`${tier}, shed`, 'shed', tier),
        share(`${tier}, abandoned`, 'abandoned', tier),
      ]),
      ofPool('interruptions', 'interruptions', 'number'),
      ofPool('availability', 'availability', 'share'),
    ],
  },
];
