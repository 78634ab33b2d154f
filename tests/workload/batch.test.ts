import { describe, expect, test } from 'vitest';
import { arrivalsOf, arrivalsUntil, gapsOf, type ArrivalChoice } from '../helpers/arrivals.ts';
import { objections } from '../stats/goodness.ts';

type Batch = Extract<ArrivalChoice, { readonly kind: 'batch' }>;
const batch = (size: Batch['size'], ratePerSecond = 10): Batch => ({
  kind: 'batch',
  ratePerSecond,
  size,
});

/** The instants and how many come at each. */
function batchesUntil(end: number, choice: Batch, surroundings = {}) {
  const sizes = new Map<number, number>();
  for (const at of arrivalsUntil(end, choice, surroundings)) sizes.set(at, (sizes.get(at) ?? 0) + 1);
  return { instants: [...sizes.keys()], sizes: [...sizes.values()] };
}

describe('arrivals in batches', () => {
  test('come all of a batch at one instant, at a Poisson rate (mean, variance and KS: six in a million)', () => {
    const { instants, sizes } = batchesUntil(5_000, batch({ kind: 'constant', value: 4 }), { name: 'four' });
    expect(new Set(sizes)).toEqual(new Set([4]));
    const known = { cdf: (x: number) => 1 - Math.exp(-10 * x), mean: 0.1, variance: 0.01, kurtosis: 9 };
    expect(objections(gapsOf(instants), known)).toEqual([]);
  });

  test('have geometric sizes (mean, variance and χ²: five in a million)', () => {
    const { sizes } = batchesUntil(5_000, batch({ kind: 'geometric', mean: 3 }), { name: 'geometric' });
    // The last with chance ⅓: variance (1 − ⅓) ÷ ⅓² = 6, kurtosis 9 + ⅓² ÷ ⅔.
    const probability = (k: number) => (2 / 3) ** (k - 1) / 3;
    expect(objections(sizes, { probability, mean: 3, variance: 6, kurtosis: 9 + 1 / 6 })).toEqual([]);
  });

  test('have sizes by weight, and none of weight zero (binomial: two in a million)', () => {
    const { sizes } = batchesUntil(5_000, batch({ kind: 'weights', weights: [3, 0, 1, 0] }), {
      name: 'weights',
    });
    expect(new Set(sizes)).toEqual(new Set([1, 3]));
    // One in four is of 3.
    const z =
      (sizes.filter((size) => size === 3).length - sizes.length / 4) / Math.sqrt((sizes.length * 3) / 16);
    expect(Math.abs(z)).toBeLessThan(4.8);
  });

  test('have the sizes of any distribution of tokens, made whole as those are (mean, variance and χ²: five in a million)', () => {
    const { sizes } = batchesUntil(5_000, batch({ kind: 'uniform', low: 1, high: 4 }), { name: 'uniform' });
    // ⌊x + u⌋ with x uniform on [1, 4) and u on [0, 1): 1 and 4 with chance ⅙, 2 and 3 with ⅓ each. About 2.5 they lie
    // at ±1.5 and ±0.5: variance ⅓ × 2.25 + ⅔ × 0.25 = 11 ÷ 12, fourth moment ⅓ × 5.0625 + ⅔ × 0.0625 = 83 ÷ 48.
    const probability = (size: number) => [0, 1 / 6, 1 / 3, 1 / 3, 1 / 6][size] ?? 0;
    const variance = 11 / 12;
    expect(
      objections(sizes, { probability, mean: 2.5, variance, kurtosis: 83 / 48 / variance ** 2 }),
    ).toEqual([]);
  });

  test('have sizes of distributions inside distributions', () => {
    const { sizes } = batchesUntil(
      200,
      batch({
        kind: 'mixture',
        of: [
          { weight: 1, distribution: { kind: 'constant', value: 1 } },
          { weight: 1, distribution: { kind: 'constant', value: 5 } },
        ],
      }),
    );
    expect(new Set(sizes)).toEqual(new Set([1, 5]));
  });

  test('keep their instants when sizes follow another distribution', () => {
    const one = batchesUntil(100, batch({ kind: 'constant', value: 1 })).instants;
    expect(batchesUntil(100, batch({ kind: 'geometric', mean: 9 })).instants).toEqual(one);
  });

  test('of a cell are its share of the batches, whole', () => {
    const half = batchesUntil(100, batch({ kind: 'constant', value: 4 }), { share: 0.5 });
    expect(half).toEqual(batchesUntil(100, batch({ kind: 'constant', value: 4 }, 5)));
  });

  test('need a size that has a weight', () => {
    const choice = batch({ kind: 'weights', weights: [0, 0] });
    expect(() => arrivalsOf(choice)).toThrow(expect.objectContaining({ path: 'size.weights' }));
  });
});
