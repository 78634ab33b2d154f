import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../src/errors.ts';
import { Moments, QuantileSketch, TimeAverage } from '../../src/stats/index.ts';
import { near, NO_ORACLES, oracle } from '../helpers/shared.ts';

describe('a time average', () => {
  test.skipIf(NO_ORACLES !== null)(
    `weighs values by how long they last, as in oracle L09 ${NO_ORACLES ?? ''}`,
    () => {
      const { params, metrics } = oracle('L09');
      const average = new TimeAverage();
      let end = 0;
      for (const [at, value] of params.path as [number, number | null][]) {
        if (value === null) end = at;
        else average.set(value, at);
      }
      expect(near(average.mean(end), metrics.mean)).toBe(true);
      // How the path is spread: its levels, each with the time it lasted for a weight.
      const moments = new Moments();
      const sketch = new QuantileSketch();
      let atLeast2 = 0;
      (params.path as [number, number][]).slice(0, -1).forEach(([at, value], n) => {
        const seconds = params.path[n + 1][0] - at;
        moments.add(value, seconds);
        sketch.add(value, seconds);
        if (value >= 2) atLeast2 += seconds;
      });
      expect(near((moments.variance! * (moments.count - 1)) / moments.count, metrics.variance)).toBe(true);
      expect([sketch.quantile(0.5), sketch.quantile(0.9)]).toEqual([metrics.p50, metrics.p90]);
      expect(atLeast2 / end).toBe(metrics.frac_ge2);
    },
  );

  test('is worked by hand: 0 for 2 s, 1 for 1 s, 3 for 4 s, 2 for 2 s, 0 for 1 s', () => {
    const average = new TimeAverage();
    average.add(1, 2);
    average.add(2, 3);
    average.add(-1, 7);
    average.set(0, 9);
    expect(average.integral(10)).toBe(1 + 12 + 4);
    expect(average.mean(10)).toBe(1.7);
    expect(average.integral(8.5 + 1.5)).toBe(17);
  });

  test('has no mean over an empty window', () => {
    expect(new TimeAverage(5, 3).mean(3)).toBeNull();
    const average = new TimeAverage(5);
    average.restart(10);
    expect(average.mean(10)).toBeNull();
  });

  test('restarted forgets the past and keeps the present value', () => {
    const average = new TimeAverage(100, 0);
    average.set(4, 6);
    average.restart(10);
    expect(average.value).toBe(4);
    average.set(8, 11);
    expect(average.integral(12)).toBe(4 + 8);
    expect(average.mean(12)).toBe(6);
  });

  test('counts nothing for values that last no time, and asking changes nothing', () => {
    const average = new TimeAverage(1);
    average.set(1e9, 1);
    average.set(2, 1);
    average.mean(1);
    average.integral(1.5);
    expect(average.mean(2)).toBe(1.5);
  });

  test('does not drift: a level of 0.1 in a million stretches of a second is 100,000', () => {
    const average = new TimeAverage(0.1);
    let naive = 0;
    for (let second = 1; second <= 1e6; second++) {
      average.set(0.1, second);
      naive += 0.1;
    }
    expect(naive).not.toBe(1e5);
    expect(average.integral(1e6)).toBe(1e5);
    expect(average.mean(1e6)).toBe(0.1);
  });

  test('is the same wherever windows are cut', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 50 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 60_000 }), (path, cut) => {
        const whole = new TimeAverage();
        const cutOnce = new TimeAverage();
        let now = 0;
        let before: number | null = null;
        for (const [value, gap] of path) {
          if (before === null && now + gap >= cut) {
            const at = Math.max(now, Math.min(cut, now + gap));
            before = cutOnce.integral(at);
            cutOnce.restart(at);
          }
          now += gap;
          whole.set(value, now);
          cutOnce.set(value, now);
        }
        // Whole numbers: sums are exact.
        expect((before ?? 0) + cutOnce.integral(now + 7)).toBe(whole.integral(now + 7));
      }),
    );
  });

  test('ends the run when time goes back', () => {
    const average = new TimeAverage();
    average.set(1, 5);
    expect(() => average.set(2, 4.9)).toThrow(InvariantError);
    expect(() => average.integral(4)).toThrow(InvariantError);
    expect(() => average.restart(Number.NaN)).toThrow(InvariantError);
  });
});
