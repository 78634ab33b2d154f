/**
 * The levers study at a small scale: two levers, a quarter of an hour of the peak. What is checked holds in every
 * replication, so nothing here can alarm by chance.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leversReport } from '../../studies/levers-report.ts';
import { leverNames, load, LOCK_IN, runLevers, type LeversStudy } from '../../studies/levers-runs.ts';

const SMALL = {
  overrides: [
    'cell.share=0.0001',
    'horizon.start=Tue 15:45',
    'horizon.warmUp=15min',
    'horizon.duration=15min',
  ],
  replications: 2,
};

interface ApiTier {
  readonly name: string;
  readonly arrivals: { readonly ratePerSecond: number };
  readonly revenue: Readonly<Record<string, number>>;
}

interface Chats {
  readonly workload: {
    readonly tiers: readonly {
      readonly name: string;
      readonly revenue: { readonly churn?: { readonly base: number } };
    }[];
  };
}

describe('the levers of price', () => {
  it.each([
    ['lever-price-cut', 0.9],
    ['lever-price-rise', 1.1],
  ])('%s moves prices and, by an elasticity of −1.11, what is asked for', (name, factor) => {
    const [before, after] = ['openai-2025', name].map((one) => load(one, []));
    for (const tier of ['api-committed', 'api-new']) {
      const [was, is] = [before!, after!].map(({ resolved }) => {
        const { tiers } = (JSON.parse(resolved) as { workload: { tiers: readonly ApiTier[] } }).workload;
        return tiers.find(({ name: one }) => one === tier)!;
      });
      for (const price of ['inputPerMillion', 'cachedInputPerMillion', 'outputPerMillion'])
        expect(is!.revenue[price]! / was!.revenue[price]!).toBeCloseTo(factor, 9);
      expect(is!.arrivals.ratePerSecond / was!.arrivals.ratePerSecond).toBeCloseTo(factor ** -1.11, 3);
    }
  });
});

describe('the levers on openai-2025', () => {
  let study: LeversStudy;
  beforeAll(() => {
    study = runLevers(SMALL, () => undefined, ['lever-outcomes', 'lever-tight-access']);
  }, 120_000);

  const differenceOf = (name: string, metric: string) =>
    study.levers.find((lever) => lever.name === name)!.differences.get(metric)!.mean!;

  it('are all in the published table', () => {
    const published = readFileSync(new URL('../../results/reference/levers.md', import.meta.url), 'utf8');
    expect(leverNames().length).toBeGreaterThan(0);
    for (const name of leverNames()) expect(published).toContain(`| \`${name}\` |`);
  });

  it('change no cost, for the fleet is rented and its price fixed', () => {
    for (const { name } of study.levers) expect(differenceOf(name, 'cost.perYear'), name).toBeCloseTo(0, 3);
  });

  it('earn what they change of revenue', () => {
    for (const { name } of study.levers)
      expect(differenceOf(name, 'margin.perYear'), name).toBeCloseTo(
        differenceOf(name, 'revenue.perYear'),
        0,
      );
  });

  it('by outcomes earn more with the same GPUs', () => {
    expect(differenceOf('lever-outcomes', 'revenue.perYear')).toBeGreaterThan(0);
  });

  describe('lock-in', () => {
    const lockIn = (metric: string) => study.lockIn.differences.get(metric)!;

    it('moves nothing within the day', () => {
      for (const metric of ['throughput.outputTokens', 'requests.served', 'revenue', 'cost'])
        expect(lockIn(metric).mean, metric).toBe(0);
    });

    it('leaves the baseline’s day as that of openai-2025', () => {
      for (const [metric, value] of study.baseline.values)
        expect(lockIn(metric).baseline, metric).toBe(value);
    });

    it('keeps in month 12 at most what 12 months of its churn keep, and more than churn of 5 % a month', () => {
      // Were all served well, of 36.4 M subscribers and 4.098 M who join a month 0.95^12 = 0.540 stay and
      // 4.098 × (1 − 0.540) ÷ 0.05 = 37.7 M of those who join: 57.3 M. At 0.966 % 0.890 stay: 32.4 + 46.7 = 79.1 M.
      const inMonth12 = (churn: number) => {
        const stay = (1 - churn) ** 12;
        return 36.4e6 * stay + (4.098e6 * (1 - stay)) / churn;
      };
      const { baseline, mean } = lockIn('subscribers.month12');
      expect(baseline!).toBeLessThanOrEqual(inMonth12(0.05));
      expect(mean!).toBeGreaterThan(0);
      expect(baseline! + mean!).toBeLessThanOrEqual(inMonth12(0.00966));
      expect(lockIn('revenue.month12').mean!).toBeGreaterThan(20 * mean!);
    });

    it('is what 11 % a year make of a month', () => {
      const { tiers } = (JSON.parse(load(LOCK_IN.lever, []).resolved) as Chats).workload;
      for (const name of ['pro', 'plus'])
        expect(tiers.find((one) => one.name === name)!.revenue.churn!.base).toBeCloseTo(
          1 - 0.89 ** (1 / 12),
          5,
        );
    });
  });

  it('are told in one table', () => {
    const report = leversReport(study);
    expect(report).toContain('| `lever-tight-access` |');
    expect(report).toContain('| `lever-lock-in` |');
    expect(report).not.toMatch(/NaN|undefined|Infinity/);
  });
});
