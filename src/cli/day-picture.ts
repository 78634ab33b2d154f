/** The picture of a run: what became of the requests of each tier, hour by hour, as one SVG file. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { OutcomeSeries } from '../experiments/hourly-series.ts';
import type { ScenarioOutline } from '../store/batch-identity.ts';
import { DAYS_OF_WEEK } from '../units.ts';
import { escapeXml } from './svg.ts';

/** What is drawn, from the bottom up: served whole, served degraded, then those that were not. */
const LAYERS = {
  served: '#2f7d5b',
  'served degraded': '#9ac7ae',
  limited: '#e2a93b',
  shed: '#c8553d',
  abandoned: '#8a5a83',
  failed: '#444444',
  unfinished: '#b8b8b8',
} as const;

interface Point {
  readonly tier: string;
  readonly hour: number;
  readonly layer: keyof typeof LAYERS;
  /** Requests per second of the provider. */
  readonly rate: number;
}

const PANEL_HEIGHT = 150;
const WIDTH = 860;

/** One panel a tier, each with its own scale; rates are the provider's. */
export function dayPicture(scenario: ScenarioOutline, series: OutcomeSeries): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const panels = series.tiers.map(({ name }) => name);
  const drawings = panels.map((tier) => panel(document, series, pointsOf(scenario, series, tier), tier));
  const used = (Object.keys(LAYERS) as (keyof typeof LAYERS)[]).filter((layer) =>
    panels.some((tier) =>
      pointsOf(scenario, series, tier).some((point) => point.layer === layer && point.rate > 0),
    ),
  );
  const height = HEADER + drawings.length * PANEL_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif">`,
    `<title>${escapeXml(scenario.name)}: requests by outcome and hour</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="12" y="22" font-size="14" font-weight="600">${escapeXml(scenario.name)}: requests per second by outcome</text>`,
    ...legend(used),
    ...drawings.map((drawing, index) =>
      drawing.replace('<svg ', `<svg x="0" y="${HEADER + index * PANEL_HEIGHT}" `),
    ),
    '</svg>',
    '',
  ].join('\n');
}

const HEADER = 52;

function legend(layers: readonly (keyof typeof LAYERS)[]): string[] {
  let x = 12;
  return layers.map((layer) => {
    const entry = `<rect x="${x}" y="33" width="11" height="11" fill="${LAYERS[layer]}"/><text x="${x + 16}" y="43" font-size="11">${layer}</text>`;
    x += 30 + 7 * layer.length;
    return entry;
  });
}

function pointsOf({ share }: ScenarioOutline, series: OutcomeSeries, tier: string): Point[] {
  const { outcomes, degraded } = series.tiers.find(({ name }) => name === tier)!;
  return series.seconds.flatMap((length, hour) => {
    const rate = (requests: number) => requests / length / share;
    const { served, ...lost } = outcomes;
    return [
      { tier, hour, layer: 'served' as const, rate: rate(served[hour]! - degraded[hour]!) },
      { tier, hour, layer: 'served degraded' as const, rate: rate(degraded[hour]!) },
      ...Object.entries(lost).map(([layer, values]) => ({
        tier,
        hour,
        layer: layer as keyof typeof LAYERS,
        rate: rate(values[hour]!),
      })),
    ];
  });
}

function panel(
  document: ReturnType<typeof parseHTML>['document'],
  series: OutcomeSeries,
  points: readonly Point[],
  tier: string,
): string {
  const layers = Object.keys(LAYERS);
  const drawing = Plot.plot({
    document,
    width: WIDTH,
    height: PANEL_HEIGHT,
    marginLeft: 62,
    marginRight: 30,
    x: {
      label: null,
      tickFormat: (hour: number) => clock(series.hourOfWeek[0]! + hour),
      ticks: 12,
      interval: 1,
    },
    y: { label: `${tier} [1/s]`, grid: true, nice: true, ticks: 4, tickFormat: '~s' },
    color: { domain: layers, range: Object.values(LAYERS) },
    marks: [
      Plot.rectY(
        points.filter(({ rate }) => rate > 0),
        {
          x1: 'hour',
          x2: (point: Point) => point.hour + 1,
          y: 'rate',
          fill: 'layer',
          order: layers,
          insetLeft: 0.5,
          insetRight: 0.5,
        },
      ),
      Plot.ruleY([0]),
    ],
  });
  return drawing.outerHTML.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
}

function clock(hourOfWeek: number): string {
  return `${DAYS_OF_WEEK[Math.floor(hourOfWeek / 24) % 7]!} ${String(hourOfWeek % 24).padStart(2, '0')}`;
}
