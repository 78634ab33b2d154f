import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../src/errors.ts';
import { Streams, type UniformSource } from '../../src/stats/index.ts';
import { weekdayWeekendShape, weeklyShape } from '../../src/workload/hourly-shape.ts';
import { arrivalsOf, arrivalsUntil, gapsOf, type ArrivalChoice } from '../helpers/arrivals.ts';
import { chiSquareAlarm, CHI_SQUARE_ALARM, KS_LIMIT, ksDistance, objections } from '../stats/goodness.ts';

const HOUR = 3_600;
const make = (choice: ArrivalChoice, source: UniformSource, startOfWeek = 0, share = 1) =>
  arrivalsOf(choice, {
    source,
    startOfWeek,
    share,
    profiles: { flat: weeklyShape(Array(24).fill(1), Array(7).fill(1)) },
  });

/** A source whose exponentials −ln(1 − u) are these. */
const exponentials = (...values: number[]): UniformSource => ({ next: () => 1 - Math.exp(-values.shift()!) });

describe('Poisson arrivals', () => {
  test('have exponential gaps with the mean of the rate × the share of the cell', () => {
    const choice: ArrivalChoice = { kind: 'poisson', ratePerSecond: 10 };
    const gaps = gapsOf(arrivalsUntil(20_000, choice, { name: 'poisson', share: 0.25 }));
    const mean = 0.4;
    expect(
      objections(gaps, { cdf: (x) => 1 - Math.exp(-x / mean), mean, variance: mean ** 2, kurtosis: 9 }),
    ).toEqual([]);
  });
});

describe('arrivals that follow the hour', () => {
  const twoRates: ArrivalChoice = {
    kind: 'nonhomogeneous',
    ratePerSecond: 2 / HOUR,
    hourOfDay: Array.from({ length: 24 }, (_, hour) => (hour === 0 ? 0 : hour === 1 ? 3 : 1)),
  };
  // Mean factor (0 + 3 + 22) ÷ 24, so an hour has 0, 3 × 2 × 24 ÷ 25 = 5.76 and 1.92 arrivals.

  test('come where the integral of the rate has grown by a unit exponential', () => {
    const process = make(twoRates, exponentials(2.88, 2.88 + 0.96));
    // Nothing from 0 to 1 h; 2.88 of 5.76 by half past one; 2.88 more by two and 0.96 of 1.92 by half past two.
    expect(process.next()).toBeCloseTo(1.5 * HOUR, 6);
    expect(process.next()).toBeCloseTo(2.5 * HOUR, 6);
  });

  test('begin at the hour of the week in which the run starts, in the middle of an hour too', () => {
    const process = make(twoRates, exponentials(2.88), 1.25 * HOUR);
    // 5.76 an hour from a quarter past one: 2.88 half an hour later.
    expect(process.next()).toBeCloseTo(0.5 * HOUR, 6);
    // From Sunday 23:30: 0.96 by midnight, an hour of nothing, and 2.88 of Monday's second hour.
    const sunday = make(twoRates, exponentials(0.96 + 2.88), 6 * 24 * HOUR + 23.5 * HOUR);
    expect(sunday.next()).toBeCloseTo(0.5 * HOUR + HOUR + 0.5 * HOUR, 6);
  });

  test('are uniform within the hour and have Poisson counts (Kolmogorov-Smirnov, χ²: two in a million)', () => {
    const days = 2_000;
    const choice: ArrivalChoice = { ...twoRates, ratePerSecond: 20 / HOUR };
    const times = arrivalsUntil(days * 24 * HOUR, choice, { name: 'hourly' }).filter(
      (at) => Math.floor(at / HOUR) % 24 === 1,
    );
    const places = times.map((at) => (at / HOUR) % 1);
    expect(Math.sqrt(places.length) * ksDistance(places, (x) => x)).toBeLessThan(KS_LIMIT);
    const expected = days * 57.6;
    expect(Math.abs(times.length - expected) / Math.sqrt(expected)).toBeLessThan(4.8);
  });

  test('follow the day of the week: a dead Sunday has none', () => {
    const choice: ArrivalChoice = {
      kind: 'nonhomogeneous',
      ratePerSecond: 0.01,
      dayOfWeek: [1, 1, 1, 1, 1, 2, 0],
    };
    const times = arrivalsUntil(700 * 24 * HOUR, choice, { name: 'weekly' });
    const counts = Array<number>(7).fill(0);
    for (const at of times) counts[Math.floor(at / (24 * HOUR)) % 7]! += 1;
    expect(counts[6]).toBe(0);
    // 864 a day on average over the week: 864 on Monday to Friday, twice on Saturday; 100 weeks.
    const expected = [1, 1, 1, 1, 1, 2].map((factor) => 86_400 * factor);
    const total = counts.reduce((a, b) => a + b, 0);
    const scale = total / (86_400 * 7);
    expect(
      chiSquareAlarm(
        counts.slice(0, 6),
        expected.map((n) => n * scale),
      ),
    ).toBeGreaterThan(CHI_SQUARE_ALARM);
    expect(Math.abs(total - 86_400 * 7) / Math.sqrt(86_400 * 7)).toBeLessThan(4.8);
  });

  test('need some hour with a rate, and one way of saying which', () => {
    const source = new Streams('x', 0).stream('x');
    const refuse = (more: object) => () =>
      make({ kind: 'nonhomogeneous', ratePerSecond: 1, ...more }, source);
    expect(refuse({})).toThrow(ParameterError);
    expect(refuse({ hourOfDay: Array(24).fill(0) })).toThrow(/every hour is 0/);
    expect(refuse({ dayOfWeek: Array(7).fill(0) })).toThrow(/every day is 0/);
    expect(refuse({ profile: 'flat', dayOfWeek: Array(7).fill(1) })).toThrow(
      /give either the profile or the lists/,
    );
    expect(refuse({ profile: 'flatt' })).toThrow(/"flatt"; known: flat/);
  });
});

describe('the shape of a week', () => {
  test('has mean 1 and the ratios given', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => hour + 1);
    const shape = weeklyShape(hours, [1, 1, 1, 1, 1, 0.5, 0.25]);
    expect(shape.reduce((a, b) => a + b, 0) / 168).toBeCloseTo(1, 12);
    expect(shape[23]! / shape[0]!).toBeCloseTo(24, 12);
    expect(shape[5 * 24]! / shape[0]!).toBeCloseTo(0.5, 12);
    expect(shape[6 * 24 + 7]! / shape[7]!).toBeCloseTo(0.25, 12);
  });

  test('of weekdays and weekend changes on Saturday at midnight', () => {
    const shape = weekdayWeekendShape(Array(24).fill(3), Array(24).fill(1));
    // Mean (5 × 3 + 2 × 1) ÷ 7 = 17 ÷ 7.
    expect([shape[119], shape[120], shape[167]].map((factor) => (factor! * 17) / 7)).toEqual(
      [3, 1, 1].map((factor) => expect.closeTo(factor, 12) as number),
    );
  });
});
