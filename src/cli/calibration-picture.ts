/** The picture of a calibration: each request's simulated time against its measured one, as one SVG file. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Calibration, FittedRun } from '../calibration/calibrate.ts';
import { TIMES, timesOf, type Time } from '../calibration/comparison.ts';
import type { MeasuredRun } from '../calibration/measured-run.ts';
import { escapeXml } from './svg.ts';

interface Point {
  readonly measured: number;
  readonly simulated: number;
  readonly part: Part;
}

const COLOURS = { fitted: '#2f7d5b', tested: '#c8553d' } as const;
type Part = keyof typeof COLOURS;

const LABELS: Readonly<Record<Time, string>> = { ttft: 'TTFT [s]', tpot: 'TPOT [ms]', e2e: 'E2E [s]' };
/** What times are multiplied by to be drawn. */
const FACTORS: Readonly<Record<Time, number>> = { ttft: 1, tpot: 1_000, e2e: 1 };

const PANEL = 290;
const HEADER = 58;

/** Two rows of TTFT, TPOT and E2E: the law fitted to all requests, and the one fitted to the first and tested on the rest. */
export function calibrationPicture(
  title: string,
  run: MeasuredRun,
  { law, whole, split }: Calibration,
): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const width = TIMES.length * PANEL;
  const rows = [whole, split].map((fitted) =>
    TIMES.map((time) => panel(document, time, pointsOf(run, fitted, time))),
  );
  const height = HEADER + rows.length * PANEL;
  const legend = (Object.keys(COLOURS) as Part[]).map((part, index) => {
    const x = 12 + 80 * index;
    return `<circle cx="${x + 5}" cy="42" r="4" fill="${COLOURS[part]}"/><text x="${x + 14}" y="46" font-size="11">${part}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif">`,
    `<title>${escapeXml(title)}: simulated against measured</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="12" y="22" font-size="14" font-weight="600">${escapeXml(title)}: ${law}, simulated against measured, one point a request</text>`,
    ...legend,
    ...rows.flatMap((panels, row) =>
      panels.map((drawing, column) =>
        drawing.replace('<svg ', `<svg x="${column * PANEL}" y="${HEADER + row * PANEL}" `),
      ),
    ),
    '</svg>',
    '',
  ].join('\n');
}

function pointsOf(run: MeasuredRun, { replayed, frontEnd, fittedRequests }: FittedRun, time: Time): Point[] {
  const parts: readonly (readonly [Part, readonly number[]])[] = [
    ['fitted', indicesFrom(0, fittedRequests)],
    ['tested', indicesFrom(fittedRequests, run.arrivedAt.length)],
  ];
  return parts.flatMap(([part, indices]) => {
    const measured = timesOf(run, run, 0, indices)[time];
    const simulated = timesOf(run, replayed, frontEnd, indices)[time];
    return measured.map((value, at) => ({
      measured: FACTORS[time] * value,
      simulated: FACTORS[time] * simulated[at]!,
      part,
    }));
  });
}

const indicesFrom = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

function panel(
  document: ReturnType<typeof parseHTML>['document'],
  time: Time,
  points: readonly Point[],
): string {
  const most = Math.max(...points.map(({ measured, simulated }) => Math.max(measured, simulated)));
  const drawing = Plot.plot({
    document,
    width: PANEL,
    height: PANEL,
    marginLeft: 52,
    marginBottom: 40,
    x: { label: `measured ${LABELS[time]}`, domain: [0, most], nice: true, ticks: 5 },
    y: { label: `simulated ${LABELS[time]}`, domain: [0, most], nice: true, ticks: 5, grid: true },
    color: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
    marks: [
      Plot.line(
        [
          [0, 0],
          [most, most],
        ],
        { stroke: '#999999' },
      ),
      Plot.dot(points, { x: 'measured', y: 'simulated', fill: 'part', r: 2, fillOpacity: 0.6 }),
    ],
  });
  return drawing.outerHTML.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
}
