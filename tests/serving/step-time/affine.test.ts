import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { stepTimeOf } from './step-time-of.ts';

describe('the affine step-time model', () => {
  it('takes 10 + 0.1 P + 1 S ms in oracle J01: 21 ms for a prompt of 100, 17 ms for one of 50 beside a decode', () => {
    const stepTime = stepTimeOf('{ kind: affine, base: 10ms, perPrefillToken: 0.1ms, perSequence: 1ms }');
    const prompt = { prefillTokens: 100, decodeTokens: 0, sequences: 1, kvTokens: 0, prefillContext: 5000 };
    const both = { prefillTokens: 50, decodeTokens: 1, sequences: 2, kvTokens: 100, prefillContext: 1250 };
    expect(stepTime.duration(prompt)).toBeCloseTo(0.021, 12);
    expect(stepTime.duration(both)).toBeCloseTo(0.017, 12);
  });

  it('adds KV and prefill context: 1 + 2 x 3 + 4 x 5 + 6 x 7 + 8 x 9 = 141 ms', () => {
    const stepTime = stepTimeOf(
      '{ kind: affine, base: 1ms, perPrefillToken: 2ms, perSequence: 4ms, perKvToken: 6ms, perPrefillContext: 8ms }',
    );
    const work = { prefillTokens: 3, decodeTokens: 99, sequences: 5, kvTokens: 7, prefillContext: 9 };
    expect(stepTime.duration(work)).toBeCloseTo(0.141, 12);
  });

  it('is refused without its base', () => {
    expect(() => stepTimeOf('{ kind: affine }')).toThrow(InputError);
  });
});
