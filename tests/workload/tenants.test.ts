import { describe, expect, test } from 'vitest';
import { Streams } from '../../src/stats/index.ts';
import { activities } from '../../src/workload/activity/index.ts';
import { objections } from '../stats/goodness.ts';
import { arrivalsOf, arrivalsUntil, gapsOf, type ArrivalChoice } from '../helpers/arrivals.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

type Groups = Extract<ArrivalChoice, { readonly kind: 'tenants' }>['gaps'];
const of = (ratePerSecond: number, ...gaps: Groups): ArrivalChoice => ({
  kind: 'tenants',
  ratePerSecond,
  gaps,
});
const EVEN = { share: 1, gap: { kind: 'constant' } } as const;

const NO_FILE = () => new Float64Array();

/** The instants of each tenant before `end` [s]. */
function byTenant(end: number, choice: ArrivalChoice, tenants: number): number[][] {
  const process = arrivalsOf(choice, { tenants });
  const instants: number[][] = Array.from({ length: tenants }, () => []);
  for (let at = process.next(); at < end; at = process.next()) instants[process.tenant!]!.push(at);
  return instants;
}

describe('tenants that send each for itself', () => {
  test('each have the gaps of their distribution, at their share of the rate', () => {
    // Ten tenants of equal shares of 5 a second: each sends every 2 s, from a beginning of its own.
    const instants = byTenant(60, of(5, EVEN), 10);
    for (const own of instants) {
      expect(own.length).toBe(30);
      for (const gap of gapsOf(own).slice(1)) expect(gap).toBeCloseTo(2, 9);
    }
    expect(new Set(instants.map(([first]) => first)).size).toBe(10);
  });

  test('are together Poisson where each is (mean, variance and KS: three in a million)', () => {
    const choice = of(4, { share: 1, gap: { kind: 'exponential' } });
    const gaps = gapsOf(arrivalsUntil(5_000, choice, { tenants: 50 }));
    const mean = 0.25;
    expect(
      objections(gaps, { cdf: (x) => 1 - Math.exp(-x / mean), mean, variance: mean ** 2, kurtosis: 9 }),
    ).toEqual([]);
  });

  test('stay where they are when more tenants come', () => {
    const bursty = { share: 1, gap: { kind: 'gamma', cv: 3 } } as const;
    const few = byTenant(200, of(10, bursty), 10);
    const many = byTenant(200, of(20, bursty), 20);
    few.forEach((own, tenant) => {
      expect(many[tenant]!.length).toBe(own.length);
      own.forEach((at, n) => expect(many[tenant]![n]).toBeCloseTo(at, 6));
    });
  });

  test('are bursty by share: a quarter of them and no others (one in a million)', () => {
    const groups: Groups = [
      { share: 0.75, gap: { kind: 'constant' } },
      { share: 0.25, gap: { kind: 'gamma', cv: 6 } },
    ];
    const instants = byTenant(100, of(4_000, ...groups), 4_000);
    const even = instants.filter(
      (own) =>
        own.length > 1 &&
        gapsOf(own)
          .slice(1)
          .every((gap) => Math.abs(gap - 1) < 1e-6),
    );
    // Binomial: √(0.75 × 0.25 ÷ 4,000), of which 4.9 are exceeded so rarely.
    expect(Math.abs(even.length / 4_000 - 0.75)).toBeLessThan(4.9 * Math.sqrt((0.75 * 0.25) / 4_000));
  });

  test('send at the rate of the hour', () => {
    const hourOfDay = Array.from({ length: 24 }, (_, hour) => (hour === 0 ? 0 : 24 / 23));
    const instants = arrivalsUntil(3_700, { ...of(1, EVEN), hourOfDay } as ArrivalChoice, { tenants: 1 });
    expect(instants[0]).toBeGreaterThan(3_600);
    // From 01:00 on a gap of operational time takes 23 ÷ 24 of a second.
    for (const gap of gapsOf(instants).slice(1)) expect(gap).toBeCloseTo(23 / 24, 9);
  });

  test('are the tenants of their requests, by activity', () => {
    const text = `
fleetyield: 1
name: tenants
horizon: { duration: 20s }
workload: { tiers: [{ name: all, model: any, tenants: 3, activity: { kind: zipf, exponent: 1 }, arrivals: { kind: tenants, ratePerSecond: 11, gaps: [{ share: 1, gap: { kind: constant } }] } }] }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 50, serviceTime: { kind: constant, value: 1s } } }] }
`;
    // Shares of 1 : 1/2 : 1/3 are 6, 3 and 2 a second.
    const { stories } = runOf(scenarioOf(text));
    expect([0, 1, 2].map((tenant) => stories.filter((story) => story.tenant === tenant).length)).toEqual([
      120, 60, 40,
    ]);
  });

  test('are refused where shares do not sum to one', () => {
    expect(() => arrivalsOf(of(1, { share: 0.5, gap: { kind: 'constant' } }))).toThrow(
      expect.objectContaining({ path: 'gaps' }),
    );
    expect(() => arrivalsOf(of(1, { share: 1, gap: { kind: 'hyperexponential', cv: 0.5 } }))).toThrow(
      expect.objectContaining({ path: 'gaps[0].gap.cv' }),
    );
  });
});

describe('the shares of tenants', () => {
  test('are those of their weights', () => {
    const activity = activities.create(
      { kind: 'zipf', exponent: 1 },
      { tenants: 4, weights: new Streams('shares', 0).stream('weights'), tenantWeights: NO_FILE },
    );
    // 12 : 6 : 4 : 3.
    [...activity.shares()].forEach((share, n) => expect(share).toBeCloseTo([12, 6, 4, 3][n]! / 25, 12));
    const equal = activities.create(
      { kind: 'equal' },
      { tenants: 4, weights: { next: () => 0 }, tenantWeights: NO_FILE },
    );
    expect([...equal.shares()]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});
