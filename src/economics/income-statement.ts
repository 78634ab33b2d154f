/**
 * The income statement of one replication: ledger × price book → dollars of the cell in the measured window. It knows
 * earnings and costs; years, providers and confidence are added by the caller.
 */
import type { Ledger, PoolRecord } from '../simulation/ledger.ts';
import { sumOf } from '../stats/index.ts';
import { SECONDS_PER_HOUR, SECONDS_PER_YEAR } from '../units.ts';
import { shareOfPools } from './allocation.ts';
import { NO_LINES, totalPerGpuHour, type GpuHourCost, type GpuHourLines } from './costs/index.ts';
import type { PriceBook } from './price-book.ts';
import { revenueOfTiers } from './tier-revenue.ts';

/** US dollars of the cell in the window, and the GPU-hours and tokens behind them. */
export interface IncomeStatement {
  /** Revenue by tier, net of credits, and revenue that belongs to no tier. */
  readonly revenueByTier: readonly number[];
  readonly otherRevenue: number;
  readonly revenue: number;
  /** Credits by tier, zero or negative; part of the tier's revenue. */
  readonly creditsByTier: readonly number[];
  /** The tiers' revenue split into what use earned, in total and by pool, and what accrued over time. */
  readonly useRevenue: number;
  readonly useRevenueByPool: readonly number[];
  readonly accruedRevenue: number;
  /** GPU-hours available for serving: training is not a cost of serving. */
  readonly gpuHours: number;
  readonly outputTokens: number;
  readonly tokens: number;
  /** `null` when the scenario has no costs. */
  readonly costs: Costs | null;
}

export interface Costs {
  /** Cost lines of the pools' GPU-hours, used and idle together. */
  readonly lines: GpuHourLines;
  /** Serving cost of each pool, in total and idle, and the variable part that is incurred only because GPUs compute. */
  readonly byPool: readonly { readonly spent: number; readonly idle: number; readonly variable: number }[];
  /** The cost of the pools' idle GPU-hours, and of the used ones. */
  readonly idle: number;
  readonly used: number;
  /** The used part by tier, and that of pools in which no request ended. */
  readonly usedByTier: readonly number[];
  readonly usedByNone: number;
  /** GPU-hours used, out of those of the pools. */
  readonly usedGpuHours: number;
  /** The cost of GPUs which serve traffic that is not simulated. */
  readonly otherServing: number;
  /** The cost of the pools and of the other serving GPUs. */
  readonly serving: number;
  /**
   * The part of the pools' cost that is incurred because GPUs compute instead of idling: power, its cooling, and wear.
   */
  readonly variable: number;
  readonly variableByTier: readonly number[];
  /** Payment fees, support, partners. */
  readonly otherCostOfRevenue: number;
  /** Cost of serving and other cost of revenue. */
  readonly costOfRevenue: number;
  readonly training: number;
  readonly postTraining: number;
  readonly overhead: number;
  readonly total: number;
}

export function incomeStatement(ledger: Ledger, book: PriceBook): IncomeStatement {
  const { pools, window } = ledger.shape;
  const seconds = window.to - window.from;
  const ofTiers = revenueOfTiers(ledger, book);
  const revenueByTier = ofTiers.map(({ total }) => total);
  const ofCellInWindow = (usdPerYear: number) => (usdPerYear * book.share * seconds) / SECONDS_PER_YEAR;
  const otherRevenue = ofCellInWindow(book.costs?.rule.otherRevenueUsdPerYear ?? 0);
  const revenue = sumOf(revenueByTier) + otherRevenue;
  return {
    revenueByTier,
    otherRevenue,
    revenue,
    creditsByTier: ofTiers.map(({ credits }) => credits),
    useRevenue: sumOf(ofTiers.map(({ fromUse }) => fromUse(null, null))),
    accruedRevenue: sumOf(ofTiers.map(({ overTime }) => overTime(seconds))),
    useRevenueByPool: pools.map((_, pool) => sumOf(ofTiers.map(({ fromUse }) => fromUse(pool, null)))),
    gpuHours: sumOf(pools.map(servingGpuSeconds)) / SECONDS_PER_HOUR,
    outputTokens: ledger.flowTotal('outputTokens', null, null),
    tokens: ledger.flowTotal('outputTokens', null, null) + ledger.flowTotal('promptTokens', null, null),
    costs: book.costs === null ? null : costsOf(ledger, book.share, book.costs, revenue, ofCellInWindow),
  };
}

/** GPU time of a pool except training: up, out of service, or switching [GPU s]. */
const servingGpuSeconds = ({ gpuSeconds, gpuSecondsByUse }: PoolRecord): number =>
  gpuSeconds - gpuSecondsByUse.training;

