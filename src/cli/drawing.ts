/** Drawing by Observable Plot without a browser: what pictures and pages share. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { visibleLines } from '../shown.ts';
import { DAYS_OF_WEEK } from '../units.ts';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** The text of one SVG element. Names in it are visible, as on a terminal: XML has no place for most control characters. */
export function drawn(options: Plot.PlotOptions): string {
  const text = Plot.plot({ document, ...options }).outerHTML;
  return visibleLines(text.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" '));
}

/** Hours between two ticks, and how many ticks there is room for. */
const TICK_STEPS = [1, 2, 3, 6, 12, 24];
const MOST_TICKS = 13;

/** The axis of the hours of a window, by their clock; an hour goes from its index to the next. */
export function hourAxis(hourOfWeek: readonly number[]): Plot.ScaleOptions {
  const hours = hourOfWeek.length;
  const step = TICK_STEPS.find((one) => hours / one < MOST_TICKS) ?? TICK_STEPS.at(-1)!;
  return {
    label: null,
    domain: [0, hours],
    ticks: Array.from({ length: Math.floor(hours / step) + 1 }, (_, tick) => step * tick),
    tickFormat: (hour: number) => clock(hourOfWeek[0]! + hour),
  };
}

/** An hour of the week as `Tue 06`. */
export function clock(hourOfWeek: number): string {
  return `${DAYS_OF_WEEK[Math.floor(hourOfWeek / 24) % 7]!} ${String(hourOfWeek % 24).padStart(2, '0')}`;
}
