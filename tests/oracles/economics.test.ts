/** One day of three tiers on 64 rented GPUs (oracle K01): replayed requests, priced by the token. */
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
