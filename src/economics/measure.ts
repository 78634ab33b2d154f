/**
 * Money as measurements: the lines of the income statement, as dollars of the cell in the window and, with `.perYear`,
 * of the provider in a year at the window's pace.
 */
import type { Ledger } from '../simulation/ledger.ts';
import type { Measurement, Observation } from '../stats/index.ts';
import { SECONDS_PER_YEAR, TOKENS_PER_MILLION } from '../units.ts';
import type { GpuHourLines } from './costs/index.ts';
import { incomeStatement, revenueInHour, type Costs, type IncomeStatement } from './income-statement.ts';
import type { PriceBook } from './price-book.ts';

/** One line a name; the order is that of a statement. Dollars unless said otherwise. */
export const MONEY_METRICS = {
  revenue: 'Revenue earned in the window.',
  'revenue.other': 'Revenue that no tier of the scenario brings.',
  cost: 'All costs: of serving, training, post-training and overhead.',
  'cost.serving': 'Cost of serving: GPU-hours busy and idle, of the pools and of other serving GPUs.',
  'cost.serving.idle': 'Of the cost of serving, GPU-hours in which nothing ran.',
  'cost.variable': 'Of the cost of the pools, what computing adds to standing idle: power and its cooling.',
  'cost.serving.other': 'Of the cost of serving, GPUs that serve what is not simulated.',
  'cost.rent': 'Rented GPU-hours.',
  'cost.accelerator': 'Depreciation of accelerators.',
  'cost.infrastructure': 'Depreciation of building and plant.',
  'cost.costOfCapital': 'Cost of the capital bound.',
  'cost.opex': 'Running cost beside electricity.',
  'cost.electricity': 'Electricity of the machines.',
  'cost.cooling': 'Electricity of cooling and distribution.',
  'cost.otherOfRevenue': 'Cost of revenue beside GPUs.',
  'cost.training': 'Training.',
  'cost.postTraining': 'Post-training.',
  'cost.overhead': 'Everything else.',
  contribution: 'Revenue − variable cost: what is left to pay for GPUs that stand there in any case.',
  'margin.gross': 'Revenue − cost of serving − other cost of revenue.',
  margin: 'Revenue − all costs; below zero it is the burn.',
} as const;

type MoneyMetric = keyof typeof MONEY_METRICS;

export const MONEY_RATIOS = {
  'revenue.perGpuHour': {
    unit: 'USD/GPU-hour',
    summary: 'Revenue of the tiers ÷ GPU-hours of the pools that do not train.',
  },
  'cost.perGpuHour': {
    unit: 'USD/GPU-hour',
    summary: 'Cost of the pools ÷ their GPU-hours; training is in neither.',
  },
  'cost.perMillionTokens': {
    unit: 'USD/million tokens',
    summary: 'Cost of the pools ÷ prompt and output tokens.',
  },
  'cost.perMillionOutputTokens': {
    unit: 'USD/million tokens',
    summary: 'Cost of the pools ÷ output tokens.',
  },
  'cost.perRevenue': { unit: '1', summary: 'All costs ÷ revenue; above 1 the provider burns money.' },
  'margin.grossShare': {
    unit: '1',
    summary: '(Revenue − cost of serving − other cost of revenue) ÷ revenue.',
  },
} as const;

type MoneyRatio = keyof typeof MONEY_RATIOS;

/** The money of one replication, by clock hour too if asked; empty when the scenario names neither price nor cost. */
export function measureMoney(ledger: Ledger, book: PriceBook, byHour: boolean): Measurement[] {
  if (book.costs === null && book.plans.every((plan) => plan === null)) return [];
  const statement = incomeStatement(ledger, book);
  const { window, tiers } = ledger.shape;
  const perYear = SECONDS_PER_YEAR / (window.to - window.from) / book.share;
  const dollars = (scope: string, metric: MoneyMetric, usd: number): Measurement[] => [
    { scope, metric, unit: 'USD', observation: { kind: 'value', value: usd } },
    {
      scope,
      metric: `${metric}.perYear`,
      unit: 'USD/year',
      observation: { kind: 'value', value: usd * perYear },
    },
  ];
  const total = Object.entries(totals(statement)).flatMap(([metric, usd]) =>
    dollars('total', metric as MoneyMetric, usd),
  );
  const ratios = Object.entries(ratiosOf(statement)).map(([metric, observation]): Measurement => ({
    scope: 'total',
    metric,
    unit: MONEY_RATIOS[metric as MoneyRatio].unit,
    observation,
  }));
  const byTier = tiers.flatMap((name, tier) =>
    dollars(`tier:${name}`, 'revenue', statement.revenueByTier[tier]!),
  );
  const hours = Array.from({ length: byHour ? ledger.hours : 0 }, (_, hour): Measurement => ({
    ...{ scope: `hour:${hour}`, metric: 'revenue', unit: 'USD' },
    observation: { kind: 'value', value: revenueInHour(ledger, book, hour) },
  }));
  return [...total, ...ratios, ...byTier, ...hours];
}

function totals(statement: IncomeStatement): Partial<Record<MoneyMetric, number>> {
  const { revenue, otherRevenue, costs } = statement;
  if (costs === null) return { revenue };
  const lines = Object.fromEntries(
    Object.entries(costs.lines).map(([line, usd]) => [`cost.${line}`, usd as number]),
  ) as Record<`cost.${keyof GpuHourLines}`, number>;
  return {
    revenue,
    'revenue.other': otherRevenue,
    cost: costs.total,
    'cost.serving': costs.serving,
    'cost.serving.idle': costs.idle,
    'cost.variable': costs.variable,
    'cost.serving.other': costs.otherServing,
    ...lines,
    'cost.otherOfRevenue': costs.otherCostOfRevenue,
    'cost.training': costs.training,
    'cost.postTraining': costs.postTraining,
    'cost.overhead': costs.overhead,
    contribution: revenue - costs.variable,
    'margin.gross': revenue - costs.costOfRevenue,
    margin: revenue - costs.total,
  };
}

function ratiosOf(statement: IncomeStatement): Partial<Record<MoneyRatio, Observation>> {
  const ratio = (numerator: number, denominator: number): Observation => ({
    kind: 'ratio',
    numerator,
    denominator,
  });
  const { revenue, otherRevenue, gpuHours, tokens, outputTokens } = statement;
  const perGpuHour = { 'revenue.perGpuHour': ratio(revenue - otherRevenue, gpuHours) };
  const costs: Costs | null = statement.costs;
  if (costs === null) return perGpuHour;
  // The tokens are those of the pools, so the cost is too.
  const poolCost = costs.serving - costs.otherServing;
  return {
    ...perGpuHour,
    'cost.perGpuHour': ratio(poolCost, gpuHours),
    'cost.perMillionTokens': ratio(poolCost * TOKENS_PER_MILLION, tokens),
    'cost.perMillionOutputTokens': ratio(poolCost * TOKENS_PER_MILLION, outputTokens),
    'cost.perRevenue': ratio(costs.total, revenue),
    'margin.grossShare': ratio(revenue - costs.costOfRevenue, revenue),
  };
}
