import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpeculativeStepTime, type StepWork } from '../../../src/serving/step-time/index.ts';
import { tokensPerVerification } from '../../../src/serving/step-time/speculation.ts';
import { Moments, Streams } from '../../../src/stats/index.ts';
import { both, decoding, stepTimeOf, reading } from './step-time-of.ts';

const AFFINE =
  '{ kind: affine, base: 10ms, perPrefillToken: 0.1ms, perSequence: 1ms, perKvToken: 0.01ms, perPrefillContext: 0.001ms }';
const affine = stepTimeOf(AFFINE);

describe('tokens per verification', () => {
  it.each([
    // 1 + 0.5 + 0.25 + 0.125 = (1 - 0.5^4) / (1 - 0.5)
    [3, 0.5, 1.875],
    // (1 - 0.8^6) / 0.2 = 0.737856 / 0.2
    [5, 0.8, 3.68928],
    [4, 0, 1],
    [4, 1, 5],
  ])('of %i drafted, each accepted with probability %d, are %d', (draftTokens, acceptance, expected) => {
    expect(tokensPerVerification({ draftTokens, acceptance, draftTime: 0 })).toBeCloseTo(expected, 12);
  });

  it('are those of 100,000 drawn verifications, within 4 standard errors: 1 false alarm in 16,000 seeds', () => {
    const [draftTokens, acceptance] = [4, 0.7];
    const uniform = new Streams('1', 0).stream('verifications');
    const tokens = new Moments();
    for (let n = 0; n < 100_000; n++) {
      let accepted = 0;
      while (accepted < draftTokens && uniform.next() < acceptance) accepted += 1;
      tokens.add(accepted + 1, 1);
    }
    const expected = tokensPerVerification({ draftTokens, acceptance, draftTime: 0 });
    const standardError = Math.sqrt(tokens.variance! / tokens.count);
    expect(Math.abs(tokens.sum / tokens.count - expected)).toBeLessThan(4 * standardError);
  });
});

describe('a step-time model with speculation', () => {
  const stepTime = new SpeculativeStepTime(affine, { draftTokens: 3, acceptance: 0.5, draftTime: 0.002 });

  it('spreads a verification and its drafts over the tokens they give: (10 + 1 x 4 x 2 + 0.01 x 300 + 3 x 2) / 1.875 ms', () => {
    expect(stepTime.duration(decoding(2, 300))).toBeCloseTo(0.027 / 1.875, 12);
  });

  it('takes for what is read beside them what it adds to the verification, undivided', () => {
    // 100 tokens with 50 behind them: 100 x 0.1 + 1 sequence + 50 x 0.01 + 100 x (50 + 50) x 0.001 = 21.5 ms
    const work = both(decoding(2, 300), reading(100, 50));
    expect(stepTime.duration(work)).toBeCloseTo(0.027 / 1.875 + 0.0215, 12);
  });

  it('leaves a step that only reads as it is', () => {
    for (const work of [reading(100), reading(100, 50)])
      expect(stepTime.duration(work)).toBe(affine.duration(work));
  });

  it('says what a KV token adds and until when, as its base model does of the verification', () => {
    expect(stepTime.perKvToken(decoding(2, 300))).toBeCloseTo(0.01e-3 / 1.875, 15);
    expect(stepTime.kvLinearUntil(decoding(2, 300))).toBe(Infinity);
    // A millisecond per 100 of context is one per 800 KV tokens of 2 x 4 verified, and context 200 is at 1600.
    const table = stepTimeOf(
      '{ kind: table, decode: { sequences: [1, 256], context: [100, 200, 400], times: [[10ms, 11ms, 15ms], [10ms, 11ms, 15ms]] }, prefill: { tokens: [1, 8192], context: [0], times: [[10ms], [90ms]] } }',
    );
    const drafted = new SpeculativeStepTime(table, { draftTokens: 3, acceptance: 1, draftTime: 0 });
    expect(drafted.perKvToken(decoding(2, 300))).toBeCloseTo(0.001 / 800 / 4, 15);
    expect(drafted.kvLinearUntil(decoding(2, 300))).toBe(1600);
    expect(drafted.duration(decoding(2, 800))).toBeCloseTo(0.01 / 4, 12);
  });

  it('costs what verifying in vain does when nothing is accepted: 10 + 4 x 2 ms', () => {
    const vain = new SpeculativeStepTime(affine, { draftTokens: 1, acceptance: 0, draftTime: 0 });
    expect(vain.duration(decoding(4, 0))).toBeCloseTo(0.018, 12);
  });

  it('leaves the work it is given untouched, and never takes less time for more of it', () => {
    const smooth = stepTimeOf(
      '{ kind: smooth-roofline, base: 1ms, weightStreaming: 10ms, perToken: 0.05ms, perSequence: 0.01ms, perKvToken: 0.001ms, perPrefillContext: 0.0001ms }',
    );
    const of = (inner: typeof smooth) =>
      new SpeculativeStepTime(inner, { draftTokens: 4, acceptance: 0.7, draftTime: 0.001 });
    const drafting = [of(affine), of(smooth)];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 0, max: 2000 }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 0, max: 500 }),
        (sequences, context, tokens, before) => {
          const stepOf = (n: number, kv: number, chunk: number): StepWork =>
            chunk === 0 ? decoding(n, kv) : both(decoding(n, kv), reading(chunk, before));
          const work = stepOf(sequences, sequences * context, tokens);
          const given = { ...work };
          for (const drafted of drafting) {
            const time = drafted.duration(work);
            expect(work).toEqual(given);
            for (const more of [
              stepOf(sequences + 1, (sequences + 1) * context, tokens),
              stepOf(sequences, sequences * context + 100, tokens),
              stepOf(sequences, sequences * context, tokens + 1),
            ]) {
              expect(drafted.duration(more)).toBeGreaterThanOrEqual(time);
            }
          }
        },
      ),
      { seed: 5 },
    );
  });
});
