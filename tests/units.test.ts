/** Units: how quantities are read from text. */
import { describe, expect, it } from 'vitest';
import {
  parseClockWindow,
  parseDuration,
  parseWeekTime,
  SECONDS_PER_DAY,
  SECONDS_PER_HOUR,
  SECONDS_PER_MONTH,
  SECONDS_PER_YEAR,
} from '../src/units.ts';

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
