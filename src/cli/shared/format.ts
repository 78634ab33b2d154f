/** Numbers for people: a few significant digits, units that fit, intervals beside estimates. */
import { styleText } from 'node:util';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';
import type { Estimate } from '../../experiments/estimate.ts';
import { visible } from '../../shown.ts';
import { isShare } from '../../units.ts';

/**
 * Bold on a terminal that supports colour, plain text elsewhere and where NO_COLOR is set; always one line, whatever
 * the text contains.
 */
export function bold(text: string): string {
  return styleText('bold', visible(text), { stream: process.stdout });
}

/** Dimmed in the same way, for secondary lines. */
export function dim(...lines: readonly string[]): string {
  return styleText('dim', lines.map(visible).join('\n'), { stream: process.stdout });
}

/**
 * `6 replications of each, 95 % intervals`. A single replication has no interval, and the text says so.
 *
 * @param each what the replications are of, such as ` of each`
 * @param intervals what the intervals are of, such as ` of paired differences`
 */
export function certaintyText(replications: number, confidence: number, each = '', intervals = ''): string {
  return replications === 1
    ? `1 replication${each}: no intervals, so chance and difference cannot be told apart (--replications ${DEFAULT_REPLICATIONS} does)`
    : `${replications} replications${each}, ${100 * confidence} % intervals${intervals}`;
}

/** Shown in place of a missing number. */
export const NOTHING = '–';

/** Half-widths below this share of the estimate are rounding error of sums, not uncertainty. */
const ROUNDING = 1e-12;

/** Whether an estimate has an interval wider than rounding error. */
export function isUncertain({ mean, halfWidth }: Pick<Estimate, 'mean' | 'halfWidth'>): boolean {
  return mean !== null && halfWidth !== null && halfWidth > ROUNDING * Math.abs(mean);
}

/** `12.3 ± 0.4` in a unit; an estimate without data is a dash. */
function withInterval(estimate: Estimate, show: (value: number) => string): string {
  const { mean, halfWidth } = estimate;
  if (mean === null) return NOTHING;
  return isUncertain(estimate) ? `${show(mean)} ± ${show(halfWidth!)}` : show(mean);
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

export const percent = (value: number): string =>
  `${value < 0 ? '−' : ''}${Number((100 * Math.abs(value)).toPrecision(3))} %`;

export const share = (estimate: Estimate): string => withInterval(estimate, percent);

/** A share of arrivals without its interval. */
export const plainShare = ({ mean }: Estimate): string => (mean === null ? NOTHING : tenths(mean));

/** A share to a tenth of a percent; one that rounds to 0 or 100 % without being exactly that is marked. */
export function tenths(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1 %';
  if (share < 1 && share > 0.9995) return '>99.9 %';
  return `${share < 0 ? '−' : ''}${(100 * Math.abs(share)).toFixed(1)} %`;
}

/** An error as `+1.2 %`; a dash when there is none. */
export function signedPercent(error: number | null): string {
  if (error === null) return NOTHING;
  return `${error < 0 ? '−' : '+'}${(100 * Math.abs(error)).toFixed(1)} %`;
}

/** A time in a unit that fits it, or that fits another. */
export function seconds(value: number, like = value): string {
  if (value === 0) return '0 s';
  const size = Math.abs(like);
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

/** US dollars with three digits and a magnitude that fits them, or that fits another amount. */
export function usd(value: number, like = value): string {
  const size = Math.abs(value);
  const sign = value < 0 ? '−' : '';
  for (const [unit, name] of MAGNITUDES) {
    if (Math.abs(like) < unit) continue;
    const amount = size / unit;
    const digits = amount < 1 ? amount.toPrecision(2) : amount.toFixed(amount >= 100 ? 0 : 2);
    return `${sign}$${digits}${name}`;
  }
  return `${sign}$${size === 0 ? '0' : size.toPrecision(3)}`;
}

/** Three significant digits and a magnitude, for axes. */
export function compact(value: number): string {
  const [unit, name] = MAGNITUDES.find(([one]) => Math.abs(value) >= one) ?? [1, ''];
  return `${number(value / unit)}${name}`;
}

export const money = (estimate: Estimate): string => withInterval(estimate, usd);

/** The format of numbers in a unit: times with a unit that fits, dollars, shares in percent. */
export function inUnit(unit: string): (value: number) => string {
  if (unit === 's') return seconds;
  if (unit.startsWith('USD')) return usd;
  return isShare(unit) ? percent : number;
}

/** An estimate with its interval, in its own unit. */
export const countInUnit = (estimate: Estimate): string => withInterval(estimate, inUnit(estimate.unit));

/** The same for differences: a share changes by percentage points, which are not percent of it. */
export const changeInUnit = (unit: string): ((value: number) => string) =>
  isShare(unit) ? (value) => `${number(100 * value)} pp` : inUnit(unit);

const KIB = 1_024;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in a readable unit: `317 MiB`. */
export function bytesText(bytes: number): string {
  let [size, unit] = [bytes, 0];
  for (; size >= 1_000 && unit < BYTE_UNITS.length - 1; unit++) size /= KIB;
  return `${size >= 10 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${BYTE_UNITS[unit]!}`;
}
