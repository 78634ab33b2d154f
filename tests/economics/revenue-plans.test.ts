import { describe, expect, test } from 'vitest';
import { revenuePlans } from '../../src/economics/revenue/index.ts';

const USE = {
  quality: 2_400,
  runs: 0,
  runQuality: 0,
  completed: 2_500,
  promptTokens: 4e6,
  cachedTokens: 1e6,
  outputTokens: 3e6,
  cancelledPromptTokens: 0,
  cancelledCachedTokens: 0,
  cancelledOutputTokens: 0,
};

describe('a tier that pays', () => {
  test('by the token pays for prompts, cached prompts and output: 3 × 2 + 1 × 0.2 + 3 × 10 = 36.2 dollars', () => {
    const plan = revenuePlans.create(
      { kind: 'per-token', inputPerMillion: 2, cachedInputPerMillion: 0.2, outputPerMillion: 10 },
      null,
    );
    expect(plan.fromUse(USE)).toBeCloseTo(36.2, 12);
    expect(plan.overTime(1_000, 1e6)).toBe(0);
  });

  test('by the token pays the full price of cached prompts where no other is stated', () => {
    const plan = revenuePlans.create({ kind: 'per-token', inputPerMillion: 2, outputPerMillion: 10 }, null);
    expect(plan.fromUse(USE)).toBeCloseTo(4 * 2 + 3 * 10, 12);
  });

  test('by the token pays for what it gave up after its first token, unless told otherwise: 1 × 2 + 2 × 10', () => {
    const prices = {
      kind: 'per-token',
      inputPerMillion: 2,
      cachedInputPerMillion: 0,
      outputPerMillion: 10,
    } as const;
    const use = { ...USE, promptTokens: 0, cachedTokens: 0, outputTokens: 0 };
    const given = {
      ...use,
      cancelledPromptTokens: 4e6,
      cancelledCachedTokens: 3e6,
      cancelledOutputTokens: 2e6,
    };
    expect(revenuePlans.create(prices, null).fromUse(given)).toBeCloseTo(22, 12);
    expect(revenuePlans.create({ ...prices, billCancelled: false }, null).fromUse(given)).toBe(0);
  });

  test('by subscription pays by tenant and time and nothing for use: 3 tenants × 20 dollars × 12 months a year', () => {
    const plan = revenuePlans.create({ kind: 'subscription', usdPerMonth: 20 }, null);
    expect(plan.overTime(3, 365.2425 * 86_400)).toBeCloseTo(720, 9);
    expect(plan.fromUse(USE)).toBe(0);
  });

  test('by adverts brings a price per thousand completed requests: 2.5 × 0.4 = 1 dollar', () => {
    const plan = revenuePlans.create({ kind: 'advertising', usdPerThousandRequests: 0.4 }, null);
    expect(plan.fromUse(USE)).toBeCloseTo(1, 12);
    expect(plan.overTime(1_000, 1e6)).toBe(0);
  });
});
