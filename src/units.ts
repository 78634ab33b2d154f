/**
 * Units: the one place where a quantity changes its unit. Inside the program time is in seconds, money in US
 * dollars, data in bytes, energy in joules; every conversion at an edge goes through here.
 */

export const SECONDS_PER_MINUTE = 60;
export const SECONDS_PER_HOUR = 3_600;
export const SECONDS_PER_DAY = 86_400;
export const SECONDS_PER_WEEK = 604_800;
/** The mean Gregorian year, 365.2425 days [s]: what "per year" means wherever a result is annualised. */
export const SECONDS_PER_YEAR = 365.2425 * SECONDS_PER_DAY;
/** A twelfth of a year [s]: what "per month" means in a subscription price. */
export const SECONDS_PER_MONTH = SECONDS_PER_YEAR / 12;

export const TOKENS_PER_MILLION = 1e6;

/** The unit of a share of something, a fraction of one; what is counted has the unit of what it counts. */
export const SHARE = '1';
/** The unit of a share a month. */
export const SHARE_PER_MONTH = '1/month';

/** Whether a unit is of a share, which people read in percent. */
export const isShare = (unit: string): boolean => unit === SHARE || unit === SHARE_PER_MONTH;

/** A unit as people read it beside numbers: shares are in percent. */
export const unitText = (unit: string): string => (isShare(unit) ? unit.replace('1', '%') : unit);

/** Steps of a run's clock in a second. */
export const NANOSECONDS_PER_SECOND = 1e9;

/** The step of the run's clock [s]. */
export const CLOCK_STEP = 1 / NANOSECONDS_PER_SECOND;

/** The message for a duration that is shorter than a clock step. */
export function belowClockStep(duration: string): string {
  return `${duration} is shorter than a clock step; give at least 1e-6ms`;
}

/** How far from whole a share of a count may be: the rounding of a decimal share. */
const ROUNDING = 1e-9;

/**
 * A provider's count scaled to a cell: `whole` when that is a whole number of one or more, else `null` with
 * the exact result and the nearest counts of the provider that work.
 */
export function shareOf(count: number, share: number) {
  const exact = count * share;
  const rounded = Math.round(exact);
  return {
    whole: rounded >= 1 && Math.abs(exact - rounded) <= ROUNDING * count ? rounded : null,
    comesTo: Number(exact.toPrecision(6)),
    nearest: [Math.floor(exact), Math.ceil(exact)]
      .filter((n) => n >= 1)
      .map((n) => Number((n / share).toPrecision(12))),
  };
}

/** How far from a count alternatives are tried. */
const COUNTS_TRIED = 10_000;

/** The next whole numbers from 1 on, below and above a count, that fulfil a condition; none of those far away. */
export function nearestCounts(count: number, holds: (count: number) => boolean): number[] {
  const found: number[] = [];
  for (let below = count - 1; below >= Math.max(1, count - COUNTS_TRIED) && found.length === 0; below--) {
    if (holds(below)) found.push(below);
  }
  for (let above = count + 1; above <= count + COUNTS_TRIED; above++) {
    if (holds(above)) return [...found, above];
  }
  return found;
}

/** The message for a count for which `shareOf` finds no whole number in the cell, with a remedy. */
export function leavesFraction(count: number, share: number): string {
  const { comesTo } = shareOf(count, share);
  const nearest = nearestCounts(count, (other) => shareOf(other, share).whole !== null);
  const counts = nearest.length > 0 ? ` (nearest counts that do: ${nearest.join(' and ')})` : '';
  return (
    `${count} × cell.share ${share} leaves ${comesTo} in the cell, which is not a whole number of one or more; ` +
    `change the count or the share${counts}`
  );
}

/**
 * The double below one half: what is at least 0 and raised by it has for its floor the nearest whole number, halves
 * going up, as `Math.round` has it, which costs a branch that is guessed wrong half the time.
 */
const JUST_BELOW_HALF = 0.5 - 2 ** -54;

/**
 * From here on [s], 48.5 days, the doubles are the grid: they are 2⁻³⁰ s apart, or further, and no longer distinguish
 * every nanosecond from the next when they are multiplied and divided.
 */
const DOUBLES_FROM = 2 ** 22;

/**
 * The instant [s] on the grid of whole nanoseconds, where every instant of a run lies, so that sums of durations that
 * are equal in decimal are equal: 20 ms and six times 11 ms make 86 ms, which the sum of doubles misses. From 48.5
 * days on every double is on the grid. An instant on the grid stays what it is, and order is kept.
 */
export function onGrid(instant: number): number {
  if (instant >= DOUBLES_FROM) return instant;
  return Math.floor(instant * NANOSECONDS_PER_SECOND + JUST_BELOW_HALF) / NANOSECONDS_PER_SECOND;
}

