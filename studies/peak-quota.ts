/**
 * The natural experiment of statement 10 [ECONOMICS 3.12]: a plan whose window of five hours drains faster at the peak.
 * A quota that drains m times as fast is one of an m-th. A run is that peak, 05:00 to 11:00 on the Pacific coast, after the
 * five hours before, in which people come and open their windows at different times; there the quota is as tight, and
 * demand so low that few notice.
 *
 * Reported: the hours, the window, that fewer than 5 % of users met the limits before, and that 7 % newly did. The
 * statement gives the load of the peak hour. Assumed: how unequal users are, as in `anthropic-2025`. How much faster the
 * window drained was not published: here it is as much as ends the shedding, and what that does to users is the result.
 */
import { meanInterval, type Interval } from '../src/stats/index.ts';
import { replicate } from '../src/experiments/replicate.ts';
import type { HourlySeries } from '../src/experiments/hourly-series.ts';
import type { Outcome } from '../src/simulation/outcome.ts';
import { scenarioOf } from '../tests/helpers/scenario.ts';
import { LEVEL, SEED, type Scale } from './ten-statements-runs.ts';

const USERS = 10_000;
/** In the peak. */
const MESSAGES_PER_USER = 30;
const HOURS_BEFORE = 5;
const HOURS = 6;
const SERVICE_SECONDS = 120;
/** Mean of the six hours of us-business, relative to the mean of the day. */
const SHAPE_OF_PEAK = (0.8 + 1.14 + 1.49 + 1.76 + 1.9 + 1.94) / HOURS;

/** Share of users who met the limits before. */
const LIMITED_BEFORE = 0.05;
/** Admitted work of the busiest hour over what the fleet can do: the middle of 1.1 to 1.15. */
const PEAK_LOAD = 1.125;
/** A share of the busiest hour's requests that counts as none. */
const NONE_SHED = 0.01;

interface Peak {
  /** Share of the users who were refused at least once in it. */
  readonly limited: number;
  /** Of the busiest hour: requests a second that pass the quota, and the share of them that is shed. */
  readonly admittedPerSecond: number;
  readonly shed: number;
}

const text = (quota: number, slots: number) => `
fleetyield: 1
name: peak-quota
horizon: { start: Tue 07:00, duration: ${HOURS_BEFORE + HOURS}h }
workload:
  tiers:
    - name: plan
      tenants: ${USERS}
      activity: { kind: lognormal, cv: 1.5 }
      model: any
      arrivals: { kind: nonhomogeneous, profile: us-business, ratePerSecond: ${(USERS * MESSAGES_PER_USER) / (HOURS * 3_600) / SHAPE_OF_PEAK} }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: ${slots}, serviceTime: { kind: constant, value: ${SERVICE_SECONDS}s } } }] }
gateway:
  rateLimits: [{ scope: tenant, resource: requests, algorithm: { kind: quota, limit: ${quota}, window: 5h, resets: first-use } }]
  admission: { kind: bounded, maxWaiting: ${Math.round(slots / 10)} }
`;

/** More slots than anybody asks for. */
const AMPLE = USERS;

function peakOf(quota: number, slots: number, replication: number): Peak {
  const refused = new Set<number>();
  const { hourly } = replicate(scenarioOf(text(quota, slots)), SEED, replication, {
    byHour: false,
    onClosed: ({ declared, progress }, row, outcome) => {
      if (outcome === 'limited' && progress.arrivedAt[row]! >= HOURS_BEFORE * 3_600)
        refused.add(declared.tenant[row]!);
    },
  });
  const last = ({ outcomes }: HourlySeries['tiers'][number], outcome: Outcome) =>
    outcomes[outcome][HOURS_BEFORE + HOURS - 1]!;
  const tier = hourly.tiers[0]!;
  const shed = last(tier, 'shed');
  const admitted = last(tier, 'served') + last(tier, 'unfinished') + shed;
  return { limited: refused.size / USERS, admittedPerSecond: admitted / 3_600, shed: shed / admitted };
}

export interface PeakQuota {
  /** How many times as fast the window drains. */
  readonly multiplier: number;
  /** Share of the users, who met no limit before [%]. */
  readonly newlyLimited: Interval;
  /** Of the busiest hour's requests, without the multiplier and with more capacity [%], by how many times as much. */
  readonly shedWithMore: ReadonlyMap<number, Interval>;
}

/** Quota, fleet and multiplier are set on the first replication, and their effect is measured on all. */
export function peakQuota({ replications: count }: Scale): PeakQuota {
  const percent = (value: (replication: number) => number) =>
    meanInterval(
      Array.from({ length: count }, (_, replication) => 100 * value(replication)),
      LEVEL,
    );
  const limited = (quota: number) => peakOf(quota, AMPLE, 0).limited;
  const quota = least(1, 20 * MESSAGES_PER_USER, (one) => limited(one) <= LIMITED_BEFORE);
  const slots = Math.round((peakOf(quota, AMPLE, 0).admittedPerSecond * SERVICE_SECONDS) / PEAK_LOAD);
  const drained = least(1, quota, (one) => peakOf(one, slots, 0).shed >= NONE_SHED) - 1;
  return {
    multiplier: quota / drained,
    newlyLimited: percent(
      (replication) =>
        peakOf(drained, slots, replication).limited - peakOf(quota, slots, replication).limited,
    ),
    shedWithMore: new Map(
      [1.15, 1.21].map((more) => [
        more,
        percent((replication) => peakOf(quota, Math.round(more * slots), replication).shed),
      ]),
    ),
  };
}

/** The least whole number from which on something holds; it must hold at the last. */
function least(from: number, to: number, holds: (value: number) => boolean): number {
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
