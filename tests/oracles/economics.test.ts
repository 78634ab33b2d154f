/** Replayed requests, priced by the token: a day of three tiers on 64 rented GPUs (K01), and who pays for what (K02). */
import { describe, expect, test } from 'vitest';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, oracle } from '../helpers/shared.ts';

const TIERS = [
  { tier: 'free', price_in: 0, price_out: 0, in_tok: 40e6, out_tok: 10e6 },
  { tier: 'pro', price_in: 3, price_out: 15, in_tok: 200e6, out_tok: 50e6 },
  { tier: 'ent', price_in: 2.4, price_out: 12, in_tok: 500e6, out_tok: 100e6 },
] as const;
/** Requests over which a tier's tokens are spread. */
const REQUESTS = 20;

const text = `
fleetyield: 1
name: day
horizon: { duration: 24h }
workload:
  tiers:
${TIERS.map(({ tier, price_in, price_out, in_tok, out_tok }) => {
  const requests = Array.from(
    { length: REQUESTS },
    (_, n) => `{ at: ${n}h, prompt: ${in_tok / REQUESTS}, output: ${out_tok / REQUESTS} }`,
  );
  return `    - { name: ${tier}, model: any, arrivals: { kind: replay, requests: [${requests.join(', ')}] }, revenue: { kind: per-token, inputPerMillion: ${price_in}, outputPerMillion: ${price_out} } }`;
}).join('\n')}
fleet:
  pools:
    - { name: main, model: any, gpusPerReplica: 8, replicas: 8, serving: { kind: slots, concurrency: 10, serviceTime: { kind: constant, value: 1h } } }
economics: { gpuHour: { kind: rented, usdPerGpuHour: 2.5 } }
`;

describe('the income statement of K01', () => {
  const estimates = new Estimates(replications(scenarioOf(text), 1));

  test('earns 0, 200 × 3 + 50 × 15 = 1350 and 500 × 2.4 + 100 × 12 = 2400 dollars', () => {
    expect(estimates.mean('revenue', 'tier:free')).toBe(0);
    expect(estimates.mean('revenue', 'tier:pro')).toBeCloseTo(1350, 8);
    expect(estimates.mean('revenue', 'tier:ent')).toBeCloseTo(2400, 8);
    expect(estimates.mean('revenue')).toBeCloseTo(3750, 8);
  });

  test('spends 64 × 24 × 2.50 = 3840 dollars and loses 90 of them', () => {
    expect(estimates.mean('cost')).toBeCloseTo(3840, 8);
    expect(estimates.mean('margin')).toBeCloseTo(-90, 8);
    expect(estimates.mean('margin.gross')).toBeCloseTo(-90, 8);
    expect(estimates.mean('margin.grossShare')).toBeCloseTo(-90 / 3750, 12);
    expect(estimates.mean('revenue.perGpuHour')).toBeCloseTo(3750 / (64 * 24), 12);
  });

  test('needs 1.024 times the revenue, 24 dollars a million output tokens and 4.2667 a million of all 900', () => {
    expect(estimates.mean('cost.perRevenue')).toBeCloseTo(3840 / 3750, 12);
    expect(estimates.mean('cost.perMillionOutputTokens')).toBeCloseTo(3840 / 160, 10);
    expect(estimates.mean('cost.perMillionTokens')).toBeCloseTo(3840 / 900, 10);
  });

  test('comes out even at 1.024 times the use, in as many more of the GPU-hours', () => {
    expect(estimates.mean('breakEven.use')).toBeCloseTo(3840 / 3750, 12);
    // Of 8 replicas with 10 slots each 60 hours of slots are used in the day.
    expect(estimates.mean('utilisation.breakEven')).toBeCloseTo((60 / (80 * 24)) * (3840 / 3750), 12);
  });

  test('is of all 60 requests: nothing is left when the day ends', () => {
    expect(estimates.mean('requests.served')).toBe(60);
    expect(estimates.mean('tokens.prompt')).toBe(740e6);
    expect(estimates.mean('tokens.output')).toBe(160e6);
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { params, metrics } = oracle('K01');
    expect(params).toEqual({ tiers: TIERS, gpus: 64, hours: 24, gpu_price: 2.5 });
    expect(metrics).toMatchObject({
      revenue: { free: 0, pro: 1350, ent: 2400 },
      cost: 3840,
      gross_profit: -90,
    });
    expect(metrics.gross_margin).toBeCloseTo(-90 / 3750, 9);
    expect(metrics.cost_per_million_tokens).toBeCloseTo(3840 / 900, 8);
    expect(metrics.cost_per_million_output_tokens).toBeCloseTo(24, 8);
    expect(metrics.breakeven_utilisation_of_revenue).toBeCloseTo(estimates.mean('breakEven.use'), 9);
  });
});

describe('the bill of K02', () => {
  // Steps of 10 ms: the first token after one, the 120th at 1.2 s, and the client is gone at 1.205 s. The third asks for
  // more tokens than its limit ever has.
  const prices =
    'revenue: { kind: per-token, inputPerMillion: 3, cachedInputPerMillion: 0.3, outputPerMillion: 15 }';
  const tier = (name: string, request: string, more = '') =>
    `{ name: ${name}, model: any, arrivals: { kind: replay, requests: [{ at: 0s, ${request} }] }, ${prices}${more} }`;
  const bill = `
fleetyield: 1
name: bill
horizon: { duration: 1min }
workload:
  tiers:
    - ${tier('completed', 'prompt: 1000, cached: 600, output: 500')}
    - ${tier('aborted', 'prompt: 1000, output: 500', ', deadline: { kind: constant, value: 1205ms }')}
    - ${tier('rejected', 'prompt: 8000, output: 1')}
fleet:
  pools:
    - { name: main, model: any, replicas: 1, serving: { kind: continuous-batching, kv: { capacityTokens: 100000 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0ms } } }
gateway:
  rateLimits: [{ scope: tier, tiers: [rejected], resource: inputTokens, algorithm: { kind: token-bucket, perMinute: 5000, burst: 5000 } }]
`;
  const estimates = new Estimates(replications(scenarioOf(bill), 1));
  const of = ['completed', 'aborted', 'rejected'].map((name) => estimates.mean('revenue', `tier:${name}`));

  test('is 400 × 3 + 600 × 0.3 + 500 × 15, 1000 × 3 + 120 × 15 and nothing, by the million', () => {
    expect(of[0]).toBeCloseTo(0.00888, 14);
    expect(of[1]).toBeCloseTo(0.0048, 14);
    expect(of[2]).toBe(0);
    expect(estimates.mean('revenue')).toBeCloseTo(0.01368, 14);
    expect(estimates.mean('tokens.output')).toBe(500);
    expect(estimates.mean('tokens.cancelledOutput')).toBe(120);
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { params, metrics } = oracle('K02');
    expect(params).toMatchObject({
      price_in: 3,
      price_out: 15,
      cached_mult: 0.1,
      requests: [{ p: 1000, cached: 600, o: 500 }, { p: 1000, o: 500, emitted: 120 }, { p: 8000 }],
    });
    of.forEach((usd, n) => expect(usd).toBeCloseTo(metrics.bill[n], 14));
    expect(metrics).toMatchObject({ goodput_output_tokens: 500, wasted_output_tokens: 120 });
    expect(estimates.mean('revenue')).toBeCloseTo(metrics.total, 14);
  });
});
