import { describe, expect, test } from 'vitest';
import {
  countsIn,
  dispersion,
  gapVariation,
  ksDistance,
  rankCorrelation,
} from '../../src/fitting/counting.ts';

describe('dispersion of counts', () => {
  test('is sample variance ÷ mean of the arrivals in whole windows', () => {
    // Windows of 2 s in 7 s: [0, 2) has 3, [2, 4) none, [4, 6) one; what comes in the last second is in no window.
    const at = [0, 0.5, 1.9, 5, 6.5];
    expect([...countsIn(at, 2, 7)]).toEqual([3, 0, 1]);
    // Mean 4/3, squares (25 + 16 + 1) ÷ 9 = 14/3, variance 7/3.
    expect(dispersion(at, 2, 7)).toBeCloseTo(7 / 4, 12);
  });

  test('is none of one window, and none of nothing', () => {
    expect(dispersion([0, 1], 4, 7)).toBeNull();
    expect(dispersion([6.9], 2, 7)).toBeNull();
  });

  test('counts what arrives at the turn of a window in the next, whatever decimals make of it', () => {
    const tenths = Array.from({ length: 30 }, (_, index) => index * 0.1);
    expect([...countsIn(tenths, 0.3, 3)]).toEqual(Array(10).fill(3));
  });
});

test('variation of gaps is their standard deviation ÷ mean', () => {
  // Gaps 1, 1, 4: mean 2, sample variance (1 + 1 + 4) ÷ 2 = 3.
  expect(gapVariation([5, 6, 7, 11])).toBeCloseTo(Math.sqrt(3) / 2, 12);
  expect(gapVariation([1, 2])).toBeNull();
  expect(gapVariation([1, 1, 1])).toBeNull();
});

test('KS distance is the largest gap between two distribution functions, ties together', () => {
  expect(ksDistance([1, 2, 3, 4], [1, 2, 3, 4])).toBe(0);
  expect(ksDistance([1, 2], [3, 4])).toBe(1);
  expect(ksDistance([1, 1, 2], [1, 1, 2])).toBe(0);
  // Below 2: 1/4 and 0; at 2: 3/4 and 1/2; at 5: both whole.
  expect(ksDistance([1, 2, 2, 5], [2, 5])).toBe(0.25);
});

test('rank correlation sees order alone, with ties at their mean rank', () => {
  expect(rankCorrelation([1, 10, 100], [2, 3, 5])).toBeCloseTo(1, 12);
  expect(rankCorrelation([1, 10, 100], [5, 3, 2])).toBeCloseTo(-1, 12);
  // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: 4.5 ÷ √(4.5 × 5).
  expect(rankCorrelation([1, 7, 7, 9], [1, 3, 2, 4])).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
  expect(rankCorrelation([1, 1], [1, 2])).toBeNull();
});
