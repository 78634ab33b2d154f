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

/** The mean of the series of several replications, which have the same tiers and hours. */
export function meanSeries(series: readonly HourlySeries[]): HourlySeries {
  const first = series[0]!;
  const mean = (of: (one: HourlySeries) => readonly number[]) =>
    of(first).map((_, hour) => series.reduce((sum, one) => sum + of(one)[hour]!, 0) / series.length);
  return {
    ...first,
    tiers: first.tiers.map(({ name }, tier) => ({
      name,
      outcomes: Object.fromEntries(
        OUTCOMES.map((outcome) => [outcome, mean((one) => one.tiers[tier]!.outcomes[outcome])]),
      ) as Record<Outcome, number[]>,
      degraded: mean((one) => one.tiers[tier]!.degraded),
    })),
  };
}
