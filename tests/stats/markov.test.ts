import { describe, expect, test } from 'vitest';
import { stationaryDistribution } from '../../src/stats/index.ts';

describe('the stationary distribution of a chain', () => {
  test('of two states is by how long each is kept', () => {
    // Left at 0.5 and 0.25 a second: 2 s and 4 s.
    const distribution = stationaryDistribution([
      [0, 0.5],
      [0.25, 0],
    ])!;
    expect(distribution[0]).toBeCloseTo(1 / 3, 14);
    expect(distribution[1]).toBeCloseTo(2 / 3, 14);
  });

  test('of births and deaths is geometric, to the last digit where it is tiny', () => {
    // Up at 1e-6, down at 1: by detailed balance each state has a millionth of the one below.
    const n = 5;
    const distribution = stationaryDistribution(
      Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (_, j) => (j === i + 1 ? 1e-6 : j === i - 1 ? 1 : 0)),
      ),
    )!;
    for (let state = 1; state < n; state++)
      expect(distribution[state]! / distribution[state - 1]! / 1e-6).toBeCloseTo(1, 13);
  });

  test('balances what flows into each state and out of it', () => {
    const rates = [
      [9, 1, 2, 0],
      [0, 9, 3, 0.5],
      [4, 0, 9, 1],
      [1, 1, 0, 9],
    ];
    const distribution = stationaryDistribution(rates)!;
    rates.forEach((row, state) => {
      const others = rates.map((_, other) => other).filter((other) => other !== state);
      const out = others.reduce((sum, other) => sum + distribution[state]! * row[other]!, 0);
      const into = others.reduce((sum, other) => sum + distribution[other]! * rates[other]![state]!, 0);
      expect(into).toBeCloseTo(out, 14);
    });
    expect(distribution.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 14);
  });

  test('does not exist where some state is never reached, or never left for some other', () => {
    expect(
      stationaryDistribution([
        [0, 0],
        [1, 0],
      ]),
    ).toBeNull();
    expect(
      stationaryDistribution([
        [0, 1],
        [0, 0],
      ]),
    ).toBeNull();
    expect(
      stationaryDistribution([
        [0, 1, 0],
        [1, 0, 0],
        [1, 1, 0],
      ]),
    ).toBeNull();
  });
});
