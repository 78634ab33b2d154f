/** The income statement, by hand. */
import { describe, expect, test } from 'vitest';
import { auditMoney } from '../../src/economics/audit.ts';
import { gpuHours } from '../../src/economics/costs/index.ts';
import { measureMoney } from '../../src/economics/measure.ts';
import { incomeStatement } from '../../src/economics/income-statement.ts';
import type { PriceBook } from '../../src/economics/price-book.ts';
import { revenuePlans } from '../../src/economics/revenue/index.ts';
import { InvariantError } from '../../src/errors.ts';
import { Ledger } from '../../src/simulation/ledger.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';

const YEAR = 365.2425 * 86_400;

const pool = (name: string, gpus: number, busySeconds: number) => ({
  name,
  replicas: 1,
  gpus,
  concurrency: 1,
  busySeconds,
  servers: 1,
  kvTokenSeconds: 0,
  kvCapacityTokens: null,
  kvCapacityTokenSeconds: null,
  capacitySeconds: 7_200,
  gpuSeconds: gpus * 7_200,
  gpuSecondsByUse: { up: gpus * 7_200, failed: 0, maintenance: 0, switching: 0, training: 0 },
  steps: 0,
  sequences: 0,
  failures: 0,
  crewSeconds: 0,
  crews: null,
  hours: [],
});

/** Two hours; 8 GPUs busy a quarter of the time and 4 GPUs that idle; two tiers. */
function ledgerOf(): Ledger {
  const ledger = new Ledger({
    tiers: ['paid', 'free'],
    pools: [pool('main', 8, 1_800), pool('spare', 4, 0)],
    promised: [false, false],
    sessions: ['none', 'none'],
    window: { from: 0, to: 7_200 },
    startOfWeek: 0,
  });
  const add = (
    tier: number,
    at: number,
    inPool: number,
    completed: number,
    prompt: number,
    cached: number,
    output: number,
  ) => {
    const row = ledger.flowIndex(tier, inPool, at);
    ledger.flow.completed[row]! += completed;
    ledger.flow.promptTokens[row]! += prompt;
    ledger.flow.cachedTokens[row]! += cached;
    ledger.flow.outputTokens[row]! += output;
  };
  add(0, 0, 0, 10, 3e6, 1e6, 2e6);
  add(0, 5_000, 1, 5, 1e6, 0, 1e6);
  add(1, 5_000, 0, 4_000, 5e6, 0, 7e6);
  return ledger;
}

const paid = revenuePlans.create(
  { kind: 'per-token', inputPerMillion: 2, cachedInputPerMillion: 0.5, outputPerMillion: 8 },
  null,
);
const ads = revenuePlans.create({ kind: 'advertising', usdPerThousandRequests: 0.4 }, null);
const monthly = revenuePlans.create({ kind: 'subscription', usdPerMonth: 20 }, null);
const environment = { accelerator: null, ownedGpuHour: () => null };
const rented = gpuHours.create({ kind: 'rented', usdPerGpuHour: 3 }, environment);
/** Power only: 500 W idle and 1,500 W busy at 0.10 USD/kWh and a PUE of 1.2. */
const powered = gpuHours.create(
  {
    kind: 'owned',
    acceleratorUsd: 0,
    acceleratorLifeYears: 1,
    infrastructureUsd: 0,
    infrastructureLifeYears: 1,
    costOfCapitalPerYear: 0,
    opexUsdPerGpuHour: 0,
    electricityUsdPerKwh: 0.1,
    powerUsageEffectiveness: 1.2,
    idleWatts: 500,
    busyWatts: 1_500,
  },
  environment,
);

const RULE = {
  gpuHour: { kind: 'rented', usdPerGpuHour: 3 } as const,
  costs: {
    trainingUsdPerYear: 0,
    postTrainingUsdPerYear: 0,
    overheadUsdPerYear: 0,
    otherCostOfRevenueUsdPerYear: 0,
    otherServingGpus: 0,
  },
  otherRevenueUsdPerYear: 0,
};

