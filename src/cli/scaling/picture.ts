/**
 * The picture of scaling: money against GPUs, the elasticity between sizes, and the binding constraint by hour; alone
 * or on a page.
 */
import * as Plot from '@observablehq/plot';
import { REGIME_SHARES, type Verdict } from '../../experiments/elasticity.ts';
import type { Bounds } from '../../experiments/scaling.ts';
import { titleOf } from '../../store/changes.ts';
import { estimateOf, scalingTable } from './table.ts';
import type { ScalingDocument } from '../../campaigns/scaling-document.ts';
import { SHARE } from '../../units.ts';
import { axisOf } from '../shared/axes.ts';
import { drawn, escapeLines, escapeXml, sheet } from '../shared/drawing.ts';

const COLOURS: Readonly<Record<Verdict, string>> = {
  'supply-constrained': '#c8553d',
  balanced: '#e2a93b',
  'demand-constrained': '#2f7d5b',
  'externally-limited': '#8a5a83',
  undetermined: '#b8b8b8',
};

/** Quantities drawn against GPUs: money where there is any, otherwise tokens. */
const LINES = {
  revenue: { metric: 'revenue.perYear', colour: '#3a6ea5' },
  cost: { metric: 'cost.perYear', colour: '#9c6b30' },
  result: { metric: 'margin.perYear', colour: '#222222' },
  'output tokens': { metric: 'throughput.outputTokens', colour: '#3a6ea5' },
} as const;
type Line = keyof typeof LINES;

const WIDTH = 860;
const HEADER = 76;
const MARGINS = { width: WIDTH, marginLeft: 70, marginRight: 30, marginTop: 28 };
/** An elasticity or a share beyond this is drawn at the edge. */
const SHARES = [-0.2, 1.2] as const;

interface Panel {
  readonly svg: string;
  readonly height: number;
}

/** One SVG file. */
export function scalingPicture(document: ScalingDocument): string {
  const panels = [
    sizesPanel(document),
    ...(document.regime.arcs.length === 0 ? [] : [arcsPanel(document)]),
    ...(document.regime.byHour.length < 2 ? [] : [hoursPanel(document)]),
  ];
  const height = HEADER + panels.reduce((sum, panel) => sum + panel.height, 0);
  let y = HEADER;
  const drawings = panels.map(({ svg, height: own }) => {
    const placed = { svg, y };
    y += own;
    return placed;
  });
  const title = `${titleOf(document.scenario)}: scaling`;
  return sheet({
    width: WIDTH,
    height,
    title,
    heading: `${title}, ${document.regime.verdict} with ${gpus(document.fleet.gpus)} GPUs`,
    marks: [
      ...legend(
        linesOf(document).map((line) => [line, LINES[line].colour]),
        36,
      ),
      ...legend(Object.entries(COLOURS), 56),
    ],
    drawings,
  });
}

