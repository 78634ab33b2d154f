/**
 * The income statement of one replication: ledger × price book → dollars of the cell in the measured window. It knows
 * what was earned and spent; years, providers and confidence are added by whoever reads it.
 */
import { InvariantError } from '../errors.ts';
import type { Ledger } from '../simulation/ledger.ts';
import { sumOf } from '../stats/index.ts';
import { SECONDS_PER_HOUR, SECONDS_PER_YEAR } from '../units.ts';
import { totalPerGpuHour, type GpuHourLines } from './costs/index.ts';
import type { PriceBook } from './price-book.ts';

/** US dollars of the cell in the window, and the GPU-hours and tokens behind them. */
export interface IncomeStatement {
  /** Revenue by tier, and that which belongs to none. */
  readonly revenueByTier: readonly number[];
  readonly otherRevenue: number;
  readonly revenue: number;
  /** Of the revenue, what was earned by use in each pool. */
  readonly useRevenueByPool: readonly number[];
  readonly gpuHours: number;
  readonly outputTokens: number;
  readonly tokens: number;
  /** `null` when the scenario says nothing of cost. */
  readonly costs: Costs | null;
}

export interface Costs {
  /** GPU-hours by line: used and idle together. */
  readonly lines: GpuHourLines;
  /** Of the pools' GPU-hours, the part in which nothing ran. */
  readonly idle: number;
  /** GPUs that serve what is not simulated. */
  readonly otherServing: number;
  /** GPU-hours of the pools and of the others that serve. */
  readonly serving: number;
  /** Of the pools' cost, what is spent because they compute instead of standing idle: power and its cooling. */
  readonly variable: number;
  /** Payment fees, support, partners. */
  readonly otherCostOfRevenue: number;
  /** Cost of serving and other cost of revenue. */
  readonly costOfRevenue: number;
  readonly training: number;
  readonly postTraining: number;
  readonly overhead: number;
  readonly total: number;
}

/** Sums of the same dollars in another order differ by rounding only. */
const ROUNDING = 1e-9;

/** What a tier earns by use, in a pool or an hour of the window or in all (`null`) [USD]. */
function fromUse(
  ledger: Ledger,
  book: PriceBook,
  tier: number,
  pool: number | null,
  hour: number | null,
): number {
  const plan = book.plans[tier];
  if (plan === null || plan === undefined) return 0;
  const total = (counter: keyof Ledger['flow']) => ledger.flowTotal(counter, tier, pool, hour);
  return plan.fromUse({
    completed: total('completed'),
    promptTokens: total('promptTokens'),
    cachedTokens: total('cachedTokens'),
    outputTokens: total('outputTokens'),
    cancelledPromptTokens: total('cancelledPromptTokens'),
    cancelledCachedTokens: total('cancelledCachedTokens'),
    cancelledOutputTokens: total('cancelledOutputTokens'),
  });
}

/** Revenue of the tiers in an hour of the window [USD]: of what was completed in it, and accrued over it. */
export function revenueInHour(ledger: Ledger, book: PriceBook, hour: number): number {
  return sumOf(ledger.shape.tiers.map((_, tier) => revenueOfTierInHour(ledger, book, tier, hour)));
}

/** The part of it that one tier brings [USD]. */
export function revenueOfTierInHour(ledger: Ledger, book: PriceBook, tier: number, hour: number): number {
  const accrued = book.plans[tier]?.overTime(book.tenants[tier]!, ledger.secondsInHour(hour)) ?? 0;
  return fromUse(ledger, book, tier, null, hour) + accrued;
}