const bookOf = (more: Partial<PriceBook> = {}): PriceBook => ({
  plans: [paid, ads],
  kinds: ['per-token', 'advertising'],
  credits: [null, null],
  tenants: [10, 1_000],
  share: 1,
  costs: { gpuHour: [rented, rented], rule: RULE },
  ...more,
});

describe('the income statement', () => {
  test('earns (2 × 2 + 1 × 0.5 + 2 × 8) + (1 × 2 + 1 × 8) = 30.5 dollars of tokens and 4 × 0.4 = 1.6 of adverts', () => {
    const statement = incomeStatement(ledgerOf(), bookOf());
    expect(statement.revenueByTier[0]).toBeCloseTo(30.5, 12);
    expect(statement.revenueByTier[1]).toBeCloseTo(1.6, 12);
    expect(statement.revenue).toBeCloseTo(32.1, 12);
    // By pool: 20.5 + 1.6 in the first, 10 in the second.
    expect(statement.useRevenueByPool[0]).toBeCloseTo(22.1, 12);
    expect(statement.useRevenueByPool[1]).toBeCloseTo(10, 12);
    expect(statement.outputTokens).toBe(10e6);
    expect(statement.tokens).toBe(19e6);
    expect(statement.gpuHours).toBe(24);
  });

  test('accrues a subscription over time: 1,000 × 20 dollars × 2 h of a twelfth of a year', () => {
    const { revenueByTier, revenue } = incomeStatement(ledgerOf(), bookOf({ plans: [null, monthly] }));
    expect(revenueByTier[0]).toBe(0);
    expect(revenueByTier[1]).toBeCloseTo((20_000 * 7_200) / (YEAR / 12), 9);
    expect(revenue).toBe(revenueByTier[1]);
  });

  test('spends 24 GPU-hours × 3 = 72 dollars of rent, of which 6 × 2 × 3 + 4 × 2 × 3 = 60 idle', () => {
    const { costs } = incomeStatement(ledgerOf(), bookOf());
    expect(costs!.lines.rent).toBeCloseTo(72, 12);
    // The first pool is busy 1,800 of 7,200 s: three quarters of its 16 GPU-hours are idle, and all 8 of the second.
    expect(costs!.idle).toBeCloseTo(12 * 3 + 8 * 3, 12);
    expect(costs!.serving).toBeCloseTo(72, 12);
    expect(costs!.total).toBeCloseTo(72, 12);
  });

  test('charges power by what GPUs do: idle and used hours together are the whole', () => {
    const book = bookOf({ costs: { gpuHour: [powered, powered], rule: RULE } });
    const { costs } = incomeStatement(ledgerOf(), book);
    // Busy: 4 GPU-hours × 1.5 kW; idle: 20 × 0.5 kW; 16 kWh × 0.10, and a fifth of that for cooling.
    expect(costs!.lines.electricity).toBeCloseTo(1.6, 12);
    expect(costs!.lines.cooling).toBeCloseTo(0.32, 12);
    expect(costs!.idle).toBeCloseTo(20 * 0.5 * 0.1 * 1.2, 12);
    expect(costs!.serving - costs!.idle).toBeCloseTo(4 * 1.5 * 0.1 * 1.2, 12);
  });

  test('takes the cell’s share of yearly sums and of GPUs that are not simulated', () => {
    const rule = {
      ...RULE,
      costs: {
        trainingUsdPerYear: 1e6,
        postTrainingUsdPerYear: 2e6,
        overheadUsdPerYear: 3e6,
        otherCostOfRevenueUsdPerYear: 4e6,
        otherServingGpus: 100,
      },
      otherRevenueUsdPerYear: 5e6,
    };
    const { costs, otherRevenue, revenue } = incomeStatement(
      ledgerOf(),
      bookOf({ share: 0.25, costs: { gpuHour: [rented, rented], rule } }),
    );
    const part = (0.25 * 7_200) / YEAR;
    expect(costs!.training).toBeCloseTo(1e6 * part, 9);
    expect(costs!.postTraining).toBeCloseTo(2e6 * part, 9);
    expect(costs!.overhead).toBeCloseTo(3e6 * part, 9);
    expect(costs!.otherCostOfRevenue).toBeCloseTo(4e6 * part, 9);
    // 25 GPUs for 2 h at 3 dollars.
    expect(costs!.otherServing).toBeCloseTo(150, 9);
    expect(costs!.serving).toBeCloseTo(72 + 150, 9);
    expect(costs!.costOfRevenue).toBeCloseTo(72 + 150 + 4e6 * part, 9);
    expect(costs!.total).toBeCloseTo(72 + 150 + 10e6 * part, 9);
    expect(otherRevenue).toBeCloseTo(5e6 * part, 9);
    expect(revenue).toBeCloseTo(32.1 + 5e6 * part, 9);
  });

  test('says nothing of cost where the scenario does not', () => {
    expect(incomeStatement(ledgerOf(), bookOf({ costs: null })).costs).toBeNull();
  });

  test('breaks when a plan earns by pools what it does not earn in all', () => {
    // A plan that pays a fee for any use at all pays it once in all and once in each pool: 2 dollars against 1.
    const fee = {
      fromUse: ({ completed }: { completed: number }) => (completed > 0 ? 1 : 0),
      overTime: () => 0,
    };
    expect(() => auditMoney(ledgerOf(), bookOf({ plans: [fee, null] }))).toThrow(
      /dollars by tier are dollars by pool and time/,
    );
    expect(() => auditMoney(ledgerOf(), bookOf({ plans: [fee, null] }))).toThrow(InvariantError);
  });
});

