/**
 * Windows of the clock, consecutive and without gaps: of a fixed length, or calendar months. It finds the window of an
 * instant of the run and the start of the next, and does not know what is counted in them.
 */
import { ParameterError } from '../../errors.ts';
import {
  NANOSECONDS_PER_SECOND,
  SECONDS_PER_DAY,
  type CalendarMonths,
  type WindowStart,
} from '../../units.ts';
import { clockSteps, type RateLimitEnvironment } from './rate-limit.ts';

export interface ClockTurns {
  /** The number of the window that contains an instant of the run; it rises from window to window. */
  windowOf(now: number): number;
  /** The next instant after `now` at which a window begins [s]. */
  next(now: number): number;
}

const MIDNIGHT: WindowStart = { dayOfWeek: null, dayOfMonth: null, ofDay: 0 };

/**
 * The windows of a length that begin at a time of the clock. Throws `ParameterError` where that time does not determine
 * them, and where months are used in a run without a date.
 */
export function clockTurns(
  window: number | CalendarMonths,
  from: WindowStart = MIDNIGHT,
  { startOfWeek, startDate }: Pick<RateLimitEnvironment, 'startOfWeek' | 'startDate'>,
): ClockTurns {
  if (typeof window === 'number') return evenTurns(window, from, startOfWeek);
  if (12 % window.months !== 0)
    throw new ParameterError(
      'window',
      `${window.months} months do not divide a year; write 1, 2, 3, 4, 6 or 12`,
    );
  if (startDate === null)
    throw new ParameterError(
      'window',
      'months of the calendar need to know the date; write horizon.start as one, such as 2026-03-01 00:00, or a window of fixed length, such as 30d',
    );
  if (from.dayOfWeek !== null)
    throw new ParameterError(
      'from',
      'is a day of the week, and windows are months; write one such as day 15 09:00',
    );
  return new MonthTurns(window.months, from, startDate);
}

function evenTurns(window: number, from: WindowStart, startOfWeek: number): ClockTurns {
  const { dayOfWeek, dayOfMonth, ofDay } = from;
  const steps = clockSteps('window', window);
  if (dayOfMonth !== null)
    throw new ParameterError(
      'from',
      'is a day of the month, and windows are not months; write one such as Sun 09:00',
    );
  if (dayOfWeek === null && ofDay > 0 && (SECONDS_PER_DAY * NANOSECONDS_PER_SECOND) % steps !== 0)
    throw new ParameterError(
      'from',
      'is a time of every day, and windows do not go into a day; say of which day, such as Sun 09:00',
    );
  return new EvenTurns(steps, (dayOfWeek ?? 0) * SECONDS_PER_DAY + ofDay, startOfWeek);
}

/** Windows of one length, from a time of the week at which one of them begins. */
class EvenTurns implements ClockTurns {
  /** Length of a window [clock steps]: an integer, so that a boundary falls exactly on its step. */
  private readonly window: number;
  /** From the start of a window to the start of the run [s]. */
  private readonly since: number;

  constructor(window: number, from: number, startOfWeek: number) {
    this.window = window;
    this.since = startOfWeek - from;
  }

  windowOf(now: number): number {
    return Math.floor(Math.round((this.since + now) * NANOSECONDS_PER_SECOND) / this.window);
  }

  next(now: number): number {
    return ((this.windowOf(now) + 1) * this.window) / NANOSECONDS_PER_SECOND - this.since;
  }
}

const MONTHS_PER_YEAR = 12;
const MILLISECONDS = 1_000;

/**
 * Windows of months, from a day of the month, and from January if of several months. In a month without that day they
 * begin on its last day, as subscriptions are billed (Stripe, billing cycle anchor, 2026).
 */
class MonthTurns implements ClockTurns {
  private readonly months: number;
  private readonly day: number;
  private readonly ofDay: number;
  private readonly startDate: number;
  /** The last window looked up, and its bounds [s of the run]: time seldom leaves it. */
  private window = 0;
  private from = Infinity;
  private to = -Infinity;

  constructor(months: number, { dayOfMonth, ofDay }: WindowStart, startDate: number) {
    this.months = months;
    this.day = dayOfMonth ?? 1;
    this.ofDay = ofDay;
    this.startDate = startDate;
  }

  windowOf(now: number): number {
    this.seek(now);
    return this.window;
  }

  next(now: number): number {
    this.seek(now);
    return this.to;
  }

  private seek(now: number): void {
    if (now >= this.from && now < this.to) return;
    const date = new Date((this.startDate + now) * MILLISECONDS);
    const month = date.getUTCFullYear() * MONTHS_PER_YEAR + date.getUTCMonth();
    // The window of the month's first day is this one or the next; calendar dates are exact to the second.
    let window = Math.floor(month / this.months) + 1;
    while (now < this.beginOf(window)) window -= 1;
    this.window = window;
    this.from = this.beginOf(window);
    this.to = this.beginOf(window + 1);
  }

  /** When a window begins [s of the run]: whole seconds, so that a boundary falls exactly on its clock step. */
  private beginOf(window: number): number {
    const month = window * this.months;
    const year = Math.floor(month / MONTHS_PER_YEAR);
    const ofYear = month % MONTHS_PER_YEAR;
    const last = new Date(Date.UTC(year, ofYear + 1, 0)).getUTCDate();
    return Date.UTC(year, ofYear, Math.min(this.day, last)) / MILLISECONDS + this.ofDay - this.startDate;
  }
}
