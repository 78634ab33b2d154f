/** What happened hour by hour of the window in one replication: the data behind the pictures of a day. */
import type { PriceBook } from '../economics/price-book.ts';
import { revenueOfTiers, type TierRevenue } from '../economics/tier-revenue.ts';
import type { FlowCounter, Ledger } from '../simulation/ledger.ts';
import { OUTCOMES, type Outcome } from '../simulation/outcome.ts';

/** Requests that arrived in each hour, by what became of them. */
export interface TierOutcomes {
  readonly name: string;
  readonly outcomes: Readonly<Record<Outcome, readonly number[]>>;
  readonly degraded: readonly number[];
}

export interface OutcomeSeries {
  /** Clock hours of the week (0 = Monday 00:00 to 01:00), one for each hour of the window. */
  readonly hourOfWeek: readonly number[];
  /** How much of each hour lies in the window [s]. */
  readonly seconds: readonly number[];
  /** By tier, in the order of the scenario. */
  readonly tiers: readonly TierOutcomes[];
}

export interface HourlySeries extends OutcomeSeries {
  readonly tiers: readonly (TierOutcomes & {
    /** Absent in what was stored before there was any. */
    readonly service?: TierService;
  })[];
  /** By pool; absent where `service` is. */
  readonly pools?: readonly PoolHours[];
}

/** How a tier was served, by hour of the window. */
export interface TierService {
  /** Requests that arrived in the hour and kept every bound of their SLO; `null` where there is none. */
  readonly withinSlo: readonly number[] | null;
  /** Time to the first token of those that arrived in the hour [s]; `null` where none was served. */
  readonly ttft: Readonly<Record<'p50' | 'p99', readonly (number | null)[]>>;
  /** What was completed in the hour. */
  readonly completed: readonly number[];
  readonly promptTokens: readonly number[];
  readonly outputTokens: readonly number[];
  /** Revenue [USD]; `null` where the tier has no price. */
  readonly revenue: readonly number[] | null;
}

/** Servers of a pool in service, and of them busy: time integrals by hour of the window [s]. */
export interface PoolHours {
  readonly name: string;
  readonly capacitySeconds: readonly number[];
  readonly busySeconds: readonly number[];
}

export function hourlySeries(ledger: Ledger, book: PriceBook): HourlySeries {
  const hours = Array.from({ length: ledger.hours }, (_, hour) => hour);
  const { tiers, pools } = ledger.shape;
  const ofTiers = revenueOfTiers(ledger, book);
  return {
    hourOfWeek: hours.map((hour) => ledger.hourOfWeek(hour)),
    seconds: hours.map((hour) => ledger.secondsInHour(hour)),
    tiers: tiers.map((name, tier) => ({
      name,
      outcomes: Object.fromEntries(
        OUTCOMES.map((outcome) => [outcome, hours.map((hour) => ledger.cohortInHour(outcome, tier, hour))]),
      ) as Record<Outcome, number[]>,
      degraded: hours.map((hour) => ledger.cohortInHour('degraded', tier, hour)),
      service: serviceOf(ledger, tier, (book.plans[tier] ?? null) === null ? null : ofTiers[tier]!, hours),
    })),
    pools: pools.map(({ name, servers, gpus, hours: ofPool }) => ({
      name,
      // What the pool has at the start, in proportion to the GPUs in service.
      capacitySeconds: ofPool.map(({ gpuSecondsByUse: { up } }) => (up === 0 ? 0 : (servers / gpus) * up)),
      busySeconds: ofPool.map(({ busySeconds }) => busySeconds),
    })),
  };
}

/** @param paid what the tier pays; `null` where it has no price */
function serviceOf(
  ledger: Ledger,
  tier: number,
  paid: TierRevenue | null,
  hours: readonly number[],
): TierService {
  const flow = (counter: FlowCounter) => hours.map((hour) => ledger.flowTotal(counter, tier, null, hour));
  const ttft = (p: number) => hours.map((hour) => ledger.ttftByHour[tier * ledger.hours + hour]!.quantile(p));
  return {
    withinSlo: ledger.shape.promised[tier]!
      ? hours.map((hour) => ledger.cohortInHour('withinSlo', tier, hour))
      : null,
    ttft: { p50: ttft(0.5), p99: ttft(0.99) },
    completed: flow('completed'),
    promptTokens: flow('promptTokens'),
    outputTokens: flow('outputTokens'),
    revenue:
      paid === null
        ? null
        : hours.map((hour) => paid.fromUse(null, hour) + paid.overTime(ledger.secondsInHour(hour))),
  };
}

/**
 * The mean of the outcomes of one or more replications, which have the same tiers and hours. Takes one after another, so
 * that not all need be in memory.
 */
export function meanSeries(series: Iterable<OutcomeSeries>): OutcomeSeries {
  let total: OutcomeSeries | null = null;
  let count = 0;
  for (const one of series) {
    total = total === null ? one : combined(total, one, (a, b) => a + b);
    count += 1;
  }
  if (total === null) throw new RangeError('the mean of no series');
  return combined(total, total, (sum) => sum / count);
}

function combined(a: OutcomeSeries, b: OutcomeSeries, by: (a: number, b: number) => number): OutcomeSeries {
  const lists = (one: readonly number[], other: readonly number[]) =>
    one.map((value, hour) => by(value, other[hour]!));
  const { hourOfWeek, seconds } = a;
  return {
    hourOfWeek,
    seconds,
    tiers: a.tiers.map(({ name, outcomes, degraded }, tier) => ({
      name,
      outcomes: Object.fromEntries(
        OUTCOMES.map((outcome) => [outcome, lists(outcomes[outcome], b.tiers[tier]!.outcomes[outcome])]),
      ) as Record<Outcome, number[]>,
      degraded: lists(degraded, b.tiers[tier]!.degraded),
    })),
  };
}
