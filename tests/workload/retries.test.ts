import { describe, expect, test } from 'vitest';
import { GIVES_UP, retryDelay, type RetryRule } from '../../src/workload/retries.ts';

/** A source that gives these numbers and counts how many were taken. */
function sourceOf(...numbers: number[]) {
  let taken = 0;
  return {
    next: () => numbers[taken++]!,
    get taken() {
      return taken;
    },
  };
}

const rule = (
  more: Partial<Omit<RetryRule, 'backoff'>> & { backoff?: Partial<RetryRule['backoff']> } = {},
): RetryRule => ({
  maxAttempts: 5,
  persistence: 0.8,
  honourRetryAfter: true,
  ...more,
  backoff: { base: 1, factor: 2, cap: 6, jitter: 'none', ...more.backoff },
});

describe('a client that was refused', () => {
  test('waits 1, 2, 4 s and then the cap of 6 s, and does not make a sixth attempt', () => {
    const delays = [1, 2, 3, 4, 5].map((attempts) => retryDelay(rule(), attempts, 0, sourceOf(0, 0)));
    expect(delays).toEqual([1, 2, 4, 6, GIVES_UP]);
  });

  test('with full jitter waits a uniform share of that', () => {
    const jitter = rule({ backoff: { jitter: 'full' } });
    expect([0, 0.25, 0.999].map((spread) => retryDelay(jitter, 3, 0, sourceOf(0, spread)))).toEqual([
      0, 1, 3.996,
    ]);
  });

  test('with exponential jitter waits a memoryless time with that as its mean', () => {
    // P(wait > t) = e^(−t ÷ 4): half wait longer than 4 ln 2, and one in a hundred longer than 4 ln 100.
    const jitter = rule({ backoff: { jitter: 'exponential' } });
    const [half, long] = [0.5, 0.99].map((spread) => retryDelay(jitter, 3, 0, sourceOf(0, spread)));
    expect(half).toBeCloseTo(4 * Math.LN2, 12);
    expect(long).toBeCloseTo(4 * Math.log(100), 12);
  });

  test('comes back with the probability stated', () => {
    expect([0, 0.79, 0.8, 0.99].map((lot) => retryDelay(rule(), 1, 0, sourceOf(lot, 0)))).toEqual([
      1,
      1,
      GIVES_UP,
      GIVES_UP,
    ]);
    expect(retryDelay(rule({ persistence: 0 }), 1, 0, sourceOf(0, 0))).toBe(GIVES_UP);
    expect(retryDelay(rule({ persistence: 1 }), 1, 0, sourceOf(1 - 2 ** -53, 0))).toBe(1);
  });

  test('waits at least as long as it is asked to, if it honours that, and gives up where trying cannot help', () => {
    expect(retryDelay(rule(), 1, 3.5, sourceOf(0, 0))).toBe(3.5);
    expect(retryDelay(rule(), 3, 3.5, sourceOf(0, 0))).toBe(4);
    expect(retryDelay(rule(), 1, Infinity, sourceOf(0, 0))).toBe(GIVES_UP);
    const deaf = rule({ honourRetryAfter: false });
    expect([3.5, Infinity].map((after) => retryDelay(deaf, 1, after, sourceOf(0, 0)))).toEqual([1, 1]);
  });

  test('takes two draws whatever it does, so that no other draw moves', () => {
    for (const [lot, attempts, after] of [
      [0, 1, 0],
      [0.9, 1, 0],
      [0, 5, 0],
      [0, 1, Infinity],
    ] as const) {
      const source = sourceOf(lot, 0.5);
      retryDelay(rule(), attempts, after, source);
      expect(source.taken).toBe(2);
    }
  });
});
