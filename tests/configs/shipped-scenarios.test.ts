/** Every scenario that ships is read, simulated and audited; the long ones for an hour of their day. */
import { describe, expect, it } from 'vitest';
import { metricsOf } from '../../src/experiments/metric-names.ts';
import { replicate } from '../../src/experiments/replicate.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { loadScenario } from '../../src/files/scenario-files.ts';
import { shippedScenarios } from '../../src/files/shipped-scenarios.ts';
import { Estimates } from '../helpers/scenario.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';

const catalog = readCatalog();

const TRACE = 'data/traces/azure2023_conv.csv.gz';

/** An hour at the peak of demand. */
const PEAK = ['horizon.start=Tue 15:30', 'horizon.warmUp=30min', 'horizon.duration=1h'] as const;

/** What is changed so that a test can run a scenario: shorter, or with the trace where the workplace has it. */
const OVERRIDES: Readonly<Record<string, readonly string[]>> = {
  'azure-replay': [`workload.tiers[conversation].arrivals.file=${sharedPath(TRACE)}`],
  'failed-rack': ['horizon.start=Tue 16:40', 'horizon.warmUp=15min', 'horizon.duration=1h'],
  'night-training': ['horizon.start=Tue 01:30', 'horizon.duration=4h'],
  'erlang-c': ['horizon.duration=2000s'],
  rollout: ['horizon.duration=2h'],
  valleys: ['horizon.duration=4h'],
  'openai-2023': ['cell.share=0.002', ...PEAK],
  'openai-2024': PEAK,
  'openai-cy2025-accrual': PEAK,
  'anthropic-2025': PEAK,
  'openai-2025': PEAK,
  'openai-2025-churn': ['cell.share=0.0001', ...PEAK],
  'post-claims': PEAK,
};

/** A lever is a change of openai-2025: half of its cell, at the peak. */
const LEVER = ['cell.share=0.0001', ...PEAK] as const;

const load = (name: string) =>
  loadScenario(
    {
      path: shippedScenarios().find((one) => one.name === name)!.path,
      overrides: OVERRIDES[name] ?? (name.startsWith('lever-') ? LEVER : []),
    },
    catalog,
  );

describe('the shipped scenarios', () => {
  for (const { name } of shippedScenarios()) {
    it.skipIf(name === 'azure-replay' && !hasShared(TRACE))(`${name} runs, and its books balance`, () => {
      const scenario = load(name);
      const result = replicate(scenario, '1', 0, { byHour: false });
      const estimates = new Estimates([result]);
      const outcomes = ['served', 'limited', 'shed', 'abandoned', 'failed', 'unfinished'];
      // And it is measured by what was foretold.
      expect(metricsOf(scenario, false)).toEqual(
        result.measurements.map(({ scope, metric }) => ({ scope, metric })),
      );
      expect(result.audit.every(({ passed }) => passed)).toBe(true);
      expect(estimates.mean('requests.arrived')).toBeGreaterThan(0);
      expect(outcomes.reduce((sum, outcome) => sum + estimates.mean(`requests.${outcome}`), 0)).toBe(
        estimates.mean('requests.arrived'),
      );
    });
  }
});

describe('openai-2025 in the hours of its peak', () => {
  const estimates = new Estimates([replicate(load('openai-2025'), '1', 0, { byHour: false })]);
  const share = (outcome: string, tier: string) => estimates.mean(`share.${outcome}`, `tier:${tier}`);

  it('serves paying and committed customers, downgrades free ones and turns new API demand away', () => {
    // The order of loss the provider declared (row 3.9): new API, then free, then committed API, then paid.
    expect(share('served', 'plus')).toBeGreaterThan(0.95);
    expect(share('served', 'api-committed')).toBeGreaterThan(0.99);
    expect(share('degraded', 'free')).toBeGreaterThan(0.5);
    expect(share('served', 'free')).toBeLessThan(share('served', 'plus'));
    expect(share('served', 'api-new')).toBeLessThan(share('served', 'free'));
    expect(share('shed', 'api-new')).toBeGreaterThan(0);
  });

  it('costs what its fleet and its accounts say, whatever it serves', () => {
    // 451,250 GPUs × 2.63 USD × 8,765.82 h = 10.403 B; with 2.24 + 9.31 + 2.19 + 12.66 B that is 36.80 B a year.
    const serving = 451_250 * 2.63 * 365.2425 * 24;
    expect(estimates.mean('cost.serving.perYear')).toBeCloseTo(serving, -3);
    expect(estimates.mean('cost.perYear')).toBeCloseTo(serving + (2.24 + 9.31 + 2.19 + 12.66) * 1e9, -3);
  });
});

describe('the accounts of a preset', () => {
  // Revenue is a matter of the day; costs follow from GPUs × price × 8,765.82 hours and the stated sums [B USD a year].
  it.each([
    ['openai-2023', 28_600 * 2.63, 0.22 + 1.65 + 1.61],
    ['openai-2024', 85_700 * 2.63, 0.66 + 4.94 + 4.82],
    ['openai-cy2025-accrual', 268_375 * 2.63, 2.57 + 19.18 + 6.04],
    ['anthropic-2025', 157_000 * 1.78, 0.25 + 4.1 + 2.9],
  ])('%s add up to what its accounts say', (name, usdPerHour, others) => {
    const estimates = new Estimates([replicate(load(name), '1', 0, { byHour: false })]);
    expect(estimates.mean('cost.perYear') / 1e9).toBeCloseTo((usdPerHour * 365.2425 * 24) / 1e9 + others, 6);
  });

  it('of calendar 2025 are the audited 34.0 B, those of Anthropic the reported 9.7 B', () => {
    expect((268_375 * 2.63 * 365.2425 * 24) / 1e9 + 2.57 + 19.18 + 6.04).toBeCloseTo(34, 1);
    expect((157_000 * 1.78 * 365.2425 * 24) / 1e9 + 0.25 + 4.1 + 2.9).toBeCloseTo(9.7, 2);
  });
});

