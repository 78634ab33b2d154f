/** What became of the requests of each tier, hour by hour of the window: the data behind the picture of a day. */
import type { Ledger } from '../simulation/ledger.ts';
import { OUTCOMES, type Outcome } from '../simulation/outcome.ts';

export interface HourlySeries {
  /** Clock hours of the week (0 = Monday 00:00 to 01:00), one for each hour of the window. */
  readonly hourOfWeek: readonly number[];
  /** How much of each hour lies in the window [s]. */
  readonly seconds: readonly number[];
  /** By tier, in the order of the scenario: requests that arrived in each hour, by what became of them. */
  readonly tiers: readonly {
    readonly name: string;
    readonly outcomes: Readonly<Record<Outcome, readonly number[]>>;
    readonly degraded: readonly number[];
  }[];
}

export function hourlySeries(ledger: Ledger): HourlySeries {
  const hours = Array.from({ length: ledger.hours }, (_, hour) => hour);
  return {
    hourOfWeek: hours.map((hour) => ledger.hourOfWeek(hour)),
    seconds: hours.map((hour) => ledger.secondsInHour(hour)),
    tiers: ledger.shape.tiers.map((name, tier) => ({
      name,
      outcomes: Object.fromEntries(
        OUTCOMES.map((outcome) => [outcome, hours.map((hour) => ledger.cohortInHour(outcome, tier, hour))]),
      ) as Record<Outcome, number[]>,
      degraded: hours.map((hour) => ledger.cohortInHour('degraded', tier, hour)),
    })),
  };
}

/**
 * The mean of the series of one or more replications, which have the same tiers and hours. Takes one after another, so
 * that not all need be in memory.
 */
export function meanSeries(series: Iterable<HourlySeries>): HourlySeries {
  let total: HourlySeries | null = null;
  let count = 0;
  for (const one of series) {
    total = total === null ? one : combined(total, one, (a, b) => a + b);
    count += 1;
  }
  if (total === null) throw new RangeError('the mean of no series');
  return combined(total, total, (sum) => sum / count);
}

function combined(a: HourlySeries, b: HourlySeries, by: (a: number, b: number) => number): HourlySeries {
  const lists = (one: readonly number[], other: readonly number[]) =>
    one.map((value, hour) => by(value, other[hour]!));
  return {
    ...a,
    tiers: a.tiers.map(({ name, outcomes, degraded }, tier) => ({
      name,
      outcomes: Object.fromEntries(
        OUTCOMES.map((outcome) => [outcome, lists(outcomes[outcome], b.tiers[tier]!.outcomes[outcome])]),
      ) as Record<Outcome, number[]>,
      degraded: lists(degraded, b.tiers[tier]!.degraded),
    })),
  };
}