function costsOf(
  ledger: Ledger,
  share: number,
  { gpuHour, rule: { costs: rule } }: NonNullable<PriceBook['costs']>,
  revenue: number,
  ofCellInWindow: (usdPerYear: number) => number,
): Costs {
  const { pools, window, tiers } = ledger.shape;
  const seconds = window.to - window.from;
  const ofPools = pools.map((pool, index) => poolCost(ledger, pool, gpuHour[index]!));
  const shares = shareOfPools(ledger);
  const sum = (of: (cost: PoolCost) => number, from = 0) =>
    ofPools.reduce((total, cost) => total + of(cost), from);
  const toTiers = (of: (cost: PoolCost) => number) =>
    tiers.map((_, tier) => sumOf(ofPools.map((cost, pool) => of(cost) * shares[pool]![tier]!)));
  const gpus = pools.reduce((total, pool) => total + servingGpuSeconds(pool) / seconds, 0);
  const dollars = sum(({ spent }) => spent);
  // GPUs that are not simulated cost as much as an average GPU of the pools.
  const otherServing = (dollars / gpus) * rule.otherServingGpus * share;
  const serving = dollars + otherServing;
  const otherCostOfRevenue = ofCellInWindow(rule.otherCostOfRevenueUsdPerYear);
  const training =
    sum((cost) => cost.training, ofCellInWindow(rule.trainingUsdPerYear)) +
    revenue * (rule.trainingShareOfRevenue ?? 0);
  const postTraining =
    ofCellInWindow(rule.postTrainingUsdPerYear) + revenue * (rule.postTrainingShareOfRevenue ?? 0);
  const { elasticity, revenueUsdPerYear } = rule.overheadGrowth ?? { elasticity: 0, revenueUsdPerYear: 1 };
  const growth = elasticity === 0 ? 1 : (revenue / ofCellInWindow(revenueUsdPerYear)) ** elasticity;
  const overhead =
    ofCellInWindow(rule.overheadUsdPerYear) * growth + revenue * (rule.overheadShareOfRevenue ?? 0);
  return {
    byPool: ofPools.map(({ spent, idle, variable }) => ({ spent, idle, variable })),
    lines: ofPools.reduce((all, cost) => addLines(all, cost.lines, 1, 1), NO_LINES),
    idle: sum((cost) => cost.idle),
    used: sum((cost) => cost.used),
    usedByTier: toTiers((cost) => cost.used),
    usedByNone: sumOf(ofPools.filter((_, pool) => sumOf(shares[pool]!) === 0).map(({ used }) => used)),
    usedGpuHours: sum((cost) => cost.usedGpuHours),
    otherServing,
    serving,
    variable: sum((cost) => cost.variable),
    variableByTier: toTiers((cost) => cost.variable),
    otherCostOfRevenue,
    costOfRevenue: serving + otherCostOfRevenue,
    training,
    postTraining,
    overhead,
    total: sumOf([serving, otherCostOfRevenue, training, postTraining, overhead]),
  };
}

/** The cost of a pool's GPUs in the window [USD]. */
interface PoolCost {
  /** Cost lines of the serving GPUs: idle and used together. */
  readonly lines: GpuHourLines;
  readonly spent: number;
  readonly idle: number;
  readonly used: number;
  readonly usedGpuHours: number;
  readonly variable: number;
  readonly training: number;
}

/** A period with one tariff, and how the GPUs of a pool were used in it. */
interface Span {
  readonly tariff: number;
  readonly busySeconds: number;
  /** The part of the window's in-service server time that falls in this period. */
  readonly capacitySeconds: number;
  readonly servingGpuSeconds: number;
  readonly gpuSecondsByUse: PoolRecord['gpuSecondsByUse'];
}

function spansOf(ledger: Ledger, pool: PoolRecord, { tariff }: GpuHourCost): readonly Span[] {
  if (tariff === undefined) return [{ ...pool, tariff: 1, servingGpuSeconds: servingGpuSeconds(pool) }];
  const { up } = pool.gpuSecondsByUse;
  return pool.hours.map(({ busySeconds, gpuSecondsByUse: uses }, hour) => ({
    tariff: tariff[ledger.hourOfWeek(hour)]!,
    busySeconds,
    capacitySeconds: up === 0 ? 0 : pool.capacitySeconds * (uses.up / up),
    servingGpuSeconds: uses.up + uses.failed + uses.maintenance + uses.switching,
    gpuSecondsByUse: uses,
  }));
}

function poolCost(ledger: Ledger, pool: PoolRecord, cost: GpuHourCost): PoolCost {
  let lines = NO_LINES;
  let [spent, idle, usedGpuHours, variable, training] = [0, 0, 0, 0, 0];
  for (const span of spansOf(ledger, pool, cost)) {
    const { busySeconds, capacitySeconds, gpuSecondsByUse: uses } = span;
    const priced = (busyShare: number) => addLines(NO_LINES, cost.perGpuHour(busyShare), 1, span.tariff);
    training += (totalPerGpuHour(priced(1)) * uses.training) / SECONDS_PER_HOUR;
    // GPUs out of service count as idle; GPUs taken back cost nothing.
    const paidSeconds = span.servingGpuSeconds - (cost.freeWhileFailed === true ? uses.failed : 0);
    if (paidSeconds === 0) continue;
    const busyShare = Math.min(
      1,
      (capacitySeconds === 0 ? 0 : busySeconds / capacitySeconds) * (uses.up / paidSeconds),
    );
    const gpuHours = paidSeconds / SECONDS_PER_HOUR;
    const perHour = priced(busyShare);
    const whenIdle = totalPerGpuHour(priced(0));
    lines = addLines(lines, perHour, gpuHours, 1);
    spent += totalPerGpuHour(perHour) * gpuHours;
    idle += whenIdle * gpuHours * (1 - busyShare);
    usedGpuHours += gpuHours * busyShare;
    variable += (totalPerGpuHour(perHour) - whenIdle) * gpuHours;
  }
  return { lines, spent, idle, used: spent - idle, usedGpuHours, variable, training };
}

/** Adds lines for a number of hours, with electricity and cooling at another tariff. */
function addLines(lines: GpuHourLines, more: GpuHourLines, hours: number, tariff: number): GpuHourLines {
  return {
    rent: lines.rent + more.rent * hours,
    accelerator: lines.accelerator + more.accelerator * hours,
    infrastructure: lines.infrastructure + more.infrastructure * hours,
    costOfCapital: lines.costOfCapital + more.costOfCapital * hours,
    opex: lines.opex + more.opex * hours,
    electricity: lines.electricity + more.electricity * hours * tariff,
    cooling: lines.cooling + more.cooling * hours * tariff,
  };
}
