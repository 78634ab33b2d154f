/**
 * Prefill and decode as two queues in a row (oracle H01). With Poisson arrivals and exponential service the second queue
 * has Poisson arrivals too (Burke 1956), so each is M/M/1 by itself and the two sojourns are independent (Jackson 1957):
 * W = 1 ÷ (μ₁ − λ) + 1 ÷ (μ₂ − λ). A reply of two tokens shows both: the first comes when the prompt is read, so TTFT is
 * the first sojourn and TPOT the second.
 */
import { describe, expect, test } from 'vitest';
import { verdictOn } from '../helpers/accept.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, near, oracle } from '../helpers/shared.ts';

const ARRIVAL_RATE = 0.6;
const SERVICE_RATES = [1, 0.8] as const;
const SOJOURNS = SERVICE_RATES.map((rate) => 1 / (rate - ARRIVAL_RATE));

const slot = (rate: number) =>
  `{ kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: ${1 / rate}s } }`;
const TANDEM = `
fleetyield: 1
name: tandem
horizon: { warmUp: 500s, duration: 40000s }
workload:
  tiers:
    - name: all
      model: any
      arrivals: { kind: poisson, ratePerSecond: ${ARRIVAL_RATE} }
      lengths: { output: { kind: constant, value: 2 } }
fleet:
  pools:
    - { name: prefill, model: any, replicas: 1, phase: prefill, link: { latency: 0s }, serving: ${slot(SERVICE_RATES[0])} }
    - { name: decode, model: any, replicas: 1, phase: decode, serving: ${slot(SERVICE_RATES[1])} }
`;

describe('pools for prefill and decode', () => {
  test('are two M/M/1 queues in a row (H01)', () => {
    const estimates = new Estimates(replications(scenarioOf(TANDEM), 32, { seed: 'oracle H01' }));
    const [first, second] = SOJOURNS as [number, number];
    const objections = [
      verdictOn(estimates.of('ttft.mean'), first, 0.03),
      verdictOn(estimates.of('tpot.mean'), second, 0.04),
      verdictOn(estimates.of('e2e.mean'), first + second, 0.03),
      verdictOn(estimates.of('system.size'), ARRIVAL_RATE * (first + second), 0.03),
    ].flatMap(({ objection }) => objection ?? []);
    expect(objections).toEqual([]);
  });
});

describe.skipIf(NO_ORACLES !== null)(`the exact values of this test ${NO_ORACLES ?? ''}`, () => {
  test('are those of oracle H01', () => {
    const { params, metrics } = oracle('H01');
    expect([params.lam, params.mu]).toEqual([ARRIVAL_RATE, SERVICE_RATES]);
    expect(near(SOJOURNS[0]!, metrics.W1)).toBe(true);
    expect(near(SOJOURNS[1]!, metrics.W2)).toBe(true);
    expect(near(SOJOURNS[0]! + SOJOURNS[1]!, metrics.W)).toBe(true);
  });
});
