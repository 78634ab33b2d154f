/** Windows of the clock: when they begin, by the lengths of days, weeks and months. */
import { describe, expect, test } from 'vitest';
import { clockTurns } from '../../src/gateway/rate-limits/clock-turns.ts';
import {
  parsePeriod,
  parseRunStart,
  parseWindowStart,
  SECONDS_PER_DAY as DAY,
  SECONDS_PER_HOUR as HOUR,
} from '../../src/units.ts';

function turnsOf(start: string, window: string, from?: string) {
  const { ofWeek, date } = parseRunStart(start)!;
  return clockTurns(parsePeriod(window)!, from === undefined ? undefined : parseWindowStart(from)!, {
    startOfWeek: ofWeek,
    startDate: date,
  });
}

/** The first turns after the start of a run [s]. */
function firstTurns(count: number, ...[start, window, from]: Parameters<typeof turnsOf>): number[] {
  const turns = turnsOf(start, window, from);
  const at = [];
  for (let now = 0; at.length < count; at.push(now)) now = turns.next(now);
  return at;
}

const days = (seconds: readonly number[]) => seconds.map((at) => at / DAY);
const sums = (lengths: readonly number[]) =>
  lengths.map((_, n) => lengths.slice(0, n + 1).reduce((a, b) => a + b));

describe('months of the calendar', () => {
  test('are as long as they are: a year from 1 December 2027 on has a 29th of February', () => {
    const lengths = [31, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30];
    expect(days(firstTurns(12, '2027-12-01', '1month'))).toEqual(sums(lengths));
  });

  test.each([
    ['2024-02-01', 29],
    ['2026-02-01', 28],
    ['2000-02-01', 29],
    ['2100-02-01', 28],
  ])('from %s on have %d days', (start, length) => {
    expect(days(firstTurns(1, start, '1month'))).toEqual([length]);
  });

  test('make 146,097 days in 400 years, of which 97 are leap years', () => {
    const turns = firstTurns(4_800, '2000-01-01', '1month');
    expect(turns[4_799]! / DAY).toBe(400 * 365 + 97);
  });

  test('begin on a day and an hour, and on the last day of a month that has no such day', () => {
    // From 31 January on: 29 February, 31 March, 30 April.
    expect(days(firstTurns(3, '2028-01-31', '1month', 'day 31'))).toEqual([29, 29 + 31, 29 + 31 + 30]);
    // From 10 February 12:00 it is 4 days and 21 h to the 15th at 09:00, and 28 days from then to the next.
    expect(firstTurns(2, '2026-02-10 12:00', '1month', 'day 15 09:00')).toEqual([
      4 * DAY + 21 * HOUR,
      32 * DAY + 21 * HOUR,
    ]);
    expect(firstTurns(1, '2026-02-10 12:00', '1month', '09:00')).toEqual([18 * DAY + 21 * HOUR]);
  });

  test('in threes begin with January, April, July and October', () => {
    // 10 February to 1 April: 19 + 31 days; then 91, 92 and 92.
    expect(days(firstTurns(4, '2026-02-10', '3months'))).toEqual(sums([50, 91, 92, 92]));
    // 31 + 9 days of the year are over.
    expect(days(firstTurns(2, '2026-02-10', '12months'))).toEqual(sums([365 - 40, 365]));
  });

  test('turn at their very step of the clock, and know what is past', () => {
    const turns = turnsOf('2026-02-10 12:00', '1month');
    const turn = 18.5 * DAY;
    const [before, after] = [turns.windowOf(turn - 1e-9), turns.windowOf(turn)];
    expect(after).toBe(before + 1);
    expect(turns.windowOf(0)).toBe(before);
    expect(turns.next(turn - 1e-9)).toBe(turn);
    expect(turns.next(turn)).toBe(turn + 31 * DAY);
  });
});

describe('windows of one length', () => {
  test('begin at a time of the week: from Tue 12:00 it is 4 days and 21 h to Sun 09:00', () => {
    expect(firstTurns(2, 'Tue 12:00', '1week', 'Sun 09:00')).toEqual([
      4 * DAY + 21 * HOUR,
      11 * DAY + 21 * HOUR,
    ]);
    // Before the first of its week, the window is that of the week before.
    const turns = turnsOf('Tue 12:00', '1week', 'Sun 09:00');
    expect(turns.windowOf(0)).toBe(turns.windowOf(4 * DAY));
  });

  test('begin at a time of each day where they go into one', () => {
    expect(firstTurns(2, 'Tue 12:00', '1d', '09:00')).toEqual([21 * HOUR, 45 * HOUR]);
    expect(firstTurns(3, 'Tue 12:00', '8h', '09:00')).toEqual([5 * HOUR, 13 * HOUR, 21 * HOUR]);
  });
});

describe('a time that does not determine windows is refused', () => {
  test.each([
    ['Tue 12:00', '1month', undefined, /window: months.*need to know the date.*horizon\.start/],
    ['2026-01-01', '5months', undefined, /window: 5 months do not divide a year; write 1, 2, 3, 4, 6 or 12/],
    ['2026-01-01', '24months', undefined, /window: 24 months do not divide a year/],
    ['2026-01-01', '1month', 'Sun 09:00', /from: is a day of the week, and windows are months/],
    ['2026-01-01', '1week', 'day 15', /from: is a day of the month, and windows are not months/],
    ['2026-01-01', '1week', '09:00', /from: is a time of every day, and windows do not go into a day/],
    ['2026-01-01', '7h', '09:00', /from: is a time of every day/],
  ])('%s, %s, %s', (start, window, from, message) => {
    let refusal = '';
    try {
      turnsOf(start, window, from);
    } catch (error) {
      const { path, message: text } = error as { path: string; message: string };
      refusal = `${path}: ${text}`;
    }
    expect(refusal).toMatch(message);
  });
});
