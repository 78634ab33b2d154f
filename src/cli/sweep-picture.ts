/** The picture of a sweep: one metric against one or two varied values, as an SVG file. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { isSameMetric, metricTitle, type MetricAddress } from '../experiments/metric-address.ts';
import { titleOf } from '../store/changes.ts';
import type { Sweep } from './commands/sweep.ts';
import { inUnit } from './format.ts';
import { escapeXml } from './svg.ts';

const WIDTH = 720;
const HEIGHT = 420;
const COLOUR = '#2f7d5b';

interface Drawn {
  /** The values of the factors: numbers where all of a factor are numbers with the same unit. */
  readonly x: string | number;
  readonly y: string | number | null;
  readonly mean: number;
  readonly halfWidth: number;
}

/** One value: the metric with its interval. Two: a heat map of a grid, or points of their colour. */
export function sweepPicture(sweep: Sweep, metric: MetricAddress): string {
  const { factors, points, scenario, changes, design } = sweep;
  const axes = factors.map((factor, index) =>
    axisOf(
      factor.path,
      points.map(({ values }) => values[index]!),
    ),
  );
  const estimates = points.map(({ estimates: all }) => all.find((one) => isSameMetric(one, metric)));
  const drawn = estimates.flatMap((estimate, index): Drawn[] =>
    estimate === undefined || estimate.mean === null
      ? []
      : [
          {
            x: axes[0]!.values[index]!,
            y: axes[1]?.values[index] ?? null,
            mean: estimate.mean,
            halfWidth: estimate.halfWidth ?? 0,
          },
        ],
  );
  const unit = estimates.find((one) => one !== undefined)?.unit ?? '1';
  const label = metricTitle({ ...metric, unit });
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const common = { document, width: WIDTH, height: HEIGHT, marginLeft: 70, marginBottom: 44 };
  const drawing =
    axes.length === 1
      ? Plot.plot({ ...common, ...againstOne(axes[0]!, drawn, label) })
      : Plot.plot({ ...common, ...againstTwo(axes[0]!, axes[1]!, drawn, unit, design === 'grid') });
  const title = `${titleOf({ name: scenario, changes })}: ${label}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT + HEADER}" width="${WIDTH}" height="${HEIGHT + HEADER}" font-family="system-ui, sans-serif">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT + HEADER}" fill="white"/>`,
    `<text x="12" y="22" font-size="14" font-weight="600">${escapeXml(title)}</text>`,
    drawing.outerHTML.replace('<svg ', `<svg xmlns="http://www.w3.org/2000/svg" x="0" y="${HEADER}" `),
    '</svg>',
    '',
  ].join('\n');
}

const HEADER = 34;

interface Axis {
  readonly label: string;
  readonly numeric: boolean;
  readonly values: readonly (string | number)[];
}

const QUANTITY = /^([+-]?[\d.]+(?:e[+-]?\d+)?)([a-z%]*)$/i;

function axisOf(path: string, texts: readonly string[]): Axis {
  const parts = texts.map((text) => QUANTITY.exec(text));
  const units = new Set(parts.map((part) => part?.[2] ?? null));
  const [unit] = units;
  if (units.size > 1 || unit === undefined || unit === null)
    return { label: path, numeric: false, values: texts };
  const values = parts.map((part) => Number(part![1]));
  return { label: unit === '' ? path : `${path} [${unit}]`, numeric: true, values };
}

function againstOne({ label, numeric }: Axis, drawn: readonly Drawn[], metric: string): Plot.PlotOptions {
  const low = ({ mean, halfWidth }: Drawn) => mean - halfWidth;
  const high = ({ mean, halfWidth }: Drawn) => mean + halfWidth;
  return {
    x: { label, ...(numeric ? { nice: true } : { type: 'point' }) },
    y: { label: metric, grid: true, nice: true, tickFormat: '~s' },
    marks: [
      ...(numeric ? [Plot.line(drawn, { x: 'x', y: 'mean', sort: 'x', stroke: COLOUR })] : []),
      Plot.ruleX(drawn, { x: 'x', y1: low, y2: high, stroke: COLOUR }),
      Plot.dot(drawn, { x: 'x', y: 'mean', fill: COLOUR, r: 3 }),
    ],
  };
}

function againstTwo(
  x: Axis,
  y: Axis,
  drawn: readonly Drawn[],
  unit: string,
  grid: boolean,
): Plot.PlotOptions {
  const color = { scheme: 'YlGnBu' } as const;
  if (grid) {
    const show = inUnit(unit);
    return {
      color,
      x: { label: x.label, type: 'band' },
      y: { label: y.label, type: 'band', reverse: true },
      marks: [
        Plot.cell(drawn, { x: 'x', y: 'y', fill: 'mean', inset: 0.5 }),
        Plot.text(drawn, {
          ...{ x: 'x', y: 'y', text: ({ mean }: Drawn) => show(mean) },
          ...{ fill: 'black', stroke: 'white', strokeWidth: 3 },
        }),
      ],
    };
  }
  return {
    color,
    x: { label: x.label, ...(x.numeric ? { nice: true } : { type: 'point' }) },
    y: { label: y.label, ...(y.numeric ? { nice: true } : { type: 'point' }) },
    marks: [Plot.dot(drawn, { x: 'x', y: 'y', fill: 'mean', r: 6, stroke: '#777777' })],
  };
}
