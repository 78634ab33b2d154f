/** What a request is expected to bring for each second of a GPU that it is expected to take, worked by hand. */
import { describe, expect, test } from 'vitest';
import { revenueOf } from '../../src/gateway/worth.ts';
import { services, type Service } from '../../src/serving/index.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

/** The only pool of a scenario, as a service. */
function serviceOf(serving: string, gpusPerReplica: number): Service {
  const { cell } = scenarioOf(`
fleetyield: 1
name: worth
horizon: { duration: 1s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: poisson, ratePerSecond: 1 } }] }
fleet: { pools: [{ name: main, model: any, gpusPerReplica: ${gpusPerReplica}, replicas: 1, serving: ${serving} }] }
`);
  return services.create(cell.pools[0]!.serving!, {
    quantileTable: () => null,
    model: null,
    accelerator: null,
    gpusPerReplica,
    draws: [],
    tiers: [],
  });
}

describe('the GPU-seconds of a request', () => {
  test('of slots are its mean service on a share of the GPUs: 2 s on one of 8 slots of 4 GPUs is one', () => {
    const slots = '{ kind: slots, concurrency: 8, serviceTime: { kind: constant, value: 2s } }';
    expect(serviceOf(slots, 4).gpuSeconds(100, 0, 100)).toBeCloseTo(1, 12);
  });

  test('of an engine are its part of full batches, and what its prompt makes a step longer', () => {
    // KV for 1,000 ÷ (150 + 50) = 5 sequences. A step decodes 5 in 10 + 5 × 1 + 0.01 × 5 × 175 = 23.75 ms: 49 of them at a
    // fifth each are 232.75 ms. Reading 100 of the 150 tokens adds 100 × 0.1 and a sequence's 1: 11 ms. On two GPUs.
    const engine =
      '{ kind: continuous-batching, maxSequences: 64, kv: { capacityTokens: 1000, blockSize: 1 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0.1ms, perSequence: 1ms, perKvToken: 0.01ms } }';
    expect(serviceOf(engine, 2).gpuSeconds(150, 50, 50)).toBeCloseTo(2 * (0.23275 + 0.011), 9);
  });

  test('of a prompt longer than a step are those of its parts', () => {
    // 20 tokens a step of which 4 decode: parts of 16. 160 tokens add ten times 16 × 0.1 + 1 = 2.6 ms; one token is no step.
    const engine =
      '{ kind: continuous-batching, maxSequences: 4, maxBatchedTokens: 20, kv: { capacityTokens: 10000, blockSize: 1 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0.1ms, perSequence: 1ms } }';
    expect(serviceOf(engine, 1).gpuSeconds(160, 0, 1)).toBeCloseTo(0.026, 9);
  });
});

test('revenue counts cached tokens at their own price: 400 × 3 + 600 × 0.3 + 500 × 15 USD per million, and 1 for the request', () => {
  const price = {
    usdPerRequest: 1,
    usdPerPromptToken: 3e-6,
    usdPerCachedToken: 0.3e-6,
    usdPerOutputToken: 15e-6,
  };
  expect(revenueOf(price, 1_000, 600, 500)).toBeCloseTo(1.00888, 12);
});

test('the queue by highest value takes the request that pays most per GPU-second, and the first of equals', () => {
  // One server is taken until 1 s. Per second: a 3, b 1, c 5 USD per million output tokens, of which all expect 100.
  const tier = (name: string, usd: number, at: string) =>
    `{ name: ${name}, model: any, revenue: { kind: per-token, inputPerMillion: 0, outputPerMillion: ${usd} }, arrivals: { kind: replay, requests: [${at}] } }`;
  const one = (s: number) => `{ at: ${s}s, prompt: 1, output: 100 }`;
  const { stories } = runOf(
    scenarioOf(`
fleetyield: 1
name: value
horizon: { duration: 60s }
workload: { tiers: [${tier('a', 3, `${one(0)}, ${one(0.3)}, ${one(0.4)}`)}, ${tier('b', 1, one(0.1))}, ${tier('c', 5, one(0.5))}] }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { discipline: { kind: highest-value } }
`),
  );
  expect(stories.map(({ arrivedAt, admittedAt }) => [arrivedAt, admittedAt])).toEqual([
    [0, 0],
    [0.1, 4],
    [0.3, 2],
    [0.4, 3],
    [0.5, 1],
  ]);
});

test('a subscriber is worth what is declared: 0.0004 USD comes between 5 and 3 USD per million of 100 tokens, and earns nothing', () => {
  const tier = (name: string, money: string, at: number) =>
    `{ name: ${name}, model: any, ${money}, arrivals: { kind: replay, requests: [{ at: ${at}s, prompt: 1, output: 100 }] } }`;
  const perToken = (usd: number) =>
    `revenue: { kind: per-token, inputPerMillion: 0, outputPerMillion: ${usd} }`;
  const scenario = scenarioOf(`
fleetyield: 1
name: value
horizon: { duration: 60s }
workload:
  tiers:
    - ${tier('first', perToken(3), 0)}
    - ${tier('cheap', perToken(3), 0.1)}
    - ${tier('subscriber', 'revenue: { kind: subscription, usdPerMonth: 0 }, valueUsdPerRequest: 0.0004', 0.2)}
    - ${tier('dear', perToken(5), 0.3)}
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }] }
gateway: { discipline: { kind: highest-value } }
`);
  const { stories } = runOf(scenario);
  expect(stories.map(({ admittedAt }) => admittedAt)).toEqual([0, 3, 2, 1]);
  // 100 tokens at 3, 3 and 5 USD a million.
  const estimates = new Estimates(replications(scenario, 1));
  expect(estimates.mean('revenue')).toBeCloseTo(0.0011, 12);
});
