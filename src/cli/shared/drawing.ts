/** Drawing with Observable Plot without a browser, shared by pictures and pages. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { visible, visibleLines } from '../../shown.ts';
import { DAYS_OF_WEEK } from '../../units.ts';
import { exact } from './axes.ts';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/**
 * The text of one SVG element. Names in labels and ticks are made visible and kept on one line, as in tables: XML does
 * not permit most control characters. Ticks without a format of their own are plain numbers, or names.
 */
export function drawn({ x, y, ...options }: Plot.PlotOptions): string {
  const svg = Plot.plot({ document, ...options, x: visibleScale(x), y: visibleScale(y) });
  return visibleLines(svg.outerHTML.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" '));
}

type Written = (value: unknown) => string;

function visibleScale(scale: Plot.ScaleOptions = {}): Plot.ScaleOptions {
  const { label, tickFormat } = scale;
  const written: Written =
    typeof tickFormat === 'function'
      ? (tickFormat as Written)
      : (value) => (typeof value === 'number' ? exact(value) : String(value));
  return {
    ...scale,
    ...(typeof label === 'string' ? { label: visible(label) } : {}),
    tickFormat: (value: unknown) => visible(written(value)),
  };
}

/** An SVG file of drawings under a title, one below the other or at given positions. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** The title of the file; `heading` is the text above the drawings. */
  readonly title: string;
  readonly heading: string;
  /** Legends and similar marks, below the heading. */
  readonly marks?: readonly string[];
  readonly drawings: readonly { readonly svg: string; readonly x?: number; readonly y: number }[];
}

export function sheet({ width, height, title, heading, marks = [], drawings }: Sheet): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="12" y="22" font-size="14" font-weight="600">${escapeXml(heading)}</text>`,
    ...marks,
    ...drawings.map(({ svg, x = 0, y }) => svg.replace('<svg ', `<svg x="${x}" y="${y}" `)),
    '</svg>',
    '',
  ].join('\n');
}

/** Text escaped for XML or HTML, with each character visible. */
export const escapeXml = (text: string): string => escapeLines(visible(text));

/** The same for several lines. */
export const escapeLines = (text: string): string =>
  visibleLines(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Candidate hours between two ticks, and the number of ticks that fit. */
const TICK_STEPS = [1, 2, 3, 6, 12, 24];
const MOST_TICKS = 13;

/** The axis of the hours of a window, by clock time; an hour extends from its index to the next. */
export function hourAxis(hourOfWeek: readonly number[]): Plot.ScaleOptions {
  const hours = hourOfWeek.length;
  const step = TICK_STEPS.find((one) => hours / one < MOST_TICKS) ?? TICK_STEPS.at(-1)!;
  return {
    label: 'time [day, hour]',
    domain: [0, hours],
    ticks: Array.from({ length: Math.floor(hours / step) + 1 }, (_, tick) => step * tick),
    tickFormat: (hour: number) => clock(hourOfWeek[0]! + hour),
  };
}

/** An hour of the week as `Tue 06`. */
export function clock(hourOfWeek: number): string {
  return `${DAYS_OF_WEEK[Math.floor(hourOfWeek / 24) % 7]!} ${String(hourOfWeek % 24).padStart(2, '0')}`;
}
