/** Replayed requests, priced by the token: one day of three tiers on 64 rented GPUs (oracle K01), and who is billed (K02). */
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
    expect(metrics.breakeven_utilisation_of_revenue).toBeCloseTo(1.024, 9);
  });
});

describe('the bill of K02', () => {
  // The refused request asks for more than the limit ever holds.
  const estimates = new Estimates(
    replications(
      scenarioOf(`
fleetyield: 1
name: bill
horizon: { duration: 60s }
workload:
  tiers:
    - name: all
      model: any
      arrivals: { kind: replay, requests: [{ at: 0s, prompt: 1000, cached: 600, output: 500 }, { at: 1s, prompt: 8000, output: 1 }] }
      revenue: { kind: per-token, inputPerMillion: 3, cachedInputPerMillion: 0.3, outputPerMillion: 15 }
fleet:
  pools:
    - { name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 10, serviceTime: { kind: constant, value: 1s } } }
gateway:
  rateLimits:
    - { scope: everyone, resource: inputTokens, algorithm: { kind: token-bucket, perSecond: 1000, burst: 4000 } }
`),
      1,
    ),
  );

  test('asks a tenth for what was cached, and nothing of who was refused', () => {
    expect(estimates.mean('requests.limited')).toBe(1);
    expect(estimates.mean('tokens.output')).toBe(500);
    expect(estimates.mean('tokens.cached')).toBe(600);
    // 400 × $3 + 600 × $0.30 + 500 × $15, a million tokens each.
    expect(estimates.mean('revenue')).toBeCloseTo(0.00888, 12);
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('K02');
    expect([metrics.bill[0], metrics.bill[2]]).toEqual([0.00888, 0]);
    expect(metrics.goodput_output_tokens).toBe(500);
  });
});
