/** The effects of limits, shedding and degradation. */
import * as Plot from '@observablehq/plot';
import type { TierHours } from '../../experiments/hourly-estimates.ts';
import { LAYERS } from '../shared/day-picture.ts';
import { hourAxis } from '../shared/drawing.ts';
import { SHARE } from '../../units.ts';
import { axisOf } from '../shared/axes.ts';
import { number, percent, tenths } from '../shared/format.ts';
import { byTier, hasHours, type BatchReport } from './batch-report.ts';
import { certainty, drawing, figure, INK, type Drawing } from './figure.ts';
import { rangeOf, whiskersByHour, type HourWhisker } from './hour-drawings.ts';
import { markup, type Html } from './markup.ts';
import { estimated, table } from './table.ts';

const LIMITS = [
  ['attempts', 'attempts', number],
  ['share.attemptsRefused', 'attempts refused', tenths],
  ['share.limited', 'limited for good', tenths],
  ['share.shed', 'shed', tenths],
  ['share.degraded', 'served degraded', tenths],
] as const;

const AT_WORK = {
  limited: LAYERS.limited,
  shed: LAYERS.shed,
  degraded: LAYERS['served degraded'],
} as const;
type AtWork = keyof typeof AT_WORK;

/** The effects of limits, shedding and degradation; `null` where they have none. */
export function limitsSection(report: BatchReport): Html | null {
  const { of, hours, summary } = report;
  const isAtWork = LIMITS.slice(1).some(([metric]) => (of(metric)?.mean ?? 0) > 0);
  if (!isAtWork) return null;
  const drawings = hasHours(report)
    ? hours.tiers.flatMap((tier) => limitsDrawing(tier, hours.hourOfWeek) ?? [])
    : [];
  return markup`<section>
    <h3>Limits and degradation at work</h3>
    ${table(
      'A request may make several attempts; limited or shed are those whose last attempt was refused.',
      ['tier', ...LIMITS.map(([, name]) => name)],
      byTier(report, (scope) => LIMITS.map(([metric, , show]) => estimated(of(metric, scope), show))),
    )}${
      drawings.length === 0
        ? null
        : figure(
            `Shares of those that arrived in each hour that were limited, shed or served degraded, with ${certainty(summary.confidence)}.`,
            Object.entries(AT_WORK).map(([name, colour]) => ({ name, colour })),
            drawings,
          )
    }
  </section>`;
}

/** `null` for a tier without any such effect. */
function limitsDrawing({ name, shares }: TierHours, hourOfWeek: readonly number[]): Drawing | null {
  const lines = (Object.keys(AT_WORK) as AtWork[])
    .map((line) => ({ line, points: whiskersByHour(shares[line]) }))
    .filter(({ points }) => points.some(({ mean }) => mean > 0));
  if (lines.length === 0) return null;
  const marks = lines.flatMap(({ line, points }) => points.map((point) => ({ ...point, line })));
  const description = lines.map(({ line, points }) => rangeOf(line, points, hourOfWeek, percent)).join(' ');
  return drawing(`${name}: limits and degradation by hour`, description, {
    height: 140,
    x: hourAxis(hourOfWeek),
    y: { ...axisOf(name, SHARE), grid: true, nice: true, zero: true, ticks: 4 },
    color: { domain: Object.keys(AT_WORK), range: Object.values(AT_WORK) },
    marks: [
      Plot.line(marks, { x: 'middle', y: 'mean', stroke: 'line', strokeWidth: 2 }),
      Plot.ruleX(marks, {
        x: 'middle',
        y2: 'high',
        stroke: INK,
        strokeWidth: 1,
        y1: ({ low }: HourWhisker) => Math.max(0, low),
      }),
      Plot.dot(marks, { x: 'middle', y: 'mean', fill: 'line', stroke: INK, strokeWidth: 0.5, r: 2.6 }),
    ],
  });
}
