import { describe, expect, it } from 'vitest';
import { compare, type Comparison } from '../../src/calibration/comparison.ts';
import { doubtOf } from '../../src/calibration/doubts.ts';
import { measuredRunOf } from '../../src/calibration/measured-run.ts';

const run = measuredRunOf([
  { arrivedAt: 0, firstTokenAt: 1, lastTokenAt: 2, promptTokens: 10, outputTokens: 11 },
  { arrivedAt: 0, firstTokenAt: 1, lastTokenAt: 2, promptTokens: 10, outputTokens: 11 },
]);

/** Beside a run whose requests decode for so long [s] instead of 1 s. */
const beside = (...decoding: readonly [number, number]): Comparison =>
  compare(
    run,
    {
      firstTokenAt: Float64Array.of(1, 1),
      lastTokenAt: Float64Array.from(decoding, (seconds) => 1 + seconds),
      preemptions: 0,
    },
    0,
    [0, 1],
  );

describe('a model', () => {
  it('that explains its run is not doubted', () => {
    expect(doubtOf(beside(1.02, 0.98), 0, 1_000)).toBeNull();
  });

  it('is doubted for single requests although all means are right', () => {
    // Each 6 % off, one each way.
    expect(doubtOf(beside(1.06, 0.94), 7, 1_000)).toMatch(
      /means are up to 0\.0 % off, and TPOT per request 6\.0 %; .*1000 KV tokens and pre-empted 7 times.*too small.*--prompts/,
    );
  });

  it('is doubted for its means, and without pre-emptions KV may be less than was said', () => {
    // 4 % of TPOT, which is beyond 3 % of a mean and within 5 % per request.
    expect(doubtOf(beside(1.04, 1.04), 0, 1_000)).toMatch(
      /up to 4\.0 % off.*kv\.capacityTokens is too large/,
    );
  });
});
