/** The picture of a run: the outcomes of each tier's requests, hour by hour, as one SVG file. */
import * as Plot from '@observablehq/plot';
import type { OutcomeSeries } from '../../experiments/hourly-series.ts';
import type { ScenarioOutline } from '../../store/batch-identity.ts';
import { titleOf } from '../../store/changes.ts';
import { axisOf } from './axes.ts';
import { drawn, hourAxis, sheet } from './drawing.ts';

/**
 * The layers, from the bottom up: served in full, served degraded, then the requests that were not served. The colours
 * are distinct for colour-blind readers too, as computed in `tests/cli/colours.test.ts`.
 */
export const LAYERS = {
  served: '#1f6bb5',
  'served degraded': '#7fc4ee',
  limited: '#f2b826',
  shed: '#c24a12',
  abandoned: '#8f2d6b',
  failed: '#222222',
  unfinished: '#e4e0dc',
} as const;
export type Layer = keyof typeof LAYERS;

interface Point {
  readonly hour: number;
  readonly layer: Layer;
  /** Requests per second of the provider. */
  readonly rate: number;
}

const PANEL_HEIGHT = 160;
const WIDTH = 860;

/** One panel for each tier, each with its own scale; rates are the provider's. */
export function dayPicture(scenario: ScenarioOutline, series: OutcomeSeries): string {
  const drawings = series.tiers.map(({ name }) => outcomePanel(scenario, series, name));
  const height = HEADER + drawings.length * PANEL_HEIGHT;
  const title = titleOf(scenario);
  return sheet({
    width: WIDTH,
    height,
    title: `${title}: requests by outcome and hour`,
    heading: `${title}: requests per second by outcome`,
    marks: legend(usedLayers(scenario, series)),
    drawings: drawings.map((svg, index) => ({ svg, y: HEADER + index * PANEL_HEIGHT })),
  });
}

const HEADER = 52;

/** The layers that occur in at least one tier. */
export function usedLayers(scenario: ScenarioOutline, series: OutcomeSeries): Layer[] {
  const points = series.tiers.flatMap(({ name }) => pointsOf(scenario, series, name));
  return (Object.keys(LAYERS) as Layer[]).filter((layer) =>
    points.some((point) => point.layer === layer && point.rate > 0),
  );
}

function legend(layers: readonly Layer[]): string[] {
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
      { hour, layer: 'served' as const, rate: rate(served[hour]! - degraded[hour]!) },
      { hour, layer: 'served degraded' as const, rate: rate(degraded[hour]!) },
      ...Object.entries(lost).map(([layer, values]) => ({
        hour,
        layer: layer as Layer,
        rate: rate(values[hour]!),
      })),
    ];
  });
}

/** The outcomes of one tier by hour, and any further marks drawn over them. */
export function outcomePanel(
  scenario: ScenarioOutline,
  series: OutcomeSeries,
  tier: string,
  above: readonly Plot.Markish[] = [],
): string {
  const layers = Object.keys(LAYERS);
  return drawn({
    width: WIDTH,
    height: PANEL_HEIGHT,
    marginLeft: 62,
    marginRight: 30,
    x: hourAxis(series.hourOfWeek),
    y: { ...axisOf(tier, 'requests/s'), grid: true, nice: true, ticks: 4 },
    color: { domain: layers, range: Object.values(LAYERS) },
    marks: [
      Plot.rectY(
        pointsOf(scenario, series, tier).filter(({ rate }) => rate > 0),
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
      ...above,
      Plot.ruleY([0]),
    ],
  });
}