/** One self-contained HTML file. */
export function scalingPage(document: ScalingDocument): string {
  const title = escapeXml(`${titleOf(document.scenario)}: scaling`);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    '<style>body { font-family: system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem } pre { overflow-x: auto; font-size: 0.8rem } svg { max-width: 100%; height: auto }</style>',
    '</head>',
    '<body>',
    `<h1>${title}</h1>`,
    scalingPicture(document).trimEnd(),
    `<pre>${escapeLines(withoutStyle(scalingTable(document)).trimEnd())}</pre>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** The text without the escape codes for bold and dim. */
const withoutStyle = (text: string): string => text.replaceAll(/\u001b\[\d+m/g, '');

const gpus = (count: number): string => count.toLocaleString('en-US');

function legend(entries: readonly (readonly [string, string])[], y: number): string[] {
  let x = 12;
  return entries.map(([name, colour]) => {
    const entry = `<rect x="${x}" y="${y}" width="11" height="11" fill="${colour}"/><text x="${x + 16}" y="${y + 10}" font-size="11">${name}</text>`;
    x += 32 + 7 * name.length;
    return entry;
  });
}

/** Lines that have a number at every size; tokens where there is no money. */
function linesOf({ points }: ScalingDocument): Line[] {
  const there = (Object.keys(LINES) as Line[]).filter((line) =>
    points.every((point) => estimateOf(point, LINES[line].metric) !== undefined),
  );
  const ofMoney = there.filter((line) => line !== 'output tokens');
  return ofMoney.length > 0 ? ofMoney : there;
}

function sizesPanel(document: ScalingDocument): Panel {
  const lines = linesOf(document);
  const marks = document.points.flatMap((point) =>
    lines.map((line) => {
      const { mean, halfWidth } = estimateOf(point, LINES[line].metric)!;
      return { line, gpus: point.gpus, ...interval({ mean, halfWidth }) };
    }),
  );
  const quantity =
    lines[0] === 'output tokens'
      ? axisOf('output of the cell', 'tokens/s')
      : axisOf('money of the provider', 'USD/year');
  const height = 280;
  return drawing(height, {
    ...MARGINS,
    height,
    marginBottom: 40,
    x: { ...axisOf('fleet', 'GPUs'), ticks: 8 },
    y: { ...quantity, grid: true, nice: true },
    color: { domain: lines, range: lines.map((line) => LINES[line].colour) },
    marks: [
      Plot.ruleY([0]),
      Plot.ruleX([document.fleet.gpus], { stroke: '#999999', strokeDasharray: '4 3' }),
      Plot.text([document.fleet.gpus], {
        x: (count: number) => count,
        text: () => 'present',
        frameAnchor: 'top',
        dy: -12,
      }),
      Plot.line(marks, { x: 'gpus', y: 'mean', stroke: 'line' }),
      Plot.ruleX(marks, { x: 'gpus', y1: 'low', y2: 'high', stroke: 'line', strokeWidth: 4, opacity: 0.4 }),
      Plot.dot(marks, { x: 'gpus', y: 'mean', fill: 'line', r: 3 }),
    ],
  });
}

function arcsPanel({ regime: { arcs }, fleet }: ScalingDocument): Panel {
  const marks = arcs.flatMap(({ fromGpus, toGpus, supply, verdict }) =>
    supply.mean === null ? [] : [{ fromGpus, toGpus, verdict, ...interval(supply) }],
  );
  const height = 200;
  return drawing(height, {
    ...MARGINS,
    height,
    marginBottom: 40,
    x: { ...axisOf('fleet', 'GPUs'), ticks: 8 },
    y: { ...axisOf('elasticity to GPUs', '% per %'), domain: SHARES, clamp: true, ticks: 6 },
    color: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
    marks: [
      Plot.ruleY(Object.values(REGIME_SHARES), { stroke: '#cccccc' }),
      Plot.ruleX([fleet.gpus], { stroke: '#999999', strokeDasharray: '4 3' }),
      Plot.rect(marks, {
        x1: 'fromGpus',
        x2: 'toGpus',
        y1: 'low',
        y2: 'high',
        fill: 'verdict',
        opacity: 0.3,
      }),
      Plot.link(marks, {
        x1: 'fromGpus',
        x2: 'toGpus',
        y1: 'mean',
        y2: 'mean',
        stroke: 'verdict',
        strokeWidth: 2,
      }),
    ],
  });
}

function hoursPanel({ regime: { byHour } }: ScalingDocument): Panel {
  const marks = byHour.flatMap(({ hourOfDay, verdict, supplyShare }) =>
    supplyShare.mean === null ? [] : [{ hourOfDay, verdict, ...interval(supplyShare) }],
  );
  const height = 200;
  return drawing(height, {
    ...MARGINS,
    height,
    marginBottom: 40,
    x: { ...axisOf('hour of the day', 'h'), domain: [0, 24], ticks: 12 },
    y: { ...axisOf('s = eS ÷ (eS + eD), by hour', SHARE), domain: SHARES, clamp: true, ticks: 6 },
    color: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
    marks: [
      Plot.ruleY(Object.values(REGIME_SHARES), { stroke: '#cccccc' }),
      // A share near zero has no visible bar, and one without a number has none: the verdict is below each hour.
      Plot.rect(byHour, {
        x1: 'hourOfDay',
        x2: (mark: { hourOfDay: number }) => mark.hourOfDay + 1,
        y1: SHARES[0],
        y2: SHARES[0] + 0.08,
        fill: 'verdict',
        insetLeft: 1,
        insetRight: 1,
      }),
      Plot.rectY(marks, {
        x1: 'hourOfDay',
        x2: (mark: { hourOfDay: number }) => mark.hourOfDay + 1,
        y: 'mean',
        fill: 'verdict',
        insetLeft: 1,
        insetRight: 1,
      }),
      Plot.ruleX(marks, {
        x: (mark: { hourOfDay: number }) => mark.hourOfDay + 0.5,
        y1: 'low',
        y2: 'high',
        stroke: '#222222',
      }),
      Plot.ruleY([0]),
    ],
  });
}

function drawing(height: number, options: Plot.PlotOptions): Panel {
  return { svg: drawn(options), height };
}

/** The bounds of an estimate that has a mean; without an interval they are the mean. */
function interval({ mean, halfWidth }: Bounds) {
  const half = halfWidth ?? 0;
  return { mean: mean!, low: mean! - half, high: mean! + half };
}
