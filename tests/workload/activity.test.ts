import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { activities, readTenantWeights } from '../../src/workload/activity/index.ts';
import { WeightedChoice } from '../../src/workload/activity/tenant-activity.ts';
import { Streams } from '../../src/stats/index.ts';
import { chiSquareAlarm, CHI_SQUARE_ALARM } from '../stats/goodness.ts';

const NO_FILE = () => new Float64Array();

/**
 * The probability of each tenant, exactly: the alias method maps a uniform to a tenant piecewise, so a fine grid tells.
 */
function sharesOf(
  choice: { choose(source: { next(): number }): number },
  tenants: number,
  grid: number,
): number[] {
  const counts = Array<number>(tenants).fill(0);
  for (let n = 0; n < grid; n++) counts[choice.choose({ next: () => (n + 0.5) / grid })]! += 1;
  return counts.map((count) => count / grid);
}

describe('a choice by weight', () => {
  test.each([
    ['equal', [1, 1, 1, 1]],
    ['one heavy', [97, 1, 1, 1]],
    ['a tenant that never sends', [0, 3, 1]],
    ['falling', [8, 4, 2, 1, 1]],
    ['one tenant', [5]],
  ])('has the shares of its weights: %s', (_, weights) => {
    const grid = 80_000;
    const total = weights.reduce((a, b) => a + b, 0);
    const shares = sharesOf(new WeightedChoice(() => Float64Array.from(weights)), weights.length, grid);
    // Each tenant's uniforms are at most as many pieces as there are columns; each piece is off by one grid cell.
    shares.forEach((share, n) =>
      expect(Math.abs(share - weights[n]! / total)).toBeLessThan((2 * weights.length) / grid),
    );
  });

  test('never gives a number outside, at the ends of the uniforms either', () => {
    const choice = new WeightedChoice(() => Float64Array.of(1, 2, 3));
    for (const next of [0, 1 - 2 ** -53, 1 / 3, 2 / 3]) {
      const tenant = choice.choose({ next: () => next });
      expect(tenant >= 0 && tenant < 3 && Number.isInteger(tenant)).toBe(true);
    }
  });
});

describe('the activity of tenants', () => {
  const streams = new Streams('activity', 0);
  const TENANTS = 50;
  const make = (choice: Parameters<typeof activities.create>[0]) =>
    activities.create(choice, {
      tenants: TENANTS,
      weights: streams.stream('weights'),
      tenantWeights: NO_FILE,
    });
  const countsOf = (choice: Parameters<typeof activities.create>[0], draws: number) => {
    const activity = make(choice);
    const source = streams.stream(`draws ${choice.kind}`);
    const counts = Array<number>(TENANTS).fill(0);
    for (let n = 0; n < draws; n++) counts[activity.choose(source)]! += 1;
    return counts;
  };

  test('by Zipf falls as rank to the power of −1.1 (χ², false alarms twice in a million)', () => {
    const weights = Array.from({ length: TENANTS }, (_, rank) => (rank + 1) ** -1.1);
    const total = weights.reduce((a, b) => a + b, 0);
    const draws = 200_000;
    const counts = countsOf({ kind: 'zipf', exponent: 1.1 }, draws);
    expect(
      chiSquareAlarm(
        counts,
        weights.map((weight) => (draws * weight) / total),
      ),
    ).toBeGreaterThan(CHI_SQUARE_ALARM);
    // The test has teeth: another exponent is refused.
    const flatter = Array.from({ length: TENANTS }, (_, rank) => (rank + 1) ** -1.05);
    const flatTotal = flatter.reduce((a, b) => a + b, 0);
    expect(
      chiSquareAlarm(
        counts,
        flatter.map((weight) => (draws * weight) / flatTotal),
      ),
    ).toBeLessThan(CHI_SQUARE_ALARM);
  });

  test('by equal shares is uniform (χ², false alarms twice in a million)', () => {
    const draws = 100_000;
    const counts = countsOf({ kind: 'equal' }, draws);
    expect(
      chiSquareAlarm(
        counts,
        counts.map(() => draws / TENANTS),
      ),
    ).toBeGreaterThan(CHI_SQUARE_ALARM);
  });

  test('by a lognormal distribution is drawn once: shares stay through a replication and differ between them', () => {
    const shares = (replication: number) => {
      const activity = activities.create(
        { kind: 'lognormal', cv: 2 },
        {
          tenants: TENANTS,
          weights: new Streams('activity', replication).stream('weights'),
          tenantWeights: NO_FILE,
        },
      );
      return sharesOf(activity, TENANTS, 20_000);
    };
    expect(shares(1)).toEqual(shares(1));
    expect(shares(1)).not.toEqual(shares(2));
  });

  describe('by weights', () => {
    const sharesAmong = (tenants: number, choice: object, file: readonly number[] = []) => [
      ...activities
        .create(
          { kind: 'weights', ...choice },
          {
            tenants,
            weights: streams.stream('weights'),
            tenantWeights: () => Float64Array.from(file),
          },
        )
        .shares(),
    ];

    test('is as they are, the most active first', () => {
      const shares = sharesAmong(4, { weights: [1, 5, 0, 2] });
      [5, 2, 1, 0].forEach((weight, tenant) => expect(shares[tenant]).toBeCloseTo(weight / 8, 12));
    });

    test('of a file is as the file says', () => {
      expect(sharesAmong(2, { file: 'tenants.csv' }, [1, 3])).toEqual([0.75, 0.25]);
    });

    test('keeps its spread with fewer tenants, and with more', () => {
      // Two of four: the middles of their halves are the second and the fourth. Six of two: three of each.
      expect(sharesAmong(2, { weights: [4, 3, 2, 1] })).toEqual([0.75, 0.25]);
      expect(sharesAmong(6, { weights: [3, 1] }).map((share) => Math.round(share * 12))).toEqual([
        3, 3, 3, 1, 1, 1,
      ]);
    });

    test.each([
      [{ weights: [0, 0] }, 'weights'],
      [{}, ''],
      [{ weights: [1], file: 'tenants.csv' }, ''],
    ])('refuses %j', (choice, path) => {
      expect(() => sharesAmong(2, choice)).toThrow(expect.objectContaining({ path }));
    });
  });
});

describe('a file of weights', () => {
  const read = (text: string) => [...readTenantWeights(text, 'tenants.csv')];

  test('has a column weight, with names or without', () => {
    expect(read('weight\n3\n1.5\n')).toEqual([3, 1.5]);
    expect(read('tenant,weight\nalice,3\nbob,0\n')).toEqual([3, 0]);
  });

  test.each([
    ['wieght\n3\n', 'tenants.csv:1', 'wieght'],
    ['weight\n3\n-1\n', 'tenants.csv:3', '-1'],
    ['weight\nmany\n', 'tenants.csv:2', 'many'],
    ['weight\n', 'tenants.csv:1', 'holds no'],
  ])('is refused with line and value: %j', (text, place, value) => {
    let message = 'nothing was refused';
    try {
      read(text);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      ({ message } = error);
    }
    expect(message).toContain(place);
    expect(message).toContain(value);
  });
});
