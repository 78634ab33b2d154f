/** The picture of a calibration: each request's simulated time against its measured one, as one SVG file. */
import * as Plot from '@observablehq/plot';
import type { Calibration, FittedRun } from '../../calibration/calibrate.ts';
import { TIMES, timesOf, type Time } from '../../calibration/comparison.ts';
import type { MeasuredRun } from '../../calibration/measured-run.ts';
import { axisOf } from '../shared/axes.ts';
import { drawn, sheet } from '../shared/drawing.ts';

interface Point {
  readonly measured: number;
  readonly simulated: number;
  readonly part: Part;
}

const COLOURS = { fitted: '#2f7d5b', tested: '#c8553d' } as const;
type Part = keyof typeof COLOURS;

const LABELS: Readonly<Record<Time, string>> = { ttft: 'TTFT', tpot: 'TPOT', e2e: 'E2E' };

const PANEL = 290;
const HEADER = 58;

/**
 * Two rows of TTFT, TPOT and E2E: the step-time model fitted to all requests, and the one fitted to the first requests
 * and tested on the rest.
 */
export function calibrationPicture(
  title: string,
  run: MeasuredRun,
  { stepTime, whole, split }: Calibration,
): string {
  const width = TIMES.length * PANEL;
  const rows = [whole, split].map((fitted) => TIMES.map((time) => panel(time, pointsOf(run, fitted, time))));
  const height = HEADER + rows.length * PANEL;
  const legend = (Object.keys(COLOURS) as Part[]).map((part, index) => {
    const x = 12 + 80 * index;
    return `<circle cx="${x + 5}" cy="42" r="4" fill="${COLOURS[part]}"/><text x="${x + 14}" y="46" font-size="11">${part}</text>`;
  });
  return sheet({
    width,
    height,
    title: `${title}: simulated against measured`,
    heading: `${title}: ${stepTime}, simulated against measured, one point a request`,
    marks: legend,
    drawings: rows.flatMap((panels, row) =>
      panels.map((svg, column) => ({ svg, x: column * PANEL, y: HEADER + row * PANEL })),
    ),
  });
}

function pointsOf(run: MeasuredRun, { replayed, frontEnd, fittedRequests }: FittedRun, time: Time): Point[] {
  const parts: readonly (readonly [Part, readonly number[]])[] = [
    ['fitted', indicesFrom(0, fittedRequests)],
    ['tested', indicesFrom(fittedRequests, run.arrivedAt.length)],
  ];
  return parts.flatMap(([part, indices]) => {
    const measured = timesOf(run, run, 0, indices)[time];
    const simulated = timesOf(run, replayed, frontEnd, indices)[time];
    return measured.map((value, at) => ({ measured: value, simulated: simulated[at]!, part }));
  });
}

const indicesFrom = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

function panel(time: Time, points: readonly Point[]): string {
  const most = Math.max(...points.map(({ measured, simulated }) => Math.max(measured, simulated)));
  const domain = { domain: [0, most], nice: true, ticks: 5 };
  return drawn({
    width: PANEL,
    height: PANEL,
    marginLeft: 62,
    marginBottom: 40,
    x: { ...axisOf(`measured ${LABELS[time]}`, 's', [most]), ...domain },
    y: { ...axisOf(`simulated ${LABELS[time]}`, 's', [most]), ...domain, grid: true },
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
}
