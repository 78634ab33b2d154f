/** Units: how quantities are read from text. */
import { describe, expect, it } from 'vitest';
import {
  decimalOf,
  parseClockWindow,
  parseDuration,
  parsePeriod,
  parseRunStart,
  parseWeekTime,
  parseWindowStart,
  SECONDS_PER_DAY,
  SECONDS_PER_HOUR,
  SECONDS_PER_MONTH,
  SECONDS_PER_YEAR,
} from '../src/units.ts';

describe('a decimal number', () => {
  it.each([
    ['1', 1],
    ['0', 0],
    ['007', 7],
    ['-2.5', -2.5],
    ['+.5', 0.5],
    ['5.', 5],
    ['1e3', 1_000],
    [' 1 ', 1],
  ])('%j is %d', (text, value) => {
    expect(decimalOf(text)).toBe(value);
  });

  it.each(['', ' ', '0x10', ' 0X10', '0b1', '0o7', '1_000', '1,5', '1 000', 'ten', 'NaN'])(
    '%j is none',
    (text) => {
      expect(decimalOf(text)).toBeNaN();
    },
  );
});

describe('a duration', () => {
  it.each([
    ['250ms', 0.25],
    ['9ms', 0.009],
    ['0.1ms', 0.0001],
    ['0s', 0],
    ['1.5 h', 5_400],
    [' 2min ', 120],
    ['3d', 3 * 86_400],
    ['1week', 604_800],
    ['1e3s', 1_000],
    ['2.5e-1s', 0.25],
  ])('%j is %d s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([
    '',
    '5',
    's',
    '5 parsecs',
    '-5s',
    '+5s',
    '5S',
    '5.s',
    '.5s',
    '5,5s',
    '1h30min',
    '0x5s',
    'Infinitys',
    '1e999s',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe('a time of the week', () => {
  it.each([
    ['Mon 00:00', 0],
    ['Tue 13:00', 37 * SECONDS_PER_HOUR],
    ['Sun 23:59', 7 * SECONDS_PER_DAY - 60],
  ])('%j is %d s after Monday midnight', (text, seconds) => {
    expect(parseWeekTime(text)).toBe(seconds);
  });

  it.each([
    '',
    'Tue',
    '13:00',
    'tue 13:00',
    'Tuesday 13:00',
    'Xyz 13:00',
    'Tue 24:00',
    'Tue 12:60',
    'Tue 1:00',
    'Tue 13',
  ])('%j is none', (text) => {
    expect(parseWeekTime(text)).toBeNull();
  });
});

describe('the start of a run', () => {
  const DAY = SECONDS_PER_DAY;
  it.each([
    // 1970-01-01 was a Thursday; days between follow from the lengths of the months and leap years.
    ['1970-01-01', 'Thu', 0],
    ['1969-12-31 23:00', 'Wed', -1],
    ['2000-02-29', 'Tue', 30 * 365 + 7 + 31 + 28],
    ['2026-11-30 09:30', 'Mon', 56 * 365 + 14 + 304 + 29],
    ['2100-03-01T00:00', 'Mon', 130 * 365 + 32 + 31 + 28],
  ])('%j is a %s, %d days after 1970-01-01', (text, day, days) => {
    const start = parseRunStart(text)!;
    const ofDay = ((start.ofWeek % DAY) + DAY) % DAY;
    expect(start.ofWeek - ofDay).toBe(parseWeekTime(`${day} 00:00`));
    expect((start.date! - ofDay) / DAY).toBe(days);
  });

  it('may be a time of the week alone', () => {
    expect(parseRunStart('Tue 13:00')).toEqual({ ofWeek: 37 * SECONDS_PER_HOUR, date: null });
  });

  it.each([
    '2026-02-29',
    '2100-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '26-01-01',
    '2026-01-01 24:00',
    '2026-01-01 9:00',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00+02:00',
  ])('%j is none', (text) => {
    expect(parseRunStart(text)).toBeNull();
  });
});

describe('a period', () => {
  it.each([
    ['1month', { months: 1 }],
    [' 3 months ', { months: 3 }],
    ['12month', { months: 12 }],
    ['30d', 30 * SECONDS_PER_DAY],
  ] as const)('%j is %j', (text, period) => {
    expect(parsePeriod(text)).toEqual(period);
  });

  it.each(['0month', '0s', '1.5months', 'month', '1mo', '-1month'])('%j is none', (text) => {
    expect(parsePeriod(text)).toBeNull();
  });
});

describe('the start of windows', () => {
  it.each([
    ['09:00', null, null, 9],
    ['Sun 09:00', 6, null, 9],
    ['day 15', null, 15, 0],
    ['day 31 23:00', null, 31, 23],
  ])('%j is on day %j of the week and %j of the month, at %d h', (text, dayOfWeek, dayOfMonth, hour) => {
    expect(parseWindowStart(text)).toEqual({ dayOfWeek, dayOfMonth, ofDay: hour * SECONDS_PER_HOUR });
  });

  it.each(['', 'Sun', '15', 'day 0', 'day 32', 'day 15 24:00', '24:00', '9:00', 'day 1.5'])(
    '%j is none',
    (text) => {
      expect(parseWindowStart(text)).toBeNull();
    },
  );
});

describe('a weekly window', () => {
  it.each([
    ['Mon-Fri 13:00-21:00', [0, 1, 2, 3, 4], 13, 21],
    ['Sat 00:00-24:00', [5], 0, 24],
    ['09:00-17:00', [0, 1, 2, 3, 4, 5, 6], 9, 17],
    ['Fri-Mon 01:00-02:00', [4, 5, 6, 0], 1, 2],
    ['Wed-Wed 01:00-02:00', [2], 1, 2],
    ['Mon-Fri 22:00-06:00', [0, 1, 2, 3, 4], 22, 24 + 6],
    ['Sun 18:00-00:00', [6], 18, 24],
    ['12:00-11:00', [0, 1, 2, 3, 4, 5, 6], 12, 24 + 11],
  ])('%j is open on days %j', (text, days, from, to) => {
    expect(parseClockWindow(text)).toEqual({
      days,
      from: from * SECONDS_PER_HOUR,
      to: to * SECONDS_PER_HOUR,
    });
  });

  it.each([
    '',
    'Mon-Fri',
    '13:00-13:00',
    '24:00-06:00',
    '00:00-00:00',
    'Mon 22:00-25:00',
    'Mon 13:60-14:00',
    'Mon-Xyz 13:00-14:00',
    'Mon 13-14',
  ])('%j is none', (text) => {
    expect(parseClockWindow(text)).toBeNull();
  });
});

describe('a year', () => {
  it('is the mean Gregorian year, 365.2425 days, and twelve months', () => {
    // 97 leap years in 400: 365 + 97 ÷ 400 = 365.2425.
    expect(SECONDS_PER_YEAR).toBe((365 + 97 / 400) * SECONDS_PER_DAY);
    expect(12 * SECONDS_PER_MONTH).toBeCloseTo(SECONDS_PER_YEAR, 6);
  });
});