describe('money as measurements', () => {
  const text = (economics: string) => `
fleetyield: 1
name: money
horizon: { duration: 1h }
cell: { share: 0.5 }
workload:
  tiers:
    - { name: a, model: any, tenants: 8, arrivals: { kind: poisson, ratePerSecond: 1 }, revenue: { kind: subscription, usdPerMonth: 30 } }
    - { name: b, model: any, tenants: 2, arrivals: { kind: poisson, ratePerSecond: 1 }, revenue: { kind: advertising, usdPerThousandRequests: 5 } }
fleet: { pools: [{ name: main, model: any, gpusPerReplica: 4, replicas: 2, serving: { kind: slots, concurrency: 10, serviceTime: { kind: constant, value: 1s } } }] }
${economics}
`;
  const rent =
    'economics: { gpuHour: { kind: rented, usdPerGpuHour: 2 }, costs: { overheadUsdPerYear: 87658.2 } }';

  test('are the cell’s in the window, and the provider’s in a year', () => {
    const estimates = new Estimates(replications(scenarioOf(text(rent)), 2));
    // 4 GPUs for an hour at 2 dollars, and half of 10 dollars an hour: 8,765.82 hours make a year.
    expect(estimates.mean('cost.rent')).toBeCloseTo(8, 9);
    expect(estimates.mean('cost.overhead')).toBeCloseTo(5, 9);
    expect(estimates.mean('cost')).toBeCloseTo(13, 9);
    expect(estimates.mean('cost.perYear')).toBeCloseTo(13 * 2 * 8_765.82, 6);
    // 8 tenants of the provider × 30 dollars × 12 months.
    expect(estimates.mean('revenue.perYear', 'tier:a')).toBeCloseTo(8 * 30 * 12, 8);
    const adverts = (estimates.mean('throughput.requests', 'tier:b') * 3_600 * 5) / 1_000;
    expect(estimates.mean('revenue', 'tier:b')).toBeCloseTo(adverts, 9);
    const revenue = estimates.mean('revenue');
    expect(revenue).toBeCloseTo(estimates.mean('revenue', 'tier:a') + estimates.mean('revenue', 'tier:b'), 9);
    expect(estimates.mean('margin')).toBeCloseTo(revenue - 13, 9);
    expect(estimates.mean('margin.gross')).toBeCloseTo(revenue - 8, 9);
    expect(estimates.mean('revenue.perGpuHour')).toBeCloseTo(revenue / 4, 9);
    expect(estimates.mean('cost.perRevenue')).toBeCloseTo(13 / revenue, 9);
    expect(estimates.mean('cost.perGpuHour')).toBeCloseTo(2, 9);
    // Rent is paid busy or idle.
    expect(estimates.mean('contribution')).toBeCloseTo(revenue, 9);
  });

  test('tell what computing adds to standing idle', () => {
    // 4 GPUs that draw 1 kW more when busy, at 0.1 $/kWh and PUE 1.25: 0.5 dollars an hour of full use.
    const owned =
      'economics: { gpuHour: { kind: owned, acceleratorUsd: 0, acceleratorLifeYears: 5, infrastructureUsd: 0, infrastructureLifeYears: 10, costOfCapitalPerYear: 0, opexUsdPerGpuHour: 0, electricityUsdPerKwh: 0.1, powerUsageEffectiveness: 1.25, idleWatts: 200, busyWatts: 1200 } }';
    const estimates = new Estimates(replications(scenarioOf(text(owned)), 1));
    const variable = 0.5 * estimates.mean('utilisation.busy');
    expect(variable).toBeGreaterThan(0.01);
    expect(estimates.mean('cost.variable')).toBeCloseTo(variable, 9);
    expect(estimates.mean('contribution')).toBeCloseTo(estimates.mean('revenue') - variable, 9);
  });

  test('of a pool are what its use earned and its GPUs cost: 22.1 − 48 dollars of main, a quarter of it used; 10 − 24 of spare', () => {
    const measured = measureMoney(ledgerOf(), bookOf(), false);
    const of = (metric: string, pool: string) => {
      const found = measured.find(
        (one) => one.scope === `pool:${pool}` && one.metric === metric,
      )?.observation;
      return found?.kind === 'value' ? found.value : undefined;
    };
    // (2 × 2 + 1 × 0.5 + 2 × 8) + 1.6 of adverts, and 1 × 2 + 1 × 8.
    expect(of('revenue', 'main')).toBeCloseTo(22.1, 9);
    expect(of('revenue', 'spare')).toBeCloseTo(10, 9);
    expect(of('cost.serving', 'main')).toBeCloseTo(48, 9);
    expect(of('cost.serving.used', 'main')).toBeCloseTo(12, 9);
    expect(of('cost.serving.idle', 'spare')).toBeCloseTo(24, 9);
    expect(of('margin.serving', 'main')).toBeCloseTo(22.1 - 48, 9);
    expect(of('margin.serving', 'spare')).toBeCloseTo(10 - 24, 9);
    expect(of('cost.serving.perYear', 'spare')).toBeCloseTo(24 * (8_765.82 / 2), 6);
    expect(of('revenue', 'other')).toBeUndefined();
  });

  test('by hour add up to the window', () => {
    const long = text(rent).replace('duration: 1h', 'duration: 3h');
    const estimates = new Estimates(replications(scenarioOf(long), 1, { byHour: true }));
    const hours = [0, 1, 2].map((hour) => estimates.mean('revenue', `hour:${hour}`));
    expect(Math.min(...hours)).toBeGreaterThan(0);
    expect(hours[0]! + hours[1]! + hours[2]!).toBeCloseTo(estimates.mean('revenue'), 9);
  });

  test('are left out where nothing has a price', () => {
    const bare = text('').replace(/, revenue: \{[^}]*\}/g, '');
    expect(
      new Estimates(replications(scenarioOf(bare), 1)).all.some(({ unit }) => unit.startsWith('USD')),
    ).toBe(false);
    const priced = new Estimates(replications(scenarioOf(text('')), 1));
    expect(priced.mean('revenue')).toBeGreaterThan(0);
    expect(() => priced.of('cost')).toThrow();
  });
});
