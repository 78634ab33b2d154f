/**
 * The levers study at a small scale: two levers, a quarter of an hour of the peak. What is checked holds in every
 * replication, so nothing here can alarm by chance.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leversReport } from './levers-report.ts';
import { leverNames, load, runLevers, type LeversStudy } from './levers-runs.ts';

const SMALL = {
  overrides: [
    'cell.share=0.0001',
    ...['horizon.start=Tue 15:45', 'horizon.warmUp=15min', 'horizon.duration=15min'],
  ],
  replications: 2,
};

interface ApiTier {
  readonly name: string;
  readonly arrivals: { readonly ratePerSecond: number };
  readonly revenue: Readonly<Record<string, number>>;
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

  it('are told in one table', () => {
    const report = leversReport(study);
    expect(report).toContain('| `lever-tight-access` |');
    expect(report).not.toMatch(/NaN|undefined|Infinity/);
  });
});
