/** Earnings and costs: income by tier, cost by part, and the result. */
import * as Plot from '@observablehq/plot';
import type { Estimate } from '../../experiments/estimate.ts';
import { isShare, SECONDS_PER_HOUR } from '../../units.ts';
import { axisOf } from '../shared/axes.ts';
import { tenths, usd } from '../shared/format.ts';
import { MONEY_RATIOS, MONEY_ROWS } from '../shared/result-table.ts';
import { hasHours, type BatchReport } from './batch-report.ts';
import { BLUE, certainty, drawing, figure, INK, ORANGE, tierLegend, whisker } from './figure.ts';
import { tierBars } from './hour-drawings.ts';
import { markup, type Html } from './markup.ts';
import { estimated, table } from './table.ts';

/** `null` where the scenario has neither prices nor costs. */
export function moneySection(report: BatchReport): Html | null {
  const { of, outline } = report;
  if (of('revenue') === undefined) return null;
  const line = (name: string, metric: string, scope = 'total') => [
    name,
    estimated(of(metric, scope), usd),
    estimated(of(`${metric}.perYear`, scope), usd),
  ];
  const isThere = (metric: string, scope?: string) => (of(metric, scope)?.mean ?? 0) !== 0;
  const income = outline.tiers.filter((name) => isThere('revenue', `tier:${name}`));
  const rows = [
    ...income.map((name) => line(`revenue from ${name}`, 'revenue', `tier:${name}`)),
    ...(isThere('revenue.other') ? [line('other revenue', 'revenue.other')] : []),
    ...MONEY_ROWS.filter(([metric]) => isThere(metric)).map(([metric, name]) => line(indented(name), metric)),
  ];
  const ratios = MONEY_RATIOS.filter(([metric]) => (of(metric)?.mean ?? null) !== null);
  return markup`<section>
    <h3>What it earned and cost</h3>
    ${table(
      'The income statement: of the cell in the window, and of the provider in a year at the pace of the window.',
      ['US dollars', 'cell, in the window', 'provider, a year'],
      rows,
    )}${
      ratios.length === 0
        ? null
        : table(
            'On one unit.',
            ['', 'estimate'],
            ratios.map(([metric, name]) => {
              const found = of(metric)!;
              return [name, estimated(found, isShare(found.unit) ? tenths : usd)];
            }),
          )
    }${statementFigure(report)}${hasHours(report) ? revenueFigure(report) : null}
  </section>`;
}

/** Components of the line above are indented. */
const indented = (name: string): string =>
  name.replace(/^ +/, (spaces) => '\u2003'.repeat(spaces.length / 2));

const COSTS = ['cost.serving', 'cost.otherOfRevenue', 'cost.training', 'cost.postTraining', 'cost.overhead'];
const NAMES: ReadonlyMap<string, string> = new Map(MONEY_ROWS.map(([metric, name]) => [metric, name.trim()]));

function statementFigure({ of, outline, summary }: BatchReport): Html | null {
  const bar = (name: string, kind: string, estimate: Estimate | undefined) =>
    (estimate?.mean ?? 0) === 0
      ? []
      : [{ name, kind, ...whisker({ mean: estimate!.mean!, halfWidth: estimate!.halfWidth }) }];
  const bars = [
    ...outline.tiers.flatMap((name) => bar(name, 'revenue', of('revenue.perYear', `tier:${name}`))),
    ...bar('other revenue', 'revenue', of('revenue.other.perYear')),
    ...COSTS.flatMap((metric) => bar(NAMES.get(metric)!, 'cost', of(`${metric}.perYear`))),
    ...bar('result', 'result', of('margin.perYear')),
  ];
  if (bars.length === 0) return null;
  const colours = { revenue: BLUE, cost: ORANGE, result: INK };
  return figure(
    `Revenue by tier, cost by part and the result, of the provider in a year, with ${certainty(summary.confidence)}.`,
    Object.entries(colours).map(([name, colour]) => ({ name, colour })),
    [
      drawing('Revenue, cost and result', bars.map(({ name, mean }) => `${name}: ${usd(mean)}.`).join(' '), {
        height: 50 + 24 * bars.length,
        marginLeft: 170,
        marginRight: 40,
        marginBottom: 42,
        x: { ...axisOf('money', 'USD/year'), grid: true, nice: true, ticks: 6 },
        y: { label: null, domain: bars.map(({ name, kind }) => keyOf(name, kind)), tickFormat: nameOf },
        color: { domain: Object.keys(colours), range: Object.values(colours) },
        marks: [
          Plot.barX(bars, {
            x: 'mean',
            fill: 'kind',
            insetTop: 3,
            insetBottom: 3,
            y: ({ name, kind }: { name: string; kind: string }) => keyOf(name, kind),
          }),
          Plot.ruleY(bars, {
            x1: 'low',
            x2: 'high',
            stroke: '#777777',
            strokeWidth: 3,
            y: ({ name, kind }: { name: string; kind: string }) => keyOf(name, kind),
          }),
          Plot.ruleX([0]),
        ],
      }),
    ],
  );
}

/** A key for each row: a tier may have the same name as a cost. */
const keyOf = (name: string, kind: string): string => `${kind}:${name}`;
const nameOf = (key: string): string => key.slice(key.indexOf(':') + 1);

function revenueFigure({ outline, hours, summary }: BatchReport): Html | null {
  const total = hours.total?.revenue ?? null;
  if (total === null) return null;
  const bars = tierBars(
    {
      title: 'Revenue by tier and hour',
      what: 'revenue',
      unit: 'USD/hour',
      tiers: hours.tiers.map(({ name, revenue }) => ({ name, intervals: revenue })),
      total,
      factorOf: (hour) => SECONDS_PER_HOUR / hours.seconds[hour]! / outline.share,
      show: usd,
    },
    hours.hourOfWeek,
  );
  return figure(
    `Revenue of the provider by hour and tier. Whiskers: ${certainty(summary.confidence)} of all tiers together.`,
    tierLegend(outline.tiers).filter((_, index) => hours.tiers[index]!.revenue !== null),
    [bars],
  );
}
