/** Numbers for people: a few significant digits, units that fit, intervals beside estimates. */
import { styleText } from 'node:util';
import type { Estimate } from '../experiments/estimate.ts';

/** Bold on a terminal that takes colour, plain text elsewhere and where NO_COLOR is set. */
export function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

export function dim(text: string): string {
  return styleText('dim', text, { stream: process.stdout });
}

const NOTHING = '–';

/** Half-widths below this share of the estimate are the rounding of sums, not uncertainty. */
const ROUNDING = 1e-12;

/** `12.3 ± 0.4` in a unit; an estimate without data is a dash. */
function withInterval(estimate: Estimate, show: (value: number) => string): string {
  if (estimate.mean === null) return NOTHING;
  const half = estimate.halfWidth;
  return half === null || half <= ROUNDING * Math.abs(estimate.mean)
    ? show(estimate.mean)
    : `${show(estimate.mean)} ± ${show(half)}`;
}

/** Three significant digits, whole above a thousand, with separators. */
export function number(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

export const count = (estimate: Estimate): string => withInterval(estimate, number);

/** A count without its interval, for narrow columns. */
export const plainCount = ({ mean }: Estimate): string => (mean === null ? NOTHING : number(mean));

export const share = (estimate: Estimate): string =>
  withInterval(estimate, (value) => `${Number((100 * value).toPrecision(3))} %`);

/** A share of arrivals without its interval, to a tenth of a percent; what rounds to nothing but is not says so. */
export function plainShare({ mean }: Estimate): string {
  if (mean === null) return NOTHING;
  if (mean > 0 && mean < 0.0005) return '<0.1 %';
  if (mean < 1 && mean > 0.9995) return '>99.9 %';
  return `${(100 * mean).toFixed(1)} %`;
}

/** An error as `+1.2 %`; a dash without one. */
export function signedPercent(error: number | null): string {
  if (error === null) return NOTHING;
  return `${error < 0 ? '−' : '+'}${(100 * Math.abs(error)).toFixed(1)} %`;
}

export function seconds(value: number): string {
  if (value === 0) return '0 s';
  const size = Math.abs(value);
  if (size < 1e-3) return `${Number((value * 1e6).toPrecision(3))} µs`;
  if (size < 1) return `${Number((value * 1e3).toPrecision(3))} ms`;
  return `${number(value)} s`;
}

export const duration = ({ mean }: Estimate): string => (mean === null ? NOTHING : seconds(mean));

const MAGNITUDES = [
  [1e9, ' B'],
  [1e6, ' M'],
  [1e3, ' k'],
] as const;

/** US dollars with three digits and a magnitude. */
export function usd(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 ? '−' : '';
  for (const [unit, name] of MAGNITUDES) {
    if (size >= unit) return `${sign}$${(size / unit).toFixed(size / unit >= 100 ? 0 : 2)}${name}`;
  }
  return `${sign}$${size === 0 ? '0' : size.toPrecision(3)}`;
}

export const money = (estimate: Estimate): string => withInterval(estimate, usd);

/** Numbers of a unit as people read them; shares and counts as they are. */
export function inUnit(unit: string): (value: number) => string {
  if (unit === 's') return seconds;
  return unit.startsWith('USD') ? usd : number;
}