describe('failed-rack in the hour without it', () => {
  const estimates = new Estimates([replicate(load('failed-rack'), '1', 0, { byHour: false })]);
  const served = (tier: string) => estimates.mean('share.served', `tier:${tier}`);

  it('is felt in the order of priorities: by free customers first, by enterprises hardly', () => {
    expect(served('enterprise')).toBeGreaterThan(0.98);
    expect(served('plus')).toBeGreaterThan(served('free'));
    expect(served('free')).toBeLessThan(0.8);
    expect(estimates.mean('interruptions')).toBeGreaterThan(0);
    // From 16:55 to 17:55 two of five replicas are out for all but five minutes: 1 − 2 ÷ 5 × 55 ÷ 60.
    expect(estimates.mean('availability')).toBeCloseTo(1 - (2 / 5) * (55 / 60), 9);
  });
});

describe('night-training from 01:30 to 05:30', () => {
  it('has half of its GPUs in training once they are switched', () => {
    const estimates = new Estimates([replicate(load('night-training'), '1', 0, { byHour: false })]);
    // From 03:00 and ten minutes on at the earliest; the last request ends within a quarter of an hour.
    const trained = estimates.mean('gpuHours.training');
    expect(trained).toBeLessThan(8 * (2.5 - 10 / 60));
    expect(trained).toBeGreaterThan(8 * (2.5 - 25 / 60));
    expect(estimates.mean('cost.training')).toBeCloseTo(2.5 * trained, 6);
    // 16 GPUs for four hours, whatever they do.
    const uses = ['serving', 'idle', 'failed', 'maintenance', 'switching', 'training'];
    expect(uses.reduce((sum, use) => sum + estimates.mean(`gpuHours.${use}`), 0)).toBeCloseTo(64, 6);
    // What trains is in no cost of serving: an hour of a GPU that serves costs its rent, whoever else trains.
    expect(estimates.mean('cost.serving')).toBeCloseTo(2.5 * (64 - trained), 6);
    expect(estimates.mean('cost.perGpuHour')).toBeCloseTo(2.5, 9);
    const revenue = estimates.mean('revenue');
    expect(estimates.mean('revenue.perGpuHour')).toBeCloseTo(revenue / (64 - trained), 9);
  });
});

describe('quota-day', () => {
  const estimates = new Estimates([replicate(load('quota-day'), '1', 0, { byHour: false })]);
  const share = (name: string, tier: string) => estimates.mean(`share.${name}`, `tier:${tier}`);

  it('downgrades at the caps of ChatGPT and refuses at those of Claude', () => {
    for (const tier of ['free', 'plus']) {
      expect(share('degraded', tier), tier).toBeGreaterThan(0.02);
      expect(share('limited', tier), tier).toBe(0);
    }
    expect(share('degraded', 'claude-pro')).toBe(0);
    expect(share('limited', 'claude-pro')).toBeGreaterThan(0.02);
  });

  it('meets those who send much: demand of the same size spread evenly is hardly limited', () => {
    const { path } = shippedScenarios().find((one) => one.name === 'quota-day')!;
    const overrides = ['free', 'plus', 'claude-pro'].map(
      (tier) => `workload.tiers[${tier}].activity={ kind: equal }`,
    );
    const even = new Estimates([
      replicate(loadScenario({ path, overrides }, catalog), '1', 0, { byHour: false }),
    ]);
    const lost = (of: Estimates) => of.mean('share.limited') + of.mean('share.degraded');
    expect(lost(even)).toBeLessThan(0.2 * lost(estimates));
  });
});

describe('post-claims', () => {
  it('adds up to the claimed cost and the claimed split', () => {
    const estimates = new Estimates([replicate(load('post-claims'), '1', 0, { byHour: false })]);
    const perYear = (metric: string) => estimates.mean(`${metric}.perYear`);
    const cost = perYear('cost');
    // 950,000 GPUs × 66.6 % × 3.96 USD × 8,765.82 h = 21.96 B of 37.5 B.
    expect(cost / 1e9).toBeGreaterThan(35);
    expect(cost / 1e9).toBeLessThan(40);
    expect(perYear('cost.serving') / cost).toBeGreaterThan(0.55);
    expect(perYear('cost.serving') / cost).toBeLessThan(0.65);
    expect(perYear('cost.training') / cost).toBeGreaterThan(0.2);
    expect(perYear('cost.training') / cost).toBeLessThan(0.25);
    expect(perYear('cost.postTraining') / cost).toBeGreaterThan(0.05);
    expect(perYear('cost.postTraining') / cost).toBeLessThan(0.1);
    expect(perYear('cost.overhead') / cost).toBeGreaterThan(0.1);
    expect(perYear('cost.overhead') / cost).toBeLessThan(0.15);
  });
});
