import { describe, expect, it } from 'vitest';
import { pilotWarmUp } from '../../src/experiments/warm-up.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { scenarioOf } from '../helpers/scenario.ts';

/** Many servers, so that what is in the system forgets its beginning as e^(−t ÷ service time). */
const servers = (service: number, duration: number, ratePerSecond = 50 / service, slots = 100) =>
  scenarioOf(
    queueText({
      tiers: [poissonTier(ratePerSecond)],
      slots,
      service: `{ kind: exponential, mean: ${service}s }`,
      warmUp: 0,
      duration,
    }),
  ).cell;

describe('the warm-up that pilots find', () => {
  it('is where the system has forgotten that it began empty: some service times', () => {
    // After 1.5 service times a fifth of the fifty is missing, after 7 a thousandth.
    for (const service of [10, 30]) {
      const { seconds } = pilotWarmUp(servers(service, 2_000), 'test');
      expect(seconds).toBeGreaterThan(1.5 * service);
      expect(seconds).toBeLessThan(12 * service);
    }
  });

  it('scales with time: where everything takes ten times as long, so does the warm-up', () => {
    const short = pilotWarmUp(servers(10, 2_000), 'test');
    const long = pilotWarmUp(servers(100, 20_000), 'test');
    expect(long.seconds).toBeCloseTo(10 * short.seconds!, 6);
  });

  it('is the later one of requests and tokens', () => {
    const { seconds, of } = pilotWarmUp(servers(10, 2_000), 'test');
    expect(seconds).toBe(Math.max(of.requests!, of.tokens!));
  });

  it('is none of a line that grows for ever', () => {
    expect(pilotWarmUp(servers(10, 2_000, 15, 100), 'test').seconds).toBeNull();
  });

  it('is drawn from streams of its own, the same at each call', () => {
    const cell = servers(10, 2_000);
    expect(pilotWarmUp(cell, 'a')).toEqual(pilotWarmUp(cell, 'a'));
  });
});
