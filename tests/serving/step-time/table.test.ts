import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../../src/errors.ts';
import { stepTimes, type StepTime, type StepWork } from '../../../src/serving/step-time/index.ts';
import { BARE, both, decoding, stepTimeOf, reading } from './step-time-of.ts';

const POOL = { ...BARE, maxDecodeTokens: 9, maxPrefillTokens: 100 };

const DECODE = `{ sequences: [1, 5, 9], context: [100, 200, 400],
  times: [[10ms, 11ms, 12ms], [14ms, 16ms, 24ms], [22ms, 27ms, 50ms]] }`;
const PREFILL = `{ tokens: [1, 100], context: [0, 50], times: [[9.5ms, 10ms], [30ms, 40ms]] }`;

const tableOf = (decode = DECODE, prefill = PREFILL, pool = POOL) =>
  stepTimeOf(`{ kind: table, decode: ${decode}, prefill: ${prefill} }`, pool);

describe('the table step-time model', () => {
  const stepTime = tableOf();

  it('takes at a measured point what was measured', () => {
    expect(stepTime.duration(decoding(1, 100))).toBeCloseTo(0.01, 12);
    expect(stepTime.duration(decoding(5, 5 * 200))).toBeCloseTo(0.016, 12);
    expect(stepTime.duration(decoding(9, 9 * 400))).toBeCloseTo(0.05, 12);
    expect(stepTime.duration(reading(1))).toBeCloseTo(0.0095, 12);
    expect(stepTime.duration(reading(100, 50))).toBeCloseTo(0.04, 12);
  });

  it('lies half way between two counts at half way, and between two contexts', () => {
    // 3 sequences at 100: (10 + 14) / 2 = 12. 5 at 300: (16 + 24) / 2 = 20. 7 at 300: (20 + (27 + 50) / 2) / 2 = 29.25.
    expect(stepTime.duration(decoding(3, 300))).toBeCloseTo(0.012, 12);
    expect(stepTime.duration(decoding(5, 1500))).toBeCloseTo(0.02, 12);
    expect(stepTime.duration(decoding(7, 2100))).toBeCloseTo(0.02925, 12);
    // 100 tokens with 25 behind them: (30 + 40) / 2.
    expect(stepTime.duration(reading(100, 25))).toBeCloseTo(0.035, 12);
  });

  it('carries the first and the last context on as their segments go', () => {
    // 9 sequences at 0: 22 - 100 x 5 / 100 = 17. At 600: 50 + 200 x 23 / 200 = 73. 100 tokens with 100 behind them: 50.
    expect(stepTime.duration(decoding(9, 0))).toBeCloseTo(0.017, 12);
    expect(stepTime.duration(decoding(9, 5400))).toBeCloseTo(0.073, 12);
    expect(stepTime.duration(reading(100, 100))).toBeCloseTo(0.05, 12);
  });

  it('takes prompts that are read together for one that attends to as much on average', () => {
    // Two of 50 attend to 2 x 50 x 25 = 25 a token; the points of 100 tokens are at 50 and 100. 30 - 25 x 10 / 50 = 25.
    expect(stepTime.duration(both(reading(50), reading(50)))).toBeCloseTo(0.025, 12);
  });

  it('takes for a step that does both the two times less that of one that does nothing', () => {
    // Nothing: 1 sequence at 0 takes 10 - 1 = 9 ms, 5 take 14 - 2 = 12; none 9 - 3/4 = 8.25. 16 + 30 - 8.25 = 37.75.
    expect(stepTime.duration(both(decoding(5, 1000), reading(100)))).toBeCloseTo(0.03775, 12);
    // The 50 tokens behind the chunk are its own and not of those who decode: 16 + 40 - 8.25.
    expect(stepTime.duration(both(decoding(5, 1000), reading(100, 50)))).toBeCloseTo(0.04775, 12);
  });

  it('shares between reading and decoding no more than any step takes, where rounded times leave less', () => {
    // 5 sequences carried on to no context take 10 - 2 = 8 ms, less than 1 sequence with 9: 8 is shared, not 9.25.
    const rounded = tableOf(DECODE.replace('14ms, 16ms, 24ms', '10ms, 12ms, 24ms'));
    expect(rounded.duration(both(decoding(5, 1000), reading(100)))).toBeCloseTo(0.012 + 0.03 - 0.008, 12);
  });

  it('says what a KV token adds and until when', () => {
    // 5 sequences: 2 ms per 500 tokens up to 200 each, then 8 ms per 1000, for ever.
    expect(stepTime.perKvToken(decoding(5, 999))).toBeCloseTo(0.002 / 500, 15);
    expect(stepTime.kvLinearUntil(decoding(5, 999))).toBe(1000);
    expect(stepTime.perKvToken(decoding(5, 1000))).toBeCloseTo(0.008 / 1000, 15);
    expect(stepTime.kvLinearUntil(decoding(5, 1000))).toBe(Infinity);
    expect(stepTime.perKvToken(decoding(5, 90_000))).toBeCloseTo(0.008 / 1000, 15);
    // Below the first point it is the first segment already.
    expect(stepTime.kvLinearUntil(decoding(5, 3))).toBe(1000);
  });

  it('keeps to its line for as long as it says, from any step that decodes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (sequences, kvTokens, share) => {
          const work = decoding(sequences, kvTokens);
          const until = stepTime.kvLinearUntil(work);
          expect(until).toBeGreaterThan(kvTokens);
          const more = share * Math.min(until - kvTokens, 10_000);
          const there = stepTime.duration(decoding(sequences, kvTokens + more));
          expect(there).toBeCloseTo(stepTime.duration(work) + stepTime.perKvToken(work) * more, 12);
        },
      ),
      { seed: 5 },
    );
  });

  it('never takes less time for more sequences of the same context, more KV, or a longer prompt', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: 1, max: 99 }),
        (sequences, context, tokens) => {
          const work = decoding(sequences, sequences * context);
          const time = stepTime.duration(work);
          const atMost = (other: StepWork) =>
            expect(time).toBeLessThanOrEqual(stepTime.duration(other) + 1e-12);
          atMost(decoding(sequences + 1, (sequences + 1) * context));
          atMost({ ...work, kvTokens: work.kvTokens + 1 });
          atMost(both(work, reading(tokens)));
          expect(stepTime.duration(reading(tokens))).toBeLessThanOrEqual(
            stepTime.duration(reading(tokens + 1)),
          );
        },
      ),
      { seed: 5 },
    );
  });

  it('is the affine model when it is a table of that model', () => {
    const affine = stepTimeOf(
      '{ kind: affine, base: 10ms, perPrefillToken: 0.3ms, perSequence: 1ms, perKvToken: 0.02ms, perPrefillContext: 0.001ms }',
    );
    const copy = tableFrom(affine, [1, 4, 9], [10, 700], [1, 30, 100], [0, 40]);
    const decodes = fc.record({
      sequences: fc.integer({ min: 1, max: 9 }),
      kvTokens: fc.integer({ min: 0, max: 20_000 }),
    });
    const reads = fc.record({
      tokens: fc.integer({ min: 1, max: 100 }),
      before: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(decodes, reads, ({ sequences, kvTokens }, { tokens, before }) => {
        const decode = decoding(sequences, kvTokens);
        const read = reading(tokens, before);
        for (const work of [decode, read, both(decode, read)]) {
          expect(copy.duration(work)).toBeCloseTo(affine.duration(work), 11);
        }
        expect(copy.perKvToken(decode)).toBeCloseTo(0.02e-3, 14);
      }),
      { seed: 5 },
    );
  });

  it.each([
    [
      'counts that do not begin at 1',
      DECODE.replace('[1, 5, 9]', '[2, 5, 9]'),
      PREFILL,
      'decode.sequences[0]',
      /^2 is the least; measure a step of 1 too/,
    ],
    [
      'counts out of order',
      DECODE.replace('[1, 5, 9]', '[1, 9, 5]'),
      PREFILL,
      'decode.sequences[2]',
      /^5 does not rise above the 9 before it/,
    ],
    [
      'contexts out of order',
      DECODE,
      PREFILL.replace('[0, 50]', '[50, 50]'),
      'prefill.context[1]',
      /^50 does not rise/,
    ],
    [
      'a row too few',
      DECODE.replace('[1, 5, 9]', '[1, 3, 5, 9]'),
      PREFILL,
      'decode.times',
      /^has 3 items and sequences has 4/,
    ],
    [
      'a time too many',
      DECODE,
      PREFILL.replace('9.5ms,', '9.5ms, 9.6ms,'),
      'prefill.times[0]',
      /^has 3 items and context has 2/,
    ],
    [
      'a time that falls with context',
      DECODE.replace('16ms', '13ms'),
      PREFILL,
      'decode.times[1][1]',
      /^13 ms is less than the 14 ms of a step with less to do/,
    ],
    [
      'a time that falls with sequences',
      DECODE.replace('22ms', '13ms'),
      PREFILL,
      'decode.times[2][0]',
      /^13 ms is less than the 14 ms/,
    ],
    [
      'fewer sequences than the pool takes',
      DECODE.replace('9]', '8]'),
      PREFILL,
      'decode.sequences',
      /^end at 8, but a step of this pool may have 9; measure up to that, or lower maxSequences/,
    ],
    [
      'fewer tokens than the pool reads',
      DECODE,
      PREFILL.replace('[1, 100]', '[1, 99]'),
      'prefill.tokens',
      /^end at 99, .* 100; .* lower maxBatchedTokens/,
    ],
    // 10 at 1 sequence, 60 at 5: 10 - 50/4 = -2.5 at none.
    [
      'an empty step with a negative time',
      '{ sequences: [1, 5, 9], context: [0], times: [[10ms], [60ms], [70ms]] }',
      PREFILL,
      'decode.times',
      /extrapolate to -2.5 ms for the smallest step; measure smaller steps/,
    ],
    // 15 - 100 x 16/100 = -1 for 5 sequences of no context.
    [
      'a row that extrapolates to a negative time',
      DECODE.replace('14ms, 16ms, 24ms', '15ms, 31ms, 31ms').replace('27ms', '31ms'),
      PREFILL,
      'decode.times',
      /extrapolate to -1 ms/,
    ],
    // Half of 100 tokens less of context: 30 - 50 x 50/50 = -20.
    [
      'prompts that extrapolate to a negative time',
      DECODE,
      PREFILL.replace('40ms', '80ms'),
      'prefill.times',
      /extrapolate to -20 ms/,
    ],
  ])('refuses %s', (_, decode, prefill, path, message) => {
    const refused = () => tableOf(decode, prefill);
    expect(refused).toThrow(ParameterError);
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ path }));
  });
});

/** A table computed from a step-time model. */
function tableFrom(
  stepTime: StepTime,
  sequences: readonly number[],
  contexts: readonly number[],
  tokens: readonly number[],
  before: readonly number[],
): StepTime {
  return stepTimes.create(
    {
      kind: 'table',
      decode: {
        sequences: [...sequences],
        context: [...contexts],
        times: sequences.map((n) => contexts.map((context) => stepTime.duration(decoding(n, n * context)))),
      },
      prefill: {
        tokens: [...tokens],
        context: [...before],
        times: tokens.map((n) => before.map((context) => stepTime.duration(reading(n, context)))),
      },
    },
    POOL,
  );
}
