import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { both, decoding, stepTimeOf, reading } from './step-time-of.ts';

const TOKENS = '{ kind: smooth-roofline, base: 1ms, weightStreaming: 10ms, perToken: 0.1ms }';

describe('the smooth roofline', () => {
  it('takes 1 + 10 x 2^(1/4) ms at the corner, where 100 tokens take as long to multiply as weights to stream', () => {
    expect(stepTimeOf(TOKENS).duration(reading(100))).toBeCloseTo(0.001 + 0.01 * 2 ** 0.25, 12);
  });

  it('counts prompt tokens and decoded ones alike: 60 and 40 are 100', () => {
    const stepTime = stepTimeOf(TOKENS);
    expect(stepTime.duration(both(reading(60), decoding(40, 0)))).toBe(stepTime.duration(reading(100)));
  });

  it('takes the floor for one token and the arithmetic for ten thousand, to a part in 10^8', () => {
    // (10^4 + 0.1^4)^(1/4) = 10 (1 + 10^-8 / 4); (10^4 + 1000^4)^(1/4) = 1000 (1 + 10^-8 / 4)
    expect(stepTimeOf(TOKENS).duration(decoding(1, 0)) / 0.011).toBeCloseTo(1, 8);
    expect(stepTimeOf(TOKENS).duration(reading(10_000)) / 1.001).toBeCloseTo(1, 8);
  });

  it('adds sequences, KV and prefill context: 1 + 0 + 4 x 5 + 6 x 7 + 8 x 9 = 135 ms', () => {
    const stepTime = stepTimeOf(
      '{ kind: smooth-roofline, base: 1ms, weightStreaming: 0ms, perToken: 0ms, perSequence: 4ms, perKvToken: 6ms, perPrefillContext: 8ms }',
    );
    const work = { prefillTokens: 3, decodeTokens: 2, sequences: 5, kvTokens: 7, prefillContext: 9 };
    expect(stepTime.duration(work)).toBeCloseTo(0.135, 12);
    expect(stepTime.perKvToken(work)).toBe(0.006);
    expect(stepTime.kvLinearUntil(work)).toBe(Infinity);
  });

  it('is never less than either side of the corner, nor 19 % more than the longer', () => {
    const stepTime = stepTimeOf(
      '{ kind: smooth-roofline, base: 0s, weightStreaming: 10ms, perToken: 0.1ms }',
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (tokens) => {
        const longer = Math.max(0.01, 0.0001 * tokens);
        const time = stepTime.duration(reading(tokens));
        expect(time).toBeGreaterThanOrEqual(longer * (1 - 1e-12));
        expect(time).toBeLessThanOrEqual(longer * 2 ** 0.25 * (1 + 1e-12));
        expect(stepTime.duration(reading(tokens + 1))).toBeGreaterThanOrEqual(time);
      }),
      { seed: 11 },
    );
  });

  it('is refused without its floor and its time per token', () => {
    expect(() => stepTimeOf('{ kind: smooth-roofline, base: 1ms }')).toThrow(InputError);
    expect(() => stepTimeOf('{ kind: smooth-roofline, base: 1ms }')).toThrow(
      /"weightStreaming" is missing[^]*"perToken" is missing/,
    );
  });
});