/** How JavaScript writes whole numbers of other bases, which people do not. */
const OTHER_BASE = /^\s*0[box]/i;

/** A decimal number, with spaces about it or none; NaN for any other text. */
export const decimalOf = (text: string): number =>
  text.trim() === '' || OTHER_BASE.test(text) ? NaN : Number(text);

const SECONDS_PER_UNIT = {
  ms: 1e-3,
  s: 1,
  min: SECONDS_PER_MINUTE,
  h: SECONDS_PER_HOUR,
  d: SECONDS_PER_DAY,
  week: SECONDS_PER_WEEK,
} as const;

export const DURATION_UNITS = Object.keys(SECONDS_PER_UNIT);

const DURATION = /^\s*(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(ms|s|min|h|d|week)\s*$/;

/** Seconds in a duration such as `250ms`, `1.5 h` or `1 week`; `null` when the text is not one. */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  const amount = Number(match[1]);
  const unit = match[2] as keyof typeof SECONDS_PER_UNIT;
  // Dividing keeps `9ms` the double nearest to 0.009; multiplying by 1e-3 does not.
  const seconds = unit === 'ms' ? amount / 1_000 : amount * SECONDS_PER_UNIT[unit];
  return Number.isFinite(seconds) ? seconds : null;
}

export const DAYS_OF_WEEK = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

const WEEK_TIME = /^\s*([A-Z][a-z]{2})\s+(\d{2}):(\d{2})\s*$/;

/** Seconds since Monday 00:00 of a time of the week such as `Tue 13:00`; `null` when the text is not one. */
export function parseWeekTime(text: string): number | null {
  const match = WEEK_TIME.exec(text);
  if (match === null) return null;
  const day = DAYS_OF_WEEK.indexOf(match[1] as (typeof DAYS_OF_WEEK)[number]);
  const timeOfDay = secondsOfDay(match[2]!, match[3]!);
  return day < 0 || timeOfDay === null || timeOfDay === SECONDS_PER_DAY
    ? null
    : day * SECONDS_PER_DAY + timeOfDay;
}

/** When a run starts, on the clock of its place: without time zones and summer time. */
export interface RunStart {
  /** Time of the week [s since Monday 00:00]. */
  readonly ofWeek: number;
  /** The date [s since 1970-01-01 00:00]; `null` where only a time of the week is known. */
  readonly date: number | null;
}

const DATE = /^\s*([1-9]\d{3})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}))?\s*$/;

/** 1970-01-01 was a Thursday. */
const DAYS_BEFORE_1970 = DAYS_OF_WEEK.indexOf('Thu');

/**
 * A start such as `Tue 13:00`, or a date such as `2026-03-01` or `2026-03-01 09:00` of the Gregorian calendar, whose
 * weekday follows; `null` when the text is neither.
 */
export function parseRunStart(text: string): RunStart | null {
  const ofWeek = parseWeekTime(text);
  if (ofWeek !== null) return { ofWeek, date: null };
  const match = DATE.exec(text);
  if (match === null) return null;
  const [, year, month, day, hours = '00', minutes = '00'] = match;
  const ofDay = secondsOfDay(hours, minutes);
  if (ofDay === null || ofDay === SECONDS_PER_DAY) return null;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  // A day that no month has, such as the 30th of February, would be one of the next.
  if (date.getUTCMonth() + 1 !== Number(month) || date.getUTCDate() !== Number(day)) return null;
  const midnight = date.getTime() / 1_000;
  const days = midnight / SECONDS_PER_DAY + DAYS_BEFORE_1970;
  return {
    ofWeek: (((days % 7) + 7) % 7) * SECONDS_PER_DAY + ofDay,
    date: midnight + ofDay,
  };
}

/** A number of months of the calendar, which have no length in seconds. */
export interface CalendarMonths {
  readonly months: number;
}

const MONTHS = /^\s*(\d{1,4})\s*months?\s*$/;

/**
 * A duration [s], or months of the calendar such as `1month` or `3 months`; `null` when the text is neither or nothing.
 */
export function parsePeriod(text: string): number | CalendarMonths | null {
  const months = MONTHS.exec(text);
  if (months !== null) return Number(months[1]) === 0 ? null : { months: Number(months[1]) };
  const seconds = parseDuration(text);
  return seconds === 0 ? null : seconds;
}

/** The clock's time at which windows begin: of every day, or of one day of the week or of the month. */
export interface WindowStart {
  /** 0 = Monday. */
  readonly dayOfWeek: number | null;
  /** 1 to 31. */
  readonly dayOfMonth: number | null;
  /** [s since midnight] */
  readonly ofDay: number;
}

