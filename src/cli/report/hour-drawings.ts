/** Drawings over the hours of the window: means with whiskers, and descriptions of them in words. */
import * as Plot from '@observablehq/plot';
import type { Interval } from '../../stats/index.ts';
import { clock, hourAxis } from '../shared/drawing.ts';
import { SHARE } from '../../units.ts';
import { axisOf } from '../shared/axes.ts';
import { percent } from '../shared/format.ts';
import { BLUE, drawing, INK, tierColours, whisker, type Drawing } from './figure.ts';

/** An estimate for an hour of the window, to be drawn at its middle. */
export interface HourWhisker extends ReturnType<typeof whisker> {
  readonly hour: number;
  readonly middle: number;
}

/** Whiskers for the hours that have data, each multiplied by a factor. */
export function whiskersByHour(
  intervals: readonly Interval[],
  factorOf: (hour: number) => number = () => 1,
): HourWhisker[] {
  return intervals.flatMap(({ mean, halfWidth }, hour) => {
    if (mean === null) return [];
    const factor = factorOf(hour);
    const half = halfWidth === null ? null : factor * halfWidth;
    return [{ hour, middle: hour + 0.5, ...whisker({ mean: factor * mean, halfWidth: half }) }];
  });
}

/** The range of a quantity over the hours, and when its ends occur, in words. */
export function rangeOf(
  what: string,
  points: readonly HourWhisker[],
  hourOfWeek: readonly number[],
  show: (value: number) => string,
): string {
  const rising = points.toSorted((a, b) => a.mean - b.mean);
  const [least, most] = [rising[0], rising.at(-1)];
  if (least === undefined || most === undefined) return `${what}: no data.`;
  const atHour = ({ mean, hour }: HourWhisker) => `${show(mean)} (${clock(hourOfWeek[hour]!)})`;
  return `${what}: from ${atHour(least)} to ${atHour(most)}.`;
}

/** Candidate lower ends of the axis of a share: otherwise lines near 100 % would coincide. */
const FLOORS = [0.99, 0.95, 0.9, 0.8, 0.5];

/** A share of one tier or pool by hour, with its target [both as fractions of 1]. */
export function shareDrawing(
  name: string,
  { what, shares, target }: { what: string; shares: readonly Interval[]; target: number | null },
  hourOfWeek: readonly number[],
): Drawing {
  const points = whiskersByHour(shares);
  const bound = target;
  const least = Math.min(...points.map(({ low }) => low), bound ?? 1);
  const floor = FLOORS.find((one) => one <= least) ?? 0;
  const description = [
    rangeOf(what, points, hourOfWeek, percent),
    ...(bound === null
      ? []
      : [
          `Below the target of ${percent(bound)} in ${points.filter(({ mean }) => mean < bound).length} of ${points.length} hours.`,
        ]),
  ].join(' ');
  return drawing(`${name}: ${what} by hour`, description, {
    height: 120,
    x: hourAxis(hourOfWeek),
    y: { ...axisOf(name, SHARE), grid: true, ticks: 3, domain: [floor, 1] },
    marks: [
      ...(bound === null ? [] : [Plot.ruleY([bound], { stroke: INK, strokeDasharray: '5 3' })]),
      Plot.line(points, { x: 'middle', y: 'mean', stroke: BLUE }),
      Plot.ruleX(points, {
        x: 'middle',
        stroke: BLUE,
        strokeWidth: 1.5,
        y1: ({ low }: HourWhisker) => Math.max(floor, low),
        y2: ({ high }: HourWhisker) => Math.min(1, high),
      }),
      Plot.dot(points, { x: 'middle', y: 'mean', fill: BLUE, r: 2.2 }),
    ],
  });
}

export interface TierBars {
  readonly title: string;
  /** The quantity drawn, and its unit. */
  readonly what: string;
  readonly unit: string;
  /** By tier; `null` for a tier without any. */
  readonly tiers: readonly { readonly name: string; readonly intervals: readonly Interval[] | null }[];
  readonly total: readonly Interval[];
  /** The factor applied to the values of an hour. */
  readonly factorOf: (hour: number) => number;
  readonly show: (value: number) => string;
}

/** Tiers stacked by hour, with whiskers for their total. */
export function tierBars(
  { title, what, unit, tiers, total, factorOf, show }: TierBars,
  hourOfWeek: readonly number[],
): Drawing {
  const names = tiers.map(({ name }) => name);
  const bars = tiers.flatMap(({ name: tier, intervals }) =>
    whiskersByHour(intervals ?? [], factorOf).map((point) => ({ ...point, tier })),
  );
  const whiskers = whiskersByHour(total, factorOf);
  return drawing(title, rangeOf('all tiers together', whiskers, hourOfWeek, show), {
    height: 210,
    x: hourAxis(hourOfWeek),
    y: { ...axisOf(what, unit), grid: true, nice: true, ticks: 5 },
    color: { domain: names, range: tierColours(names) },
    marks: [
      Plot.rectY(bars, {
        x1: 'hour',
        x2: ({ hour }: HourWhisker) => hour + 1,
        y: 'mean',
        fill: 'tier',
        order: names,
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.ruleX(whiskers, { x: 'middle', y1: 'low', y2: 'high', stroke: INK, strokeWidth: 1.5 }),
      Plot.ruleY([0]),
    ],
  });
}