/** Throws `InvariantError` when dollars by tier are not dollars by pool and time. */
export function incomeStatement(ledger: Ledger, book: PriceBook): IncomeStatement {
  const { tiers, pools, window } = ledger.shape;
  const seconds = window.to - window.from;
  const earned = (tier: number, pool: number | null) => fromUse(ledger, book, tier, pool, null);
  const accrued = tiers.map((_, tier) => book.plans[tier]?.overTime(book.tenants[tier]!, seconds) ?? 0);
  const revenueByTier = tiers.map((_, tier) => earned(tier, null) + accrued[tier]!);
  const useRevenueByPool = pools.map((_, pool) => sumOf(tiers.map((_name, tier) => earned(tier, pool))));
  const ofCellInWindow = (usdPerYear: number) => (usdPerYear * book.share * seconds) / SECONDS_PER_YEAR;
  const otherRevenue = ofCellInWindow(book.costs?.rule.otherRevenueUsdPerYear ?? 0);
  const byTier = sumOf(revenueByTier);
  const byPool = sumOf([...useRevenueByPool, ...accrued]);
  if (Math.abs(byTier - byPool) > ROUNDING * Math.max(1, byTier)) {
    throw new InvariantError(`dollars by tier (${byTier}) are not dollars by pool and time (${byPool})`);
  }
  return {
    revenueByTier,
    otherRevenue,
    revenue: byTier + otherRevenue,
    useRevenueByPool,
    gpuHours: (sumOf(pools.map(({ gpus }) => gpus)) * seconds) / SECONDS_PER_HOUR,
    outputTokens: ledger.flowTotal('outputTokens', null, null),
    tokens: ledger.flowTotal('outputTokens', null, null) + ledger.flowTotal('promptTokens', null, null),
    costs: book.costs === null ? null : costsOf(ledger, book.share, book.costs, ofCellInWindow),
  };
}

function costsOf(
  ledger: Ledger,
  share: number,
  { gpuHour, rule }: NonNullable<PriceBook['costs']>,
  ofCellInWindow: (usdPerYear: number) => number,
): Costs {
  const { pools, window } = ledger.shape;
  const seconds = window.to - window.from;
  const sums = {
    rent: 0,
    accelerator: 0,
    infrastructure: 0,
    costOfCapital: 0,
    opex: 0,
    electricity: 0,
    cooling: 0,
  };
  let idle = 0;
  let variable = 0;
  let gpus = 0;
  let dollars = 0;
  let training = ofCellInWindow(rule.costs.trainingUsdPerYear);
  pools.forEach((pool, index) => {
    const inTraining = pool.gpuSecondsByUse.training;
    const serving = pool.gpuSeconds - inTraining;
    training += (totalPerGpuHour(gpuHour[index]!.perGpuHour(1)) * inTraining) / SECONDS_PER_HOUR;
    if (serving === 0) return;
    // What is out of service is as idle as what has nothing to do.
    const inService = pool.gpuSecondsByUse.up / serving;
    const busyShare = Math.min(
      1,
      (pool.capacitySeconds === 0 ? 0 : pool.busySeconds / pool.capacitySeconds) * inService,
    );
    const lines = gpuHour[index]!.perGpuHour(busyShare);
    const gpuHours = serving / SECONDS_PER_HOUR;
    for (const key of Object.keys(sums) as (keyof GpuHourLines)[]) sums[key] += lines[key] * gpuHours;
    const idlePerGpuHour = totalPerGpuHour(gpuHour[index]!.perGpuHour(0));
    idle += idlePerGpuHour * gpuHours * (1 - busyShare);
    variable += (totalPerGpuHour(lines) - idlePerGpuHour) * gpuHours;
    gpus += serving / seconds;
    dollars += totalPerGpuHour(lines) * gpuHours;
  });
  // GPUs that are not simulated cost what an average GPU of the pools costs.
  const otherServing = (dollars / gpus) * rule.costs.otherServingGpus * share;
  const serving = dollars + otherServing;
  const otherCostOfRevenue = ofCellInWindow(rule.costs.otherCostOfRevenueUsdPerYear);
  const postTraining = ofCellInWindow(rule.costs.postTrainingUsdPerYear);
  const overhead = ofCellInWindow(rule.costs.overheadUsdPerYear);
  return {
    lines: sums,
    idle,
    otherServing,
    serving,
    variable,
    otherCostOfRevenue,
    costOfRevenue: serving + otherCostOfRevenue,
    training,
    postTraining,
    overhead,
    total: sumOf([serving, otherCostOfRevenue, training, postTraining, overhead]),
  };
}
