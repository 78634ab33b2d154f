import { describe, expect, it } from 'vitest';
import { compare } from '../../src/calibration/comparison.ts';
import { measuredRunOf } from '../../src/calibration/measured-run.ts';

/**
 * Two requests at 0 and 1 s with 3 and 5 tokens, and one of a single token. Measured: TTFT 1, 2, 3; TPOT 0.5, 0.25;
 * E2E 2, 3, 3 s. Simulated: TTFT 1.5, 1, 3; TPOT 0.5, 0.5; E2E 2.5, 3, 3 s.
 */
const run = measuredRunOf([
  { arrivedAt: 0, firstTokenAt: 1, lastTokenAt: 2, promptTokens: 9, outputTokens: 3 },
  { arrivedAt: 1, firstTokenAt: 3, lastTokenAt: 4, promptTokens: 9, outputTokens: 5 },
  { arrivedAt: 2, firstTokenAt: 5, lastTokenAt: 5, promptTokens: 9, outputTokens: 1 },
]);
const replayed = {
  firstTokenAt: Float64Array.of(1.5, 2, 5),
  lastTokenAt: Float64Array.of(2.5, 4, 5),
  preemptions: 0,
};

const all = compare(run, replayed, 0, [0, 1, 2]);
const valueOf = (name: string, comparison = all) => {
  const { measured, simulated, error } = comparison.metrics.find(({ metric }) => metric === name)!;
  return [measured, simulated, error];
};

describe('a comparison', () => {
  it('has means with signed relative errors', () => {
    // (1.5 + 1 + 3) ÷ (1 + 2 + 3) − 1; (2.5 + 3 + 3) ÷ (2 + 3 + 3) − 1.
    expect(valueOf('ttft.mean')).toEqual([2, 5.5 / 3, 5.5 / 3 / 2 - 1]);
    expect(valueOf('e2e.mean')).toEqual([8 / 3, 8.5 / 3, 8.5 / 3 / (8 / 3) - 1]);
  });

  it('has no time per token of a request with one', () => {
    expect(valueOf('tpot.mean')).toEqual([0.375, 0.5, 0.5 / 0.375 - 1]);
  });

  it('has quantiles that are values of the sample', () => {
    expect(valueOf('ttft.p50')).toEqual([2, 1.5, -0.25]);
    expect(valueOf('ttft.p99')).toEqual([3, 3, 0]);
  });

  it('has throughput from the first arrival to the last token', () => {
    // 9 tokens and 3 requests in 5 s, both.
    expect(valueOf('throughput.outputTokens')).toEqual([1.8, 1.8, 0]);
    // The second alone: 5 tokens from 1 to 4 s.
    expect(valueOf('throughput.outputTokens', compare(run, replayed, 0, [1]))).toEqual([5 / 3, 5 / 3, 0]);
  });

  it('has mean absolute errors per request', () => {
    expect(all.perRequest.tpot).toBe((0 + 1) / 2);
    expect(all.perRequest.e2e).toBeCloseTo((0.25 + 0 + 0) / 3, 12);
  });

  it('adds the time outside the engine to TTFT and E2E, and not to TPOT', () => {
    const later = compare(run, replayed, 0.5, [0, 1, 2]);
    expect(valueOf('ttft.mean', later)[1]).toBeCloseTo(5.5 / 3 + 0.5, 12);
    expect(valueOf('e2e.mean', later)[1]).toBeCloseTo(8.5 / 3 + 0.5, 12);
    expect(valueOf('tpot.mean', later)[1]).toBe(0.5);
  });

  it('has null where there is no data', () => {
    const single = compare(run, replayed, 0, [2]);
    expect(valueOf('tpot.p90', single)).toEqual([null, null, null]);
    expect(single.perRequest.tpot).toBeNull();
  });
});
