/** Estimated quantities in words, to two digits, since an estimate has no more. */
import { SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE, SECONDS_PER_YEAR } from '../units.ts';

const twoDigits = (value: number): number => Number(value.toPrecision(2));

/** `870`, `12,000`, `1.2 million`, `6.0e+16`; `endlessly many` for ∞. */
export function aboutCount(count: number): string {
  if (!Number.isFinite(count)) return 'endlessly many';
  if (count >= 1e12) return count.toExponential(1);
  if (count >= 1e9) return `${twoDigits(count / 1e9)} billion`;
  if (count >= 1e6) return `${twoDigits(count / 1e6)} million`;
  // Not `toLocaleString`, whose first call loads locales for 30 ms at each start of a command.
  return String(Math.round(twoDigits(count))).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `40 s`, `4 min`, `3 h`, `12 days`, `2.5 years`. */
export function aboutSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'more time than there is';
  if (seconds < 2 * SECONDS_PER_MINUTE) return `${Math.ceil(twoDigits(seconds))} s`;
  if (seconds < 2 * SECONDS_PER_HOUR) return `${Math.round(seconds / SECONDS_PER_MINUTE)} min`;
  if (seconds < 2 * SECONDS_PER_DAY) return `${twoDigits(seconds / SECONDS_PER_HOUR)} h`;
  if (seconds < SECONDS_PER_YEAR) return `${Math.round(seconds / SECONDS_PER_DAY)} days`;
  return `${aboutCount(twoDigits(seconds / SECONDS_PER_YEAR))} years`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** `50 kB`, `2.2 MB`, `24 TB`. */
export function aboutBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return 'more memory than there is';
  const power = Math.max(0, Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3)));
  return `${twoDigits(bytes / 1_000 ** power).toLocaleString('en')} ${UNITS[power]!}`;
}
