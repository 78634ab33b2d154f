import { describe, expect, test } from 'vitest';
import { OperationalTime, type Course } from '../../src/workload/arrivals/operational-time.ts';
import { weeklyShape } from '../../src/workload/hourly-shape.ts';

const HOUR = 3_600;
const WEEK = 168 * HOUR;
/** Up by one an hour to 24, and down again overnight; twice as much at the weekend. */
const SHAPE = weeklyShape(
  Array.from({ length: 24 }, (_, hour) => hour + 1),
  [1, 1, 1, 1, 1, 2, 2],
);
const clock = (course: Course, startOfWeek = 0, rate = 0.01) =>
  new OperationalTime(rate, SHAPE, startOfWeek, course);

/** Instants after each of so many equal parts of what is expected. */
const instants = (time: OperationalTime, part: number, count: number) =>
  Array.from({ length: count }, () => time.advance(part));

describe('operational time', () => {
  test.each(['constant', 'linear'] as const)('expects rate × a week of a week, %s', (interpolation) => {
    const time = clock({ interpolation });
    expect(instants(time, 0.01 * HOUR, 168).at(-1)).toBeCloseTo(WEEK, 3);
  });

  test('is linear between the middles of hours: the rate is the mean of two hours where they meet', () => {
    // From 09:30 to 10:30 of a weekday the rate rises from 10 to 11 parts, 10.5 in the mean and 10.25 in the first half.
    const rate = 0.01 * SHAPE[9]!;
    const time = clock({ interpolation: 'linear' }, 9.5 * HOUR);
    const half = (10.25 / 10) * rate * 0.5 * HOUR;
    expect(time.advance(half)).toBeCloseTo(0.5 * HOUR, 9);
    expect(time.advance((10.75 / 10) * rate * 0.5 * HOUR)).toBeCloseTo(HOUR, 9);
    // A quarter of the way the rate is 10.25 parts: ∫ = (10 + 10.25) ÷ 2 × a quarter of an hour.
    expect(
      clock({ interpolation: 'linear' }, 9.5 * HOUR).advance((10.125 / 10) * rate * 0.25 * HOUR),
    ).toBeCloseTo(0.25 * HOUR, 9);
  });

  test('that starts in the first half hour of the week comes from the last hour of the week before', () => {
    // Sunday 23:30 has 48 parts of Monday's 1, Monday 00:30 has 1: at 00:00 it is 24.5, and 12.75 on average until 00:30.
    const unit = 0.01 * SHAPE[0]!;
    expect(clock({ interpolation: 'linear' }).advance(12.75 * unit * 0.5 * HOUR)).toBeCloseTo(0.5 * HOUR, 9);
  });

  test.each(['constant', 'linear'] as const)('grows by its share each week, %s', (interpolation) => {
    // Every point of the second week is 1.1 times that of the first: what brings the first week takes 1.1 times as much.
    const first = instants(clock({ interpolation, growthPerWeek: 0.1 }), 7, 2_000);
    const crossed = first.findIndex((at) => at > WEEK);
    const second = clock({ interpolation, growthPerWeek: 0.1 });
    // Come to the end of the first week exactly, by halving.
    let expected = 0;
    for (let step = 7 * crossed; step > 1e-9; step /= 2) {
      if (clock({ interpolation, growthPerWeek: 0.1 }).advance(expected + step) <= WEEK) expected += step;
    }
    second.advance(expected);
    instants(second, 7.7, 100).forEach((at, n) => expect(at - WEEK).toBeCloseTo(first[n]!, 1));
  });

  test('of a rate that dies away may never come', () => {
    expect(clock({ growthPerWeek: -0.9 }).advance(1e9)).toBe(Infinity);
  });
});
