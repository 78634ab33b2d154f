/** The picture of a fitted workload: rate over time, dispersion by window and lengths, measured and simulated, as SVG. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { WorkloadFit } from '../fitting/fit-workload.ts';
import { escapeXml } from './svg.ts';

const MEASURED = '#2f7d5b';
const SIMULATED = '#c8553d';
const WIDTH = 860;
const HEADER = 56;
const PANEL = 230;

/** Three rows: the rate, the dispersion with the range of all simulations, and the distribution of each length. */
export function workloadPicture(title: string, fit: WorkloadFit): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const { curves } = fit;
  const lengths = Object.entries(curves.lengths).filter(([, curve]) => curve !== null);
  const panels = [
    { x: 0, y: 0, drawing: ratePanel(document, curves.rate) },
    { x: 0, y: 1, drawing: dispersionPanel(document, curves.dispersion) },
    ...lengths.map(([quantity, curve], index) => ({
      x: (index * WIDTH) / 2,
      y: 2,
      drawing: lengthPanel(document, quantity, curve!),
    })),
  ];
  const height = HEADER + (lengths.length === 0 ? 2 : 3) * PANEL;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif">`,
    `<title>${escapeXml(title)}: measured and fitted</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="12" y="22" font-size="14" font-weight="600">${escapeXml(title)}: ${escapeXml(fit.arrivals.name)}</text>`,
    `<rect x="12" y="34" width="11" height="11" fill="${MEASURED}"/><text x="28" y="44" font-size="11">measured</text>`,
    `<rect x="102" y="34" width="11" height="11" fill="${SIMULATED}"/><text x="118" y="44" font-size="11">one simulation; of dispersion the mean and the range of ${fit.resamples}</text>`,
    ...panels.map(({ x, y, drawing }) =>
      drawing.replace('<svg ', `<svg xmlns="http://www.w3.org/2000/svg" x="${x}" y="${HEADER + y * PANEL}" `),
    ),
    '</svg>',
    '',
  ].join('\n');
}

type Page = ReturnType<typeof parseHTML>['document'];

const COMMON = { height: PANEL, marginLeft: 62, marginRight: 30, marginBottom: 36 };

function ratePanel(document: Page, { stretch, measured, simulated }: WorkloadFit['curves']['rate']): string {
  const points = (rates: readonly number[]) =>
    rates.map((rate, index) => ({ at: ((index + 0.5) * stretch) / 60, rate }));
  return Plot.plot({
    ...COMMON,
    document,
    width: WIDTH,
    x: { label: 'minutes' },
    y: { label: 'requests/s', grid: true, zero: true },
    marks: [
      Plot.line(points(simulated), { x: 'at', y: 'rate', stroke: SIMULATED, strokeOpacity: 0.8 }),
      Plot.line(points(measured), { x: 'at', y: 'rate', stroke: MEASURED }),
      Plot.ruleY([0]),
    ],
  }).outerHTML;
}

function dispersionPanel(document: Page, points: WorkloadFit['curves']['dispersion']): string {
  return Plot.plot({
    ...COMMON,
    document,
    width: WIDTH,
    x: { label: 'window [s]', type: 'log', tickFormat: '~g' },
    y: { label: 'dispersion of counts', type: 'log', grid: true, tickFormat: '~g' },
    marks: [
      Plot.areaY(points, { x: 'window', y1: 'low', y2: 'high', fill: SIMULATED, fillOpacity: 0.18 }),
      Plot.line(points, { x: 'window', y: 'mean', stroke: SIMULATED }),
      Plot.dot(points, { x: 'window', y: 'measured', fill: MEASURED, r: 3 }),
    ],
  }).outerHTML;
}

function lengthPanel(
  document: Page,
  quantity: string,
  { measured, simulated }: { readonly measured: readonly number[]; readonly simulated: readonly number[] },
): string {
  const points = (values: readonly number[]) =>
    values.map((tokens, index) => ({ tokens, share: index / (values.length - 1) }));
  return Plot.plot({
    ...COMMON,
    document,
    width: WIDTH / 2,
    x: { label: `${quantity} [tokens]`, type: 'log', ticks: 5, tickFormat: '~s' },
    y: { label: 'share of requests', grid: true, domain: [0, 1] },
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
  }).outerHTML;
}
