/** Figures of a page: a caption, a legend and drawings with a text description of what they show. */
import * as Plot from '@observablehq/plot';
import type { Interval } from '../../stats/index.ts';
import { drawn } from '../shared/drawing.ts';
import { number } from '../shared/format.ts';
import { Html, markup, type Content } from './markup.ts';

const WIDTH = 860;

/** Colours for two quantities and their reference; distinct for colour-blind readers too. */
export const BLUE = '#0072b2';
export const RED = '#d55e00';
export const ORANGE = '#e69f00';
export const INK = '#222222';

export interface Drawing {
  /** Text for screen readers: what the drawing is, and what it shows in numbers. */
  readonly title: string;
  readonly description: string;
  readonly svg: string;
}

/** A drawing by Plot. */
export function drawing(title: string, description: string, options: Plot.PlotOptions): Drawing {
  return { title, description, svg: drawn({ width: WIDTH, marginLeft: 62, marginRight: 30, ...options }) };
}

export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
}

export function figure(caption: Content, legend: readonly LegendEntry[], drawings: readonly Drawing[]): Html {
  const entries = legend.map(
    ({ name, colour }) =>
      markup`<li><svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" fill="${colour}" stroke="#777777"/></svg>${name}</li>`,
  );
  return markup`<figure>
    <figcaption>${caption}</figcaption>
    ${entries.length === 0 ? null : markup`<ul class="legend">${entries}</ul>`}
    ${drawings.map(accessible)}
  </figure>`;
}

/** The drawing as an image with a title and a description, which scales with the page. */
function accessible({ title, description, svg }: Drawing): Html {
  const end = svg.indexOf('>') + 1;
  const opening = svg.slice(0, end - 1);
  const words = markup`<title>${title}</title><desc>${description}</desc>`;
  const label = markup`${title}. ${description}`;
  return new Html(`${opening} role="img" aria-label="${label.text}">${words.text}${svg.slice(end)}\n`);
}

/** The ends of a whisker: the bounds of an estimate, or its mean where there is no interval. */
export function whisker({ mean, halfWidth }: Pick<Interval, 'halfWidth'> & { readonly mean: number }) {
  const half = halfWidth ?? 0;
  return { mean, low: mean - half, high: mean + half };
}

/** What whiskers and ± represent. */
export const certainty = (confidence: number): string => `${number(100 * confidence)} % intervals`;

/** Colours that are distinct for colour-blind readers too. */
const FEW = ['#482070', '#20c0e8', '#e8c070', '#702020', '#709870', '#c0e8c0', '#987020'];

/** One colour for each tier; for many tiers, a scale from dark to light. */
export function tierColours(tiers: readonly string[]): readonly string[] {
  if (tiers.length <= FEW.length) return FEW.slice(0, tiers.length);
  const { range } = Plot.scale({ color: { type: 'ordinal', domain: tiers, scheme: 'viridis' } });
  return range as readonly string[];
}

export function tierLegend(tiers: readonly string[]): LegendEntry[] {
  const colours = tierColours(tiers);
  return tiers.map((name, index) => ({ name, colour: colours[index]! }));
}
