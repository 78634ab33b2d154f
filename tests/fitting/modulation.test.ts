import { describe, expect, test } from 'vitest';
import {
  fitModulation,
  logGrid,
  modulatedDispersion,
  rateSkewness,
  twoStates,
} from '../../src/fitting/modulation.ts';
import { Moments, tQuantile } from '../../src/stats/index.ts';
import { ALARM } from '../helpers/accept.ts';
import { arrivalsUntil } from '../helpers/arrivals.ts';
import { dispersion } from '../../src/fitting/counting.ts';

/** Rates 10 and 2, stays 20 s and 40 s: mean 14/3, variance 2/9 × 64, forgets at 1/20 + 1/40. */
const STATES = { ratesPerSecond: [10, 2], meanStay: [20, 40] };
const RATE = 14 / 3;
const VARIANCE = (2 / 9) * 64;
const FORGETTING = 3 / 40;
const PART = { slope: VARIANCE / RATE, forgetting: FORGETTING };

/** The curve as it is expected of infinitely long traces. */
const exactCurve = (parts: readonly (typeof PART)[]) =>
  logGrid(0.2, 2_000, 16).map((window) => ({
    window,
    windows: 1e9,
    dispersion: modulatedDispersion(parts, window),
  }));

describe('the dispersion of a modulated rate', () => {
  test('begins at 1, rises as the slope and ends at 1 + 2a ÷ κ', () => {
    expect(modulatedDispersion([PART], 1e-9)).toBeCloseTo(1, 7);
    expect((modulatedDispersion([PART], 1e-3) - 1) / 1e-3 / PART.slope).toBeCloseTo(1, 3);
    expect(modulatedDispersion([PART], 1e7)).toBeCloseTo(1 + (2 * PART.slope) / FORGETTING, 3);
    // Both ways of writing 1 − (1 − e^−x) ÷ x meet where they change over, x = 1e-4.
    const [before, after] = [0.999999e-4, 1.000001e-4].map((x) =>
      modulatedDispersion([PART], x / FORGETTING),
    );
    expect((after! - before!) / before!).toBeLessThan(1e-8);
  });

  test.each([0.5, 10, 100])(
    'is what the program’s own two-state arrivals have in windows of %s s',
    (window) => {
      // 60 traces of 4,000 s. The mean of their dispersions, with what correlated windows take from it, agrees within
      // t(59) standard errors at 1e-6.
      const found = new Moments();
      const length = 4_000;
      const windows = Math.floor(length / window);
      for (let trace = 0; trace < 60; trace++)
        found.add(
          dispersion(
            arrivalsUntil(length, { kind: 'mmpp', ...STATES }, { name: `mmpp ${trace}` }),
            window,
            length,
          )!,
        );
      const expected =
        (windows / (windows - 1)) *
        (modulatedDispersion([PART], window) - modulatedDispersion([PART], windows * window) / windows);
      const allowed = (tQuantile(1 - ALARM / 2, 59) * found.sd!) / Math.sqrt(60);
      expect(Math.abs(found.mean! - expected)).toBeLessThan(allowed);
    },
  );
});

describe('a fit of modulation', () => {
  test('finds the slope and the time scale of an exact curve', () => {
    const [part] = fitModulation(exactCurve([PART]), 1)!;
    // Neighbours on a grid of 200 points over 4.5 decades are 5.3 % apart.
    expect(Math.abs(part!.forgetting / FORGETTING - 1)).toBeLessThan(0.03);
    expect(Math.abs(part!.slope / PART.slope - 1)).toBeLessThan(0.03);
  });

  test('finds two time scales', () => {
    const parts = [
      { slope: 0.2, forgetting: 0.002 },
      { slope: 0.5, forgetting: 0.8 },
    ];
    const found = fitModulation(exactCurve(parts), 2)!;
    found.forEach((part, index) => {
      expect(Math.abs(part.forgetting / parts[index]!.forgetting - 1), `scale ${index}`).toBeLessThan(0.2);
      expect(Math.abs(part.slope / parts[index]!.slope - 1), `slope ${index}`).toBeLessThan(0.2);
    });
  });

  test('finds nothing in a flat curve, and no second scale where one does as well', () => {
    const flat = exactCurve([]).map((point) => ({ ...point, dispersion: 0.9 }));
    expect(fitModulation(flat, 1)).toEqual([]);
    expect(fitModulation(flat, 2)).toBeNull();
  });
});

describe('two states', () => {
  test('have the mean, deviation and skewness asked for', () => {
    // Of STATES a third of the time is at 10: skewness (1 − 2/3) ÷ √(2/9).
    const { rates, stays } = twoStates(RATE, Math.sqrt(VARIANCE), 1 / 3 / Math.sqrt(2 / 9), FORGETTING);
    expect(rates[0]).toBeCloseTo(10, 9);
    expect(rates[1]).toBeCloseTo(2, 9);
    expect(stays[0]).toBeCloseTo(20, 9);
    expect(stays[1]).toBeCloseTo(40, 9);
  });

  test('are on and off where the rate would fall below 0, with mean and deviation kept', () => {
    const { rates, stays } = twoStates(1, 3, 0, 0.1);
    const on = stays[0] / (stays[0] + stays[1]);
    expect(rates[1]).toBe(0);
    expect(rates[0] * on).toBeCloseTo(1, 12);
    expect(rates[0] ** 2 * on - 1).toBeCloseTo(9, 12);
    expect(1 / stays[0] + 1 / stays[1]).toBeCloseTo(0.1, 12);
  });

  test('the skewness of a rate is found behind Poisson counts', () => {
    // Counts that are Poisson given a rate of 10 (a third) or 2: factorial cumulants are those of the rate. Weighted by
    // their exact chances, as a list in which each count stands that often.
    const counts: number[] = [];
    const chance = (mean: number, count: number) => {
      let p = Math.exp(-mean);
      for (let k = 1; k <= count; k++) p *= mean / k;
      return p;
    };
    for (let count = 0; count < 60; count++) {
      const p = chance(10, count) / 3 + (2 * chance(2, count)) / 3;
      counts.push(...Array<number>(Math.round(p * 1e5)).fill(count));
    }
    expect(rateSkewness(counts)).toBeCloseTo(1 / 3 / Math.sqrt(2 / 9), 2);
    expect(rateSkewness([3, 3, 3])).toBe(0);
  });
});
