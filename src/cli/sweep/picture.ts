/** The picture of a sweep: one metric against one or two varied values, as an SVG file. */
import * as Plot from '@observablehq/plot';
import type { SweepDocument } from '../../campaigns/sweep.ts';
import {
  formatMetricAddress,
  isSameMetric,
  metricTitle,
  type MetricAddress,
} from '../../experiments/metric-address.ts';
import { titleOf } from '../../store/changes.ts';
import { SHARE } from '../../units.ts';
import { axisOf, type Axis } from '../shared/axes.ts';
import { drawn as drawing, escapeXml, sheet } from '../shared/drawing.ts';
import { inUnit } from '../shared/format.ts';

const WIDTH = 720;
const HEIGHT = 420;
const COLOUR = '#2f7d5b';

interface Drawn {
  /** The values of the factors: numbers where all values of a factor are numbers with the same unit. */
  readonly x: string | number;
  readonly y: string | number | null;
  readonly mean: number;
  readonly halfWidth: number;
}

/** For one factor: the metric with its interval. For two: a heat map of a grid, or coloured points. */
export function sweepPicture(sweep: SweepDocument, metric: MetricAddress): string {
  const { varied, points, scenario, changes, design } = sweep;
  const axes = varied.map(({ path }) =>
    valuesOf(
      path,
      points.map(({ values }) => values[path]!),
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
  const unit = estimates.find((one) => one !== undefined)?.unit ?? SHARE;
  const name = formatMetricAddress(metric);
  const ends = drawn.flatMap(({ mean, halfWidth }) => [mean - halfWidth, mean + halfWidth]);
  const common = { width: WIDTH, height: HEIGHT, marginLeft: 80, marginBottom: 44 };
  const isGrid = design === 'grid';
  const svg = drawing({
    ...common,
    ...(axes.length === 1
      ? againstOne(axes[0]!, drawn, axisOf(name, unit, ends))
      : againstTwo(axes[0]!, axes[1]!, drawn, unit, isGrid)),
  });
  const isColoured = axes.length === 2 && !isGrid && drawn.length > 0;
  const header = HEADER + (isColoured ? LEGEND : 0);
  const title = `${titleOf({ name: scenario, changes })}: ${metricTitle({ ...metric, unit })}`;
  return sheet({
    width: WIDTH,
    height: HEIGHT + header,
    title,
    heading: title,
    marks: isColoured
      ? colourLegend(
          drawn.map(({ mean }) => mean),
          inUnit(unit),
        )
      : [],
    drawings: [{ svg, y: header }],
  });
}

/** A legend of colours from the lowest value to the highest. */
function colourLegend(means: readonly number[], show: (value: number) => string): string[] {
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const { apply } = Plot.scale({ color: { ...COLOURS, domain: [least, most] } });
  return Array.from({ length: STEPS }, (_, step) => {
    const value = least + ((most - least) * step) / (STEPS - 1);
    const x = 12 + step * 130;
    return `<rect x="${x}" y="34" width="12" height="12" fill="${String(apply(value))}" stroke="#777777"/><text x="${x + 18}" y="44" font-size="11">${escapeXml(show(value))}</text>`;
  });
}

const COLOURS = { scheme: 'YlGnBu' } as const;
const STEPS = 5;
/** Height of the colour legend. */
const LEGEND = 22;

const HEADER = 34;

/** The values of a factor, and its label. */
interface FactorAxis {
  readonly label: string;
  readonly numeric: boolean;
  readonly values: readonly (string | number)[];
}

const QUANTITY = /^([+-]?[\d.]+(?:e[+-]?\d+)?)([a-z%]*)$/i;

function valuesOf(path: string, texts: readonly string[]): FactorAxis {
  const parts = texts.map((text) => QUANTITY.exec(text));
  const units = new Set(parts.map((part) => part?.[2] ?? null));
  const [unit] = units;
  if (units.size > 1 || unit === undefined || unit === null)
    return { label: path, numeric: false, values: texts };
  const values = parts.map((part) => Number(part![1]));
  return { label: unit === '' ? path : `${path} [${unit}]`, numeric: true, values };
}

function againstOne({ label, numeric }: FactorAxis, drawn: readonly Drawn[], metric: Axis): Plot.PlotOptions {
  const low = ({ mean, halfWidth }: Drawn) => mean - halfWidth;
  const high = ({ mean, halfWidth }: Drawn) => mean + halfWidth;
  return {
    x: { label, ...(numeric ? { nice: true } : { type: 'point' }) },
    y: { ...metric, grid: true, nice: true },
    marks: [
      ...(numeric ? [Plot.line(drawn, { x: 'x', y: 'mean', sort: 'x', stroke: COLOUR })] : []),
      Plot.ruleX(drawn, { x: 'x', y1: low, y2: high, stroke: COLOUR }),
      Plot.dot(drawn, { x: 'x', y: 'mean', fill: COLOUR, r: 3 }),
    ],
  };
}

function againstTwo(
  x: FactorAxis,
  y: FactorAxis,
  drawn: readonly Drawn[],
  unit: string,
  grid: boolean,
): Plot.PlotOptions {
  const color = COLOURS;
  if (grid) {
    const show = inUnit(unit);
    return {
      color,
      x: { label: x.label, type: 'band' },
      y: { label: y.label, type: 'band', reverse: true },
      marks: [
        Plot.cell(drawn, { x: 'x', y: 'y', fill: 'mean', inset: 0.5 }),
        Plot.text(drawn, {
          x: 'x',
          y: 'y',
          text: ({ mean }: Drawn) => show(mean),
          fill: 'black',
          stroke: 'white',
          strokeWidth: 3,
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