const DAY_OF_MONTH = /^\s*day\s+(\d{1,2})(?:\s+(\d{2}):(\d{2}))?\s*$/;
const TIME_OF_DAY = /^\s*(\d{2}):(\d{2})\s*$/;

/** A start of windows such as `09:00`, `Sun 09:00`, `day 15` or `day 15 09:00`; `null` when the text is none. */
export function parseWindowStart(text: string): WindowStart | null {
  const ofWeek = parseWeekTime(text);
  if (ofWeek !== null) {
    const dayOfWeek = Math.floor(ofWeek / SECONDS_PER_DAY);
    return { dayOfWeek, dayOfMonth: null, ofDay: ofWeek % SECONDS_PER_DAY };
  }
  const daily = TIME_OF_DAY.exec(text);
  if (daily !== null) return windowStart(null, daily[1]!, daily[2]!);
  const [, day, hours = '00', minutes = '00'] = DAY_OF_MONTH.exec(text) ?? [];
  return day === undefined ? null : windowStart(Number(day), hours, minutes);
}

function windowStart(dayOfMonth: number | null, hours: string, minutes: string): WindowStart | null {
  const ofDay = secondsOfDay(hours, minutes);
  if (ofDay === null || ofDay === SECONDS_PER_DAY) return null;
  if (dayOfMonth !== null && (dayOfMonth < 1 || dayOfMonth > 31)) return null;
  return { dayOfWeek: null, dayOfMonth, ofDay };
}

/**
 * Days (0 = Monday) and hours of the day [s] on which a weekly window opens and for how long: `from` ≤ t < `to` of each
 * day. `to` is above 24 h where the window goes on after midnight: Mon-Fri 22:00-06:00 is from 22 to 30 h of Monday to
 * Friday.
 */
export interface ClockWindow {
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
}

const CLOCK_WINDOW = /^\s*(?:([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))?\s+)?(\d{2}):(\d{2})-(\d{2}):(\d{2})\s*$/;

/**
 * A weekly window such as `Mon-Fri 13:00-21:00`, `Sat 00:00-24:00` or `09:00-17:00` (every day); `null` when the
 * text is not one or is empty. A range of days may pass the weekend (`Fri-Mon`), and a window midnight: `Mon-Fri
 * 22:00-06:00` opens on Monday to Friday and ends on the mornings after, the last on Saturday.
 */
export function parseClockWindow(text: string): ClockWindow | null {
  const match = CLOCK_WINDOW.exec(text);
  if (match === null) return null;
  const [, firstDay = 'Mon', lastDay = match[1] ?? 'Sun'] = match;
  const first = DAYS_OF_WEEK.indexOf(firstDay as (typeof DAYS_OF_WEEK)[number]);
  const last = DAYS_OF_WEEK.indexOf(lastDay as (typeof DAYS_OF_WEEK)[number]);
  const from = secondsOfDay(match[3]!, match[4]!);
  const to = secondsOfDay(match[5]!, match[6]!);
  if (first < 0 || last < 0 || from === null || to === null || from === to || from === SECONDS_PER_DAY)
    return null;
  const days = [];
  for (let day = first; ; day = (day + 1) % 7) {
    days.push(day);
    if (day === last) break;
  }
  return { days, from, to: from < to ? to : to + SECONDS_PER_DAY };
}

/** `HH:MM` as seconds of the day, 00:00 to 24:00; `null` outside. */
function secondsOfDay(hours: string, minutes: string): number | null {
  const seconds = Number(hours) * SECONDS_PER_HOUR + Number(minutes) * SECONDS_PER_MINUTE;
  return Number(minutes) < 60 && seconds <= SECONDS_PER_DAY ? seconds : null;
}

const POSITIVE_DURATION = DURATION.source.replace('^', '^(?=[\\s\\d.]*[1-9])');

const anyOf = (...sources: readonly string[]): string => sources.map((source) => `(?:${source})`).join('|');

/**
 * How quantities are written, by the keyword that marks them and its value: sources of regular expressions for schemas.
 * What they let through may yet be out of range, such as a 30th of February.
 */
export const WRITTEN: Readonly<Record<string, (bound: unknown) => string>> = {
  // Longer than zero with a digit above zero before its exponent.
  duration: (bound) => (bound === 'positive' ? POSITIVE_DURATION : DURATION.source),
  period: () => anyOf(MONTHS.source, POSITIVE_DURATION),
  runStart: () => anyOf(WEEK_TIME.source, DATE.source),
  windowStart: () => anyOf(WEEK_TIME.source, TIME_OF_DAY.source, DAY_OF_MONTH.source),
  clockWindow: () => CLOCK_WINDOW.source,
};
