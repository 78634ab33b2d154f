/**
 * The arrival processes that are tried on a trace, simplest first, each with parameters estimated from it. Which of
 * them will do is decided by `fit-workload.ts`, which simulates each. Estimates are rounded as they are printed: what
 * is tested is what will be pasted.
 */
import type { ChoiceOf } from '../input/strategy.ts';
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from '../units.ts';
import type { arrivals } from '../workload/arrivals/index.ts';
import { HOURS_PER_WEEK } from '../workload/hourly-shape.ts';
import { countsIn, dispersion, gapVariation, simultaneousShare, windowsIn } from './counting.ts';
import {
  fitModulation,
  logGrid,
  rateSkewness,
  twoStates,
  type DispersionPoint,
  type Modulation,
} from './modulation.ts';
import type { Observed } from './observed.ts';

export type ArrivalChoice = ChoiceOf<typeof arrivals>;

export interface ArrivalCandidate {
  /** In a few words. */
  readonly name: string;
  readonly choice: ArrivalChoice;
}

/** A trace this long has each hour of a day [s], and of a week. */
const LEAST_FOR_DAYS = SECONDS_PER_DAY;
const LEAST_FOR_WEEKS = 7 * SECONDS_PER_DAY;

/** From this share of requests that come at the instant of the one before, batches are tried. */
export const SIMULTANEOUS = 0.005;
const LARGEST_BATCH = 64;

/** Windows of the curve to which modulation is fitted: how many, and how many of the longest there are in the trace. */
const CURVE_POINTS = 16;
const FEWEST_WINDOWS = 10;

/** The processes to try, for a trace whose first request came at that time of the week [s]. */
export function candidatesFor(observed: Observed, startOfWeek: number): ArrivalCandidate[] {
  const { rate, length, at, isCoarse } = observed;
  const cv = isCoarse ? null : gapVariation(at);
  const shape = length < LEAST_FOR_DAYS ? null : shapeOf(observed, startOfWeek);
  const candidates: ArrivalCandidate[] = [
    { name: 'Poisson', choice: { kind: 'poisson', ratePerSecond: rounded(rate) } },
  ];
  if (cv !== null) candidates.push({ name: 'renewal', choice: renewal(rate, cv) });
  if (shape !== null) {
    const base = rounded(rateOver(rate, shape, startOfWeek, length));
    const keys = {
      hourOfDay: shape.hourOfDay,
      ...(shape.dayOfWeek === null ? {} : { dayOfWeek: shape.dayOfWeek }),
    };
    candidates.push({
      name: 'Poisson by the hour',
      choice: { kind: 'nonhomogeneous', ratePerSecond: base, ...keys },
    });
    const hourlyCv = isCoarse ? null : gapVariation(operationalTimes(at, shape, startOfWeek));
    if (hourlyCv !== null)
      candidates.push({ name: 'renewal by the hour', choice: { ...renewal(base, hourlyCv), ...keys } });
  }
  if (!isCoarse) candidates.push(...batches(observed));
  return [...candidates, ...modulated(observed)];
}

/** Gaps that vary less than this are even. */
const EVEN = 0.01;

const renewal = (ratePerSecond: number, cv: number) => ({
  kind: 'renewal' as const,
  ratePerSecond: rounded(ratePerSecond),
  gap: cv < EVEN ? { kind: 'constant' as const } : { kind: 'gamma' as const, cv: rounded(cv) },
});

const DIGITS = 5;
export const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

interface Shape {
  readonly hourOfDay: number[];
  readonly dayOfWeek: number[] | null;
}

const hourAt = (startOfWeek: number, at: number): number =>
  Math.floor((startOfWeek + at) / SECONDS_PER_HOUR) % HOURS_PER_WEEK;

/** Requests by hour of the day, and by day where there is a week, over the time observed of each. */
function shapeOf({ at, length }: Observed, startOfWeek: number): Shape {
  const requests = new Float64Array(HOURS_PER_WEEK);
  for (const instant of at) requests[hourAt(startOfWeek, instant)]! += 1;
  const seconds = new Float64Array(HOURS_PER_WEEK);
  for (let from = 0; from < length;) {
    const until = SECONDS_PER_HOUR - ((startOfWeek + from) % SECONDS_PER_HOUR);
    seconds[hourAt(startOfWeek, from)]! += Math.min(until, length - from);
    from += until;
  }
  const rates = (of: (hour: number) => number, count: number): number[] => {
    const sums = Array.from({ length: count }, () => ({ requests: 0, seconds: 0 }));
    requests.forEach((found, hour) => {
      sums[of(hour)]!.requests += found;
      sums[of(hour)]!.seconds += seconds[hour]!;
    });
    const all = sums.map((sum) => sum.requests / sum.seconds);
    const mean = all.reduce((a, b) => a + b, 0) / count;
    return all.map((one) => Number((one / mean).toFixed(3)));
  };
  return {
    hourOfDay: rates((hour) => hour % 24, 24),
    dayOfWeek: length < LEAST_FOR_WEEKS ? null : rates((hour) => Math.floor(hour / 24), 7),
  };
}

