/**
 * Estimates by hour of the window, from the hourly series of replications. It knows what is kept of an hour, and how a
 * column becomes an estimate; pictures are drawn elsewhere.
 */
import { OUTCOMES, type Outcome } from '../simulation/outcome.ts';
import { sumOf, type Interval } from '../stats/index.ts';
import { estimateColumn } from './estimate.ts';
import type { HourlySeries, TierService } from './hourly-series.ts';
import type { Column } from './observation-parts.ts';

/** One a quantity and hour of the window. */
type ByHour = readonly Interval[];

export interface HourlyEstimates {
  readonly hourOfWeek: readonly number[];
  readonly seconds: readonly number[];
  /** In the order of the scenario. */
  readonly tiers: readonly TierHours[];
  /** All tiers together; `null` where nothing is kept of it. */
  readonly total: Totals | null;
  /** Share of the time of its servers in service in which they were busy; `null` where it is not kept. */
  readonly pools: readonly { readonly name: string; readonly busy: ByHour }[] | null;
}

export interface TierHours {
  readonly name: string;
  /** Requests that arrived and were served, in full or degraded. */
  readonly served: ByHour;
  /** What became of those that arrived, in shares of them; `degraded` is part of `served`. */
  readonly shares: Readonly<Record<Outcome | 'degraded', ByHour>>;
  /** Share of those that arrived that was served within every bound of the SLO; `null` where there is none. */
  readonly attainment: ByHour | null;
  /** The mean over replications of what each says of the hour [s]; `null` where it is not kept. */
  readonly ttft: { readonly p50: ByHour; readonly p99: ByHour } | null;
  /** Of requests completed in the hour, a second of it; `null` where it is not kept. */
  readonly outputTokens: ByHour | null;
  /** Revenue of the hour [USD]; `null` where the tier has no price. */
  readonly revenue: ByHour | null;
}

export interface Totals {
  readonly outputTokens: ByHour;
  /** `null` where no tier has a price. */
  readonly revenue: ByHour | null;
}

/** Folds the series of one or more replications, which have the same tiers and hours. */
export function hourlyEstimates(replications: Iterable<HourlySeries>, confidence: number): HourlyEstimates {
  const series = [...replications];
  const [first] = series;
  if (first === undefined) throw new RangeError('estimates of no series');
  const { hourOfWeek, seconds } = first;
  const byHour = (column: (hour: number) => Column): ByHour =>
    seconds.map((_, hour) => estimateColumn(column(hour), confidence));
  const mean = (of: (one: HourlySeries, hour: number) => number | null) =>
    byHour((hour) => ({ kind: 'value', values: series.map((one) => of(one, hour)) }));
  const ratio = (of: (one: HourlySeries) => readonly [readonly number[], readonly number[]]) => {
    const terms = series.map(of);
    return byHour((hour) => ({
      kind: 'ratio',
      numerators: terms.map(([numerator]) => numerator[hour]!),
      denominators: terms.map(([, denominator]) => denominator[hour]!),
    }));
  };
  const services = (one: HourlySeries) => one.tiers.map(({ service }) => service!);
  const summed = (of: (service: TierService) => readonly number[] | null, perSecond: boolean) =>
    mean(
      (one, hour) =>
        sumOf(services(one).map((service) => of(service)?.[hour] ?? 0)) / (perSecond ? seconds[hour]! : 1),
    );
  const isKept = first.tiers.every(({ service }) => service !== undefined);
  const isPriced = isKept && services(first).some(({ revenue }) => revenue !== null);
  return {
    hourOfWeek,
    seconds,
    tiers: first.tiers.map(({ name, service }, tier) => {
      const share = (of: (one: HourlySeries) => readonly number[]) =>
        ratio((one) => [of(one), arrivedIn(one.tiers[tier]!.outcomes)]);
      const outcome = (name: Outcome) => share((one) => one.tiers[tier]!.outcomes[name]);
      const own = (of: (service: TierService) => readonly (number | null)[], perSecond = false) =>
        mean((one, hour) => {
          const value = of(one.tiers[tier]!.service!)[hour] ?? null;
          return value === null ? null : value / (perSecond ? seconds[hour]! : 1);
        });
      return {
        name,
        served: mean((one, hour) => one.tiers[tier]!.outcomes.served[hour]!),
        shares: {
          ...(Object.fromEntries(OUTCOMES.map((name) => [name, outcome(name)])) as Record<Outcome, ByHour>),
          degraded: share((one) => one.tiers[tier]!.degraded),
        },
        attainment:
          (service?.withinSlo ?? null) === null ? null : share((one) => one.tiers[tier]!.service!.withinSlo!),
        ttft:
          service === undefined
            ? null
            : { p50: own(({ ttft }) => ttft.p50), p99: own(({ ttft }) => ttft.p99) },
        outputTokens: service === undefined ? null : own(({ outputTokens }) => outputTokens, true),
        revenue: (service?.revenue ?? null) === null ? null : own(({ revenue }) => revenue!),
      };
    }),
    total: isKept
      ? {
          outputTokens: summed(({ outputTokens }) => outputTokens, true),
          revenue: isPriced ? summed(({ revenue }) => revenue, false) : null,
        }
      : null,
    pools:
      first.pools?.map(({ name }, pool) => ({
        name,
        busy: ratio((one) => [one.pools![pool]!.busySeconds, one.pools![pool]!.capacitySeconds]),
      })) ?? null,
  };
}

/** Requests that arrived in each hour: those of all outcomes. */
function arrivedIn(outcomes: Readonly<Record<Outcome, readonly number[]>>): number[] {
  return outcomes.served.map((_, hour) => sumOf(OUTCOMES.map((outcome) => outcomes[outcome][hour]!)));
}
