/** Quantities written as text: how each schema keyword parses its text, and how it describes what it expects. */
import {
  DURATION_UNITS,
  onGrid,
  parseClockWindow,
  parseDuration,
  parsePeriod,
  parseRunStart,
  parseWindowStart,
} from '../units.ts';

/** How each quantity keyword reads its text; `null` refuses it. */
export const QUANTITIES = {
  duration: {
    read: (text: string, bound: unknown) => {
      const seconds = parseDuration(text);
      // A value that rounds to zero clock steps would not be a duration.
      return seconds === null || (bound === 'positive' && onGrid(seconds) === 0) ? null : seconds;
    },
    remedy: (bound: unknown) =>
      `a ${bound === 'positive' ? 'duration longer than zero' : 'duration'}; ` +
      `write a number with a unit (${DURATION_UNITS.join(' ')}), such as 250ms or 1.5h`,
  },
  runStart: {
    read: parseRunStart,
    remedy: () =>
      'a time of the week or a date; write a day and a time, such as Tue 13:00, or 2026-03-01 13:00 (no time zone)',
  },
  period: {
    read: parsePeriod,
    remedy: () =>
      `a length of time longer than zero; write a number with a unit (${DURATION_UNITS.join(' ')}), such as 1d, ` +
      'or months of the calendar, such as 1month',
  },
  windowStart: {
    read: parseWindowStart,
    remedy: () => 'a time at which windows begin; write one such as 09:00, Sun 09:00 or day 15 09:00',
  },
  clockWindow: {
    read: parseClockWindow,
    remedy: () =>
      'a weekly window; write days and times, such as Mon-Fri 13:00-21:00, 22:00-06:00 into the next day, 00:00-24:00',
  },
} as const;

export type QuantityKeyword = keyof typeof QUANTITIES;
