/** The picture of the cell-size study: ratios to the largest cell against size, one panel a measure, one line a case. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { MeasureName } from './cell-size-cases.ts';
import { ratiosOf, type Study } from './cell-size-report.ts';

const PANELS: readonly MeasureName[] = ['throughput', 'TTFT mean', 'TTFT p99', 'lost'];
const COLOURS = ['#2f7d5b', '#3b6fb6', '#7aa6d8', '#c8553d', '#8a5a83', '#e2a93b', '#444444'];
const WIDTH = 860;
const PANEL_HEIGHT = 190;
const HEADER = 62;
const SIZES = [16, 64, 256, 1_024];
/** Intervals that reach beyond are cut: the table has them whole. */
const SHOWN = [0.75, 1.75];

interface Point {
  readonly name: string;
  readonly replicas: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export function cellSizePicture({ cases }: Study): string {
  const engines = cases.filter(({ studied }) => studied.kind === 'engine');
  const names = engines.map(({ studied }) => studied.name);
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const panels = PANELS.map((measure) => {
    const points = engines
      .filter(({ studied }) => studied.measures.some(({ name }) => name === measure))
      .flatMap((result) =>
        ratiosOf(result, measure).flatMap(({ replicas, ratio }): Point[] =>
          ratio === null ? [] : [{ name: result.studied.name, replicas, ...ratio }],
        ),
      );
    return panel(document, measure, points, names);
  });
  const height = HEADER + PANELS.length * PANEL_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif">`,
    '<title>What a cell says against the largest cell, by its size</title>',
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    '<text x="12" y="22" font-size="14" font-weight="600">Ratio to the largest cell, with 95 % intervals, by replicas of the cell</text>',
    ...legend(names),
    ...panels.map((drawing, index) =>
      drawing.replace('<svg ', `<svg x="0" y="${HEADER + index * PANEL_HEIGHT}" `),
    ),
    '</svg>',
    '',
  ].join('\n');
}

function legend(names: readonly string[]): string[] {
  let x = 12;
  return names.map((name, index) => {
    const entry = `<rect x="${x}" y="35" width="10" height="10" fill="${COLOURS[index]!}"/><text x="${x + 14}" y="44" font-size="10.5">${name}</text>`;
    x += 24 + 5.4 * name.length;
    return entry;
  });
}

function panel(
  document: ReturnType<typeof parseHTML>['document'],
  measure: MeasureName,
  points: readonly Point[],
  names: readonly string[],
): string {
  // Cases side by side at each size, so that intervals do not hide each other.
  const beside = ({ name, replicas }: Point) => replicas * 1.05 ** (names.indexOf(name) - names.length / 2);
  const drawing = Plot.plot({
    document,
    width: WIDTH,
    height: PANEL_HEIGHT,
    marginLeft: 62,
    marginRight: 30,
    x: {
      type: 'log',
      label: null,
      domain: [12, 1_400],
      ticks: [16, 64, 256, 1_024],
      tickFormat: (size: number) => String(size),
    },
    y: { label: `${measure}, ratio`, domain: SHOWN, grid: true, ticks: 4 },
    color: { domain: [...names], range: COLOURS },
    marks: [
      Plot.ruleY([0.95, 1.05], { stroke: '#999999', strokeDasharray: '3,3' }),
      Plot.axisX(SIZES, { text: SIZES.map(String) }),
      Plot.ruleY([1]),
      Plot.ruleX(points, { x: beside, y1: 'low', y2: 'high', stroke: 'name', clip: true }),
      Plot.lineY(points, { x: beside, y: 'value', stroke: 'name', clip: true }),
      Plot.dot(points, { x: beside, y: 'value', fill: 'name', r: 2.5, clip: true }),
    ],
  });
  return drawing.outerHTML.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
}
