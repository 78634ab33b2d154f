/** Calibration against runs whose truth is known. Nothing here is random. */
import { beforeAll, describe, expect, it } from 'vitest';
import { calibrate, type Calibration } from '../../src/calibration/calibrate.ts';
import type { Comparison } from '../../src/calibration/comparison.ts';
import { measuredRunOf, type MeasuredRequest } from '../../src/calibration/measured-run.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { mixedLoads, rush, synthetic } from './synthetic.ts';

const AFFINE =
  '{ kind: affine, base: 8ms, perPrefillToken: 0.05ms, perSequence: 0.1ms, perKvToken: 0.0002ms, perPrefillContext: 0.00001ms }';
const TRUTH = {
  base: 8e-3,
  perPrefillToken: 5e-5,
  perSequence: 1e-4,
  perKvToken: 2e-7,
  perPrefillContext: 1e-8,
};
const SMOOTH =
  '{ kind: smooth-roofline, base: 3ms, weightStreaming: 9ms, perToken: 0.06ms, perSequence: 0.05ms, perKvToken: 0.0002ms }';

const ROOMY = 1_000_000;

const mixed = synthetic(mixedLoads(), AFFINE, ROOMY);
const tight = synthetic(rush(120), AFFINE, 12_000);

const MEANS = ['ttft.mean', 'tpot.mean', 'e2e.mean'];
const largestError = ({ metrics }: Comparison, names: readonly string[] = MEANS) =>
  Math.max(...names.map((name) => Math.abs(metrics.find(({ metric }) => metric === name)!.error!)));

describe('calibration', () => {
  let ofMixed: Calibration;

  beforeAll(() => {
    ofMixed = calibrate(mixed.scenario.cell, measuredRunOf(mixed.requests));
  });

  it('recovers the coefficients from a mix of loads, each within 5 %', () => {
    for (const [name, value] of Object.entries(TRUTH)) {
      expect(Math.abs(ofMixed.whole.coefficients[name]! / value - 1), name).toBeLessThan(0.05);
    }
  });

  it('gives back what was measured within 0.1 %, and the half it has not seen', () => {
    expect(largestError(ofMixed.whole.comparison)).toBeLessThan(1e-3);
    expect(largestError(ofMixed.split.tested)).toBeLessThan(1e-3);
    expect(ofMixed.whole.frontEnd).toBeLessThan(1e-4);
  });

  it('gives back a run in which KV is short and requests are pre-empted, with as many pre-emptions', () => {
    const { whole, split } = calibrate(tight.scenario.cell, measuredRunOf(tight.requests));
    expect(tight.preemptions).toBeGreaterThan(50);
    expect(whole.preemptions).toBe(tight.preemptions);
    expect(largestError(whole.comparison)).toBeLessThan(1e-3);
    expect(largestError(split.tested)).toBeLessThan(1e-3);
  });

  it('gives back a smooth roofline within 0.5 %, though one run cannot tell its base from weight streaming', () => {
    const { scenario, requests } = synthetic(mixedLoads(), SMOOTH, ROOMY);
    const { stepTime, whole } = calibrate(scenario.cell, measuredRunOf(requests));
    expect(stepTime).toBe('smooth-roofline');
    expect(largestError(whole.comparison)).toBeLessThan(5e-3);
    const { base, weightStreaming } = whole.coefficients;
    expect(Math.abs((base! + weightStreaming!) / 12e-3 - 1)).toBeLessThan(0.03);
  });

  it('tells a time outside the engine from the model, and says what a scenario will lack', () => {
    const later = mixed.requests.map((request) => ({
      ...request,
      firstTokenAt: request.firstTokenAt + 0.012,
      lastTokenAt: request.lastTokenAt + 0.012,
    }));
    const { whole } = calibrate(mixed.scenario.cell, measuredRunOf(later));
    expect(Math.abs(whole.frontEnd - 0.012)).toBeLessThan(1e-3);
    const { measured, simulated } = whole.comparison.metrics[0]!;
    expect(whole.engineTtftError).toBeCloseTo((simulated! - whole.frontEnd) / measured! - 1, 9);
  });

  it('keeps to a stated time outside the engine', () => {
    const few = measuredRunOf(mixed.requests.slice(0, 40));
    expect(calibrate(mixed.scenario.cell, few, { frontEnd: 0.008 }).whole.frontEnd).toBe(0.008);
  });

  it('looks at no time of the requests that it tests on', () => {
    const slower = (request: MeasuredRequest, index: number) =>
      index < 20 ? request : { ...request, lastTokenAt: request.lastTokenAt + 1 };
    const few = mixed.requests.slice(0, 40);
    const [a, b] = [few, few.map(slower)].map((requests) =>
      calibrate(mixed.scenario.cell, measuredRunOf(requests)),
    );
    expect(b!.split.coefficients).toEqual(a!.split.coefficients);
    expect(b!.split.fitted).toEqual(a!.split.fitted);
    expect(b!.split.tested).not.toEqual(a!.split.tested);
  });

  it('gives the same twice, and writes the model as a scenario takes it', () => {
    const few = measuredRunOf(mixed.requests.slice(0, 40));
    const [a, b] = [calibrate(mixed.scenario.cell, few), calibrate(mixed.scenario.cell, few)];
    expect(a).toEqual(b);
    const indented = a.whole.yaml.replaceAll(/^/gm, '        ').trimEnd();
    const pasted = scenarioOf(`
fleetyield: 1
name: pasted
horizon: { duration: 1s }
workload: { tiers: [{ name: all, model: toy, arrivals: { kind: poisson, ratePerSecond: 1 } }] }
fleet:
  pools:
    - name: main
      model: toy
      replicas: 1
      serving:
        kind: continuous-batching
        kv: { capacityTokens: 1000 }
${indented}
`);
    expect(pasted.cell.pools[0]!.serving).toMatchObject({
      stepTime: { kind: 'affine', ...a.whole.coefficients },
    });
  });
});

