import { describe, expect, test } from 'vitest';
import { arrivalsOf, arrivalsUntil, type ArrivalChoice } from '../helpers/arrivals.ts';

type Sources = Extract<ArrivalChoice, { readonly kind: 'superposition' }>['sources'];
const together = (...sources: Sources): ArrivalChoice => ({ kind: 'superposition', sources });

const POISSON = { kind: 'poisson', ratePerSecond: 3 } as const;
const BURSTY = { kind: 'renewal', ratePerSecond: 1, gap: { kind: 'gamma', cv: 3 } } as const;
const BATCHES = { kind: 'batch', ratePerSecond: 0.5, size: { kind: 'geometric', mean: 4 } } as const;

describe('superposed arrivals', () => {
  test('are those of every source, in order of time', () => {
    const apart = [POISSON, BURSTY, BATCHES].flatMap((source, n) =>
      arrivalsUntil(500, source, { name: `test/${n}` }),
    );
    expect(arrivalsUntil(500, together(POISSON, BURSTY, BATCHES))).toEqual(apart.toSorted((a, b) => a - b));
  });

  test('of one source stay where they are when another comes', () => {
    const alone = new Set(arrivalsUntil(500, together(BURSTY)));
    const beside = new Set(arrivalsUntil(500, together(BURSTY, POISSON, BATCHES)));
    expect([...alone].filter((at) => !beside.has(at))).toEqual([]);
  });

  test('of a cell are its share of each source', () => {
    const half = arrivalsUntil(500, together(POISSON, BATCHES), { share: 0.5 });
    const own = together({ ...POISSON, ratePerSecond: 1.5 }, { ...BATCHES, ratePerSecond: 0.25 });
    expect(half).toEqual(arrivalsUntil(500, own));
  });

  test('are refused where a source is, by its place', () => {
    const wrong = together(POISSON, BURSTY);
    expect(() => arrivalsOf(wrong, { share: 0.5 })).toThrow(
      expect.objectContaining({ path: 'sources[1].kind' }),
    );
  });
});
