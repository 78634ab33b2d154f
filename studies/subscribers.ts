/**
 * Subscribers of statement 1: fleets of slots, a pool for each product, month after month with the subscribers whom the
 * service of the month before left. Each product begins with 2.5 times what its pool in the middle fleet can do, so with
 * 1.25 times of what it can do in the largest. Who finds no slot free is turned away: one line would be shared by all.
 *
 * Whoever is not served does not join. Two things are not known and stand side by side, none chosen for what comes out of
 * it. Who joins: so many a month whatever the fleet, or so many for each subscriber there is. Both fit the five reported
 * numbers of subscribers [ECONOMICS 2.7]: from 15.5 M in Dec 2024 to 50 M in Feb 2026 is 8.7 % a month. And whether bad
 * service drives away those who are there: none, or three in ten of those not served; no source for either is known.
 */
import {
  afterMonth,
  overridesOfMonth,
  subscribedTiers,
  type SubscribedTier,
} from '../src/experiments/subscribers.ts';
import { sumOf } from '../src/stats/index.ts';
import { SECONDS_PER_MONTH } from '../src/units.ts';
import { scenarioOf } from '../tests/helpers/scenario.ts';
import { Runs, type Scale } from './ten-statements-runs.ts';

/** Slots of each pool in the middle fleet, and what is offered over what they can do. */
export const POOL_SLOTS = 100;
const LOAD = 2.5;
/** Share served in the middle fleet at the beginning. */
const SERVED = 1 / LOAD;
const SECONDS = { service: 10, warmUp: 30, window: 150 };

/** Churn where all is served well [ECONOMICS 7.4, assumed]. */
const CHURN = 0.05;
/** What subscribers grew by a month, and who replaced those who left [ECONOMICS 2.7; estimated]. */
const PER_SUBSCRIBER = (50 / 15.5) ** (1 / 14) - 1 + CHURN;
const USD_PER_SUBSCRIBER = 20;
const USD_PER_CALL = 0.001;
/** Revenue of subscriptions over that by the token [ECONOMICS 9: 8.4 + 3.4 + 2.5 and 5.0 B]. */
export const SUBSCRIPTIONS_BY_USE = 14.3 / 5;

export interface SubscriberLaw {
  readonly tier: string;
  readonly says: string;
  readonly joining: 'market' | 'mouth';
  /** Of those not served, the share that leaves beside the others. */
  readonly slope: number;
  /** When what was at the beginning has died away to 5 %: 3 ÷ (churn + slope) months, in whole years. */
  readonly relaxed: number;
}

export const SUBSCRIBER_LAWS: readonly SubscriberLaw[] = [
  {
    tier: 'mouth-leaving',
    joining: 'mouth',
    slope: 0.3,
    relaxed: 12,
    says: 'by word of mouth, leaving where not served',
  },
  { tier: 'mouth', joining: 'mouth', slope: 0, relaxed: 60, says: 'by word of mouth, leaving at 5 %' },
  {
    tier: 'market-leaving',
    joining: 'market',
    slope: 0.3,
    relaxed: 12,
    says: 'so many a month, leaving where not served',
  },
  {
    tier: 'market',
    joining: 'market',
    slope: 0,
    relaxed: 60,
    says: 'so many a month, leaving at 5 %',
  },
];

/** Calls served in a month by the pool of the middle fleet, and the subscribers who pay 14.3 ÷ 5 of what they do. */
const CALLS_IN_MONTH = (POOL_SLOTS / SECONDS.service) * SECONDS_PER_MONTH;
export const SUBSCRIBERS = Math.round(
  (SUBSCRIPTIONS_BY_USE * CALLS_IN_MONTH * USD_PER_CALL) / USD_PER_SUBSCRIBER,
);

/** Who joins of himself in a month where all is served: as many as keep the first subscribers in the middle fleet. */
const marketOf = ({ joining, slope }: SubscriberLaw) =>
  joining === 'mouth' ? 0 : (CHURN + slope * (1 - SERVED)) / SERVED;

export function subscribersText(slots: number): string {
  const { service, warmUp, window } = SECONDS;
  const arrivals = `arrivals: { kind: nonhomogeneous, profile: flat, ratePerSecond: ${(LOAD * POOL_SLOTS) / service} }`;
  const tiers = SUBSCRIBER_LAWS.map((law) => {
    const signUps = `{ base: ${marketOf(law) * SUBSCRIBERS}, perSubscriber: ${law.joining === 'mouth' ? PER_SUBSCRIBER : 0}, slope: 1 }`;
    return `{ name: ${law.tier}, model: ${law.tier}, tenants: ${SUBSCRIBERS}, ${arrivals}, revenue: { kind: subscription, usdPerMonth: ${USD_PER_SUBSCRIBER}, churn: { base: ${CHURN}, slope: ${law.slope} }, signUps: ${signUps} } }`;
  });
  const pools = ['calls', ...SUBSCRIBER_LAWS.map(({ tier }) => tier)].map(
    (model) =>
      `{ name: ${model}, model: ${model}, gpusPerReplica: 10, replicas: ${slots / 10}, serving: { kind: slots, concurrency: 10, serviceTime: { kind: constant, value: ${service}s } } }`,
  );
  return `
fleetyield: 1
name: subscribers
horizon: { warmUp: ${warmUp}s, duration: ${window}s }
workload:
  tiers: [{ name: calls, model: calls, ${arrivals}, revenue: { kind: per-token, inputPerMillion: 0, outputPerMillion: ${USD_PER_CALL * 1e6} } }, ${tiers.join(', ')}]
fleet: { pools: [${pools.join(', ')}] }
gateway: { admission: { kind: bounded, maxWaiting: 0 } }
`;
}

/** Months of a fleet: by month, the first first. */
export function monthsOf(slots: number, count: number, { replications }: Scale): readonly Runs[] {
  const text = subscribersText(slots);
  const first = scenarioOf(text);
  const tiers = subscribedTiers(first);
  let there = tiers.map(({ subscribers }) => subscribers);
  return Array.from({ length: count }, () => {
    const runs = new Runs(scenarioOf(text, overridesOfMonth(first, tiers, there)), replications);
    there = tiers.map((tier, at) => afterMonth(first, tier, there[at]!, servedWellOf(runs, tier)));
    return runs;
  });
}

function servedWellOf(runs: Runs, { name }: SubscribedTier): number {
  const values = runs.values('servedWell', `tier:${name}`);
  return sumOf(values) / values.length;
}

/** Calls and the subscriptions of one law in the window of a month [USD], by replication. */
export function revenueWith(runs: Runs, tier: string): number[] {
  const calls = runs.values('revenue', 'tier:calls');
  return runs.values('revenue', `tier:${tier}`).map((usd, replication) => usd + calls[replication]!);
}

/** The same of a fluid, as multiples of the calls of the middle fleet: what is served is capacity over load, or all. */
export function fluidRevenue(slots: number, law: SubscriberLaw, month: number): number {
  const { slope, joining } = law;
  const capacity = slots / POOL_SLOTS;
  let there = 1;
  for (let past = 1; past < month; past++) {
    const served = Math.min(1, capacity / (LOAD * there));
    const joined = marketOf(law) + (joining === 'mouth' ? PER_SUBSCRIBER * there : 0);
    there = there * (1 - CHURN - slope * (1 - served)) + joined * served;
  }
  return Math.min(capacity, LOAD) + SUBSCRIPTIONS_BY_USE * there;
}