const factorAt = ({ hourOfDay, dayOfWeek }: Shape, hour: number): number =>
  hourOfDay[hour % 24]! * (dayOfWeek?.[Math.floor(hour / 24)] ?? 1);

/** The mean rate over a week with which the shape has `rate` over the time observed [1/s]. */
function rateOver(rate: number, shape: Shape, startOfWeek: number, length: number): number {
  let week = 0;
  for (let hour = 0; hour < HOURS_PER_WEEK; hour++) week += factorAt(shape, hour) / HOURS_PER_WEEK;
  let observed = 0;
  for (let from = 0; from < length;) {
    const until = SECONDS_PER_HOUR - ((startOfWeek + from) % SECONDS_PER_HOUR);
    observed += (factorAt(shape, hourAt(startOfWeek, from)) * Math.min(until, length - from)) / length;
    from += until;
  }
  return (rate * week) / observed;
}

/** Arrivals on a clock that runs as fast as the shape. */
function operationalTimes(at: Float64Array, shape: Shape, startOfWeek: number): Float64Array {
  let clock = 0;
  let from = 0;
  return at.map((instant) => {
    while (from < instant) {
      const until = from + SECONDS_PER_HOUR - ((startOfWeek + from) % SECONDS_PER_HOUR);
      const to = Math.min(until, instant);
      clock += factorAt(shape, hourAt(startOfWeek, from)) * (to - from);
      from = to;
    }
    return clock;
  });
}

/** Poisson instants with as many requests at each as were found together. */
function batches({ at, requests, length, rate, tick }: Observed): ArrivalCandidate[] {
  // Steps of the clock bring some to one instant that came one after the other.
  if (simultaneousShare(at) < SIMULTANEOUS + rate * tick) return [];
  const sizes: number[] = [];
  let instants = 0;
  for (let from = 0; from < requests; instants++) {
    let to = from + 1;
    while (to < requests && at[to] === at[from]) to += 1;
    const size = Math.min(to - from, LARGEST_BATCH);
    while (sizes.length < size) sizes.push(0);
    sizes[size - 1]! += 1;
    from = to;
  }
  const weights = sizes.map((count) => rounded(count / instants));
  return [
    {
      name: 'batches',
      choice: {
        kind: 'batch',
        ratePerSecond: rounded(instants / length),
        size: { kind: 'weights', weights },
      },
    },
  ];
}

/** Windows in which dispersion can be measured: in whole ticks, and at least ten of them. */
export function curveOf({ at, length, rate, tick }: Observed): DispersionPoint[] {
  const windows = logGrid(Math.max(1 / rate, 2 * tick), length / FEWEST_WINDOWS, CURVE_POINTS).map((window) =>
    inTicks(window, tick),
  );
  return [...new Set(windows)].flatMap((window) => {
    const found = dispersion(at, window, length);
    const count = windowsIn(length, window);
    return found === null || found === 0 || count < 2 ? [] : [{ window, windows: count, dispersion: found }];
  });
}

/** A window in whole ticks. */
export const inTicks = (window: number, tick: number): number =>
  tick === 0 ? window : Math.max(1, Math.round(window / tick)) * tick;

/** Rates that wander on one time scale, and on two. */
function modulated(observed: Observed): ArrivalCandidate[] {
  const curve = curveOf(observed);
  if (curve.length < 3) return [];
  const one = fitModulation(curve, 1)!;
  if (one.length === 0) return [];
  const two = fitModulation(curve, 2);
  return [
    {
      name: 'modulated Poisson, two states',
      choice: mmppOf(observed.rate, one[0]!, skewnessAt(observed, one[0]!)),
    },
    ...(two === null
      ? []
      : [{ name: 'two modulated Poisson sources', choice: superposed(observed.rate, two) }]),
  ];
}

/** Windows for the skewness of the rate are this share of the time in which it forgets. */
const SHARE_OF_MEMORY = 0.3;

function skewnessAt({ at, length, rate, tick }: Observed, { forgetting }: Modulation): number {
  const window = inTicks(Math.max(SHARE_OF_MEMORY / forgetting, 1 / rate), tick);
  return rateSkewness(countsIn(at, window, length));
}

const mmppOf = (rate: number, { slope, forgetting }: Modulation, skewness: number) => {
  const { rates, stays } = twoStates(rate, Math.sqrt(slope * rate), skewness, forgetting);
  return { kind: 'mmpp' as const, ratesPerSecond: rates.map(rounded), meanStay: stays.map(rounded) };
};

/** Sources that share the rate as their deviations do, each as often high as low where its rate allows. */
function superposed(rate: number, parts: readonly Modulation[]): ArrivalChoice {
  const deviations = parts.map(({ slope }) => Math.sqrt(slope * rate));
  const all = deviations.reduce((a, b) => a + b, 0);
  return {
    kind: 'superposition',
    sources: parts.map(({ forgetting }, index) => {
      const { rates, stays } = twoStates(
        (rate * deviations[index]!) / all,
        deviations[index]!,
        0,
        forgetting,
      );
      return { kind: 'mmpp' as const, ratesPerSecond: rates.map(rounded), meanStay: stays.map(rounded) };
    }),
  };
}
