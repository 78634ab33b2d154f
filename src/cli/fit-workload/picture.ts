/**
 * The picture of a fitted workload: rate over time, dispersion by window and lengths, measured and simulated, as SVG.
 */
import * as Plot from '@observablehq/plot';
import type { WorkloadFit } from '../../fitting/fit-workload.ts';
import { SHARE } from '../../units.ts';
import { axisOf, logTicks } from '../shared/axes.ts';
import { drawn, sheet } from '../shared/drawing.ts';

const MEASURED = '#2f7d5b';
const SIMULATED = '#c8553d';
const WIDTH = 860;
const HEADER = 56;
const PANEL = 230;

/** Three rows: the rate, the dispersion with the range of all simulations, and the distribution of each length. */
export function workloadPicture(title: string, fit: WorkloadFit): string {
  const { curves } = fit;
  const lengths = Object.entries(curves.lengths).filter(([, curve]) => curve !== null);
  const panels = [
    { x: 0, y: 0, drawing: ratePanel(curves.rate) },
    { x: 0, y: 1, drawing: dispersionPanel(curves.dispersion) },
    ...lengths.map(([quantity, curve], index) => ({
      x: (index * WIDTH) / 2,
      y: 2,
      drawing: lengthPanel(quantity, curve!),
    })),
  ];
  const height = HEADER + (lengths.length === 0 ? 2 : 3) * PANEL;
  return sheet({
    width: WIDTH,
    height,
    title: `${title}: measured and fitted`,
    heading: `${title}: ${fit.arrivals.name}`,
    marks: [
      `<rect x="12" y="34" width="11" height="11" fill="${MEASURED}"/><text x="28" y="44" font-size="11">measured</text>`,
      `<rect x="102" y="34" width="11" height="11" fill="${SIMULATED}"/><text x="118" y="44" font-size="11">one simulation; of dispersion the mean and the range of ${fit.resamples}</text>`,
    ],
    drawings: panels.map(({ x, y, drawing }) => ({ svg: drawing, x, y: HEADER + y * PANEL })),
  });
}

const COMMON = { height: PANEL, marginLeft: 62, marginRight: 30, marginBottom: 36 };

function ratePanel({ stretch, measured, simulated }: WorkloadFit['curves']['rate']): string {
  const points = (rates: readonly number[]) =>
    rates.map((rate, index) => ({ at: ((index + 0.5) * stretch) / 60, rate }));
  return drawn({
    ...COMMON,
    width: WIDTH,
    x: axisOf('time', 'min'),
    y: { ...axisOf('rate', 'requests/s'), grid: true, zero: true },
    marks: [
      Plot.line(points(simulated), { x: 'at', y: 'rate', stroke: SIMULATED, strokeOpacity: 0.8 }),
      Plot.line(points(measured), { x: 'at', y: 'rate', stroke: MEASURED }),
      Plot.ruleY([0]),
    ],
  });
}

function dispersionPanel(points: WorkloadFit['curves']['dispersion']): string {
  return drawn({
    ...COMMON,
    width: WIDTH,
    x: {
      ...axisOf('window', 's'),
      type: 'log',
      ticks: ticksOf(points.map(({ window }) => window)),
    },
    y: {
      ...axisOf('dispersion of counts', '× Poisson'),
      type: 'log',
      grid: true,
      ticks: ticksOf(points.flatMap(({ low, high, measured }) => [low, high, measured])),
    },
    marks: [
      Plot.areaY(points, { x: 'window', y1: 'low', y2: 'high', fill: SIMULATED, fillOpacity: 0.18 }),
      Plot.line(points, { x: 'window', y: 'mean', stroke: SIMULATED }),
      Plot.dot(points, { x: 'window', y: 'measured', fill: MEASURED, r: 3 }),
    ],
  });
}

function lengthPanel(
  quantity: string,
  { measured, simulated }: { readonly measured: readonly number[]; readonly simulated: readonly number[] },
): string {
  const points = (values: readonly number[]) =>
    values.map((tokens, index) => ({ tokens, share: index / (values.length - 1) }));
  return drawn({
    ...COMMON,
    width: WIDTH / 2,
    x: {
      ...axisOf(quantity, 'tokens'),
      type: 'log',
      ticks: ticksOf([...measured, ...simulated]),
    },
    y: { ...axisOf('requests', SHARE), grid: true, domain: [0, 1] },
    marks: [
      Plot.line(points(simulated), {
        x: 'tokens',
        y: 'share',
        stroke: SIMULATED,
        strokeWidth: 3,
        strokeOpacity: 0.5,
      }),
      Plot.line(points(measured), { x: 'tokens', y: 'share', stroke: MEASURED }),
    ],
  });
}

/** Ticks of a logarithmic axis for some values; values that are not above zero are ignored. */
function ticksOf(values: readonly number[]): number[] {
  const positive = values.filter((value) => value > 0);
  return positive.length === 0 ? [] : logTicks(Math.min(...positive), Math.max(...positive));
}