describe('what cannot be calibrated', () => {
  const few = measuredRunOf(mixed.requests.slice(0, 4));
  const pool = mixed.scenario.cell.pools[0]!;
  const { named } = mixed.scenario.cell;
  const other = { ...pool, name: 'other' };
  const slots = { ...pool, serving: { kind: 'slots', concurrency: 1 } } as typeof pool;
  const roofline = { ...pool, serving: { ...pool.serving, stepTime: { kind: 'roofline' } } } as typeof pool;

  it.each([
    [
      'one of several pools',
      [pool, other],
      {},
      'pool',
      'several pools; choose the one that was measured: main, other',
    ],
    [
      'a pool that is not there',
      [pool],
      { pool: 'mian' },
      'pool',
      'there is no pool "mian"; did you mean "main"?',
    ],
    ['a pool without steps', [slots], {}, 'pool', '"main" uses slots, which has no steps'],
    [
      'a pool of one phase',
      [{ ...pool, phase: 'prefill' as const }],
      {},
      'pool',
      '"main" serves only the phase prefill',
    ],
    [
      'a step-time model that is not fitted',
      [roofline],
      {},
      'step-time',
      'the step-time model roofline, which is not fitted; choose one of affine',
    ],
    [
      'a split that leaves nothing to test',
      [pool],
      { split: 0.99 },
      'split',
      'of 4 requests 4 would be fitted and 0 tested',
    ],
  ])('is told at its option: %s', (_, pools, options, path, message) => {
    expect(() => calibrate({ pools, named }, few, options)).toThrow(
      expect.objectContaining({ path, message: expect.stringContaining(message) as string }) as Error,
    );
  });

  it('is told at its line: a request that the engine could never have served', () => {
    const serving = { ...pool.serving, kv: { capacityTokens: 160, memoryUtilisation: 0.9, blockSize: 16 } };
    const small = { ...pool, serving } as typeof pool;
    const long = { arrivedAt: 0, firstTokenAt: 1, lastTokenAt: 2, promptTokens: 150, outputTokens: 12 };
    // 150 + 12 − 1 = 161 tokens of KV, and 160 fit; with one output token less they do.
    const run = measuredRunOf([long, { ...long, outputTokens: 11 }], ['a.csv:2', 'a.csv:3']);
    expect(() => calibrate({ pools: [small], named }, run)).toThrow(
      /^a\.csv:2 150 prompt and 12 output tokens could never be served by pool main, which holds 160 KV tokens[^\n]*$/,
    );
  });

  it('is a run in which nobody decodes', () => {
    const single = { arrivedAt: 0, firstTokenAt: 1, lastTokenAt: 1, promptTokens: 9, outputTokens: 1 };
    expect(() => calibrate({ pools: [pool], named }, measuredRunOf([single, single]))).toThrow(
      'no request has two output tokens or more',
    );
  });
});
