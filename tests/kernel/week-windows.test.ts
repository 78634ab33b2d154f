/** Weekly windows on the clock of a run, over midnight and over the end of the week too. */
import { describe, expect, test } from 'vitest';
import { WeekWindows } from '../../src/kernel/week-windows.ts';
import { parseClockWindow, SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_WEEK } from '../../src/units.ts';

const windows = (texts: readonly string[], startOfWeek = 0) =>
  new WeekWindows(
    texts.map((text) => parseClockWindow(text)!),
    startOfWeek,
  );

/** A window over midnight, and what it stands for. */
const NIGHTS = [
  ['Mon-Fri 22:00-06:00', ['Mon-Fri 22:00-24:00', 'Tue-Sat 00:00-06:00']],
  ['Sun 20:00-04:30', ['Sun 20:00-24:00', 'Mon 00:00-04:30']],
  ['Sat-Mon 23:59-00:01', ['Sat-Mon 23:59-24:00', 'Sun-Tue 00:00-00:01']],
  ['18:00-17:00', ['18:00-24:00', '00:00-17:00']],
] as const;

describe.each(NIGHTS)('%s', (night, parts) => {
  test('is open at every minute of two weeks that its parts before and after midnight are', () => {
    for (const startOfWeek of [0, 5 * SECONDS_PER_DAY + 7 * SECONDS_PER_HOUR]) {
      const [one, two] = [windows([night], startOfWeek), windows(parts, startOfWeek)];
      const differ = [];
      for (let now = 0; now < 2 * SECONDS_PER_WEEK; now += 60) {
        if (one.isOpen(now) !== two.isOpen(now)) differ.push(now);
      }
      expect(differ).toEqual([]);
    }
  });

  test('changes where they do, and at no midnight', () => {
    const one = windows([night]);
    const two = windows(parts);
    const changes = [];
    for (let now = 0; now < SECONDS_PER_WEEK; now = two.nextEdge(now)) {
      if (now > 0 && two.isOpen(now) !== two.isOpen(now - 1e-3)) changes.push(now);
    }
    const edges = [];
    for (let now = one.nextEdge(0); now < SECONDS_PER_WEEK; now = one.nextEdge(now)) edges.push(now);
    expect(edges).toEqual(changes);
  });
});

test('a window over the end of the week is open from Sunday evening to Monday morning', () => {
  const night = windows(['Sun 22:00-06:00']);
  expect([0, 6 * 3_600 - 1, 6 * 3_600, 166 * 3_600 - 1, 166 * 3_600].map((now) => night.isOpen(now))).toEqual(
    [true, true, false, false, true],
  );
  expect(night.nextEdge(0)).toBe(6 * 3_600);
  expect(night.nextEdge(6 * 3_600)).toBe(166 * 3_600);
  expect(night.nextEdge(166 * 3_600)).toBe((168 + 6) * 3_600);
});
