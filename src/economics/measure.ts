/**
 * Money as measurements: the lines of the income statement, as dollars of the cell in the window and, with `.perYear`,
 * of the provider in a year at the window's pace; and the unit costs of a token, a GPU-hour and an agent run.
 */
import type { Ledger } from '../simulation/ledger.ts';
import { sumOf, type Measurement, type Observation } from '../stats/index.ts';
import { SECONDS_PER_YEAR, SHARE, TOKENS_PER_MILLION } from '../units.ts';
import type { GpuHourLines } from './costs/index.ts';
import { incomeStatement, type IncomeStatement } from './income-statement.ts';
import type { PriceBook } from './price-book.ts';
import { revenuePlans } from './revenue/index.ts';
import { measureCourses } from './subscribers.ts';
import { revenueInHour, revenueOfTiers } from './tier-revenue.ts';

/** The metric for the revenue of a kind of plan: `revenue.perToken` of `per-token`. */
export const planMetric = (kind: string): string =>
  `revenue.${kind.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())}`;

/** One line for each name, in the order of a statement. Dollars unless said otherwise. */
export const MONEY_METRICS: Readonly<Record<string, string>> = {
  revenue:
    'Revenue earned in the window, credits taken off; of a pool, what use of it earned, not what accrues.',
  ...Object.fromEntries(
    revenuePlans.strategies.map(({ kind }) => [
      planMetric(kind),
      `Revenue of the tiers whose plan is ${kind}.`,
    ]),
  ),
  'revenue.credits':
    'What is given back to tiers whose SLO was not kept, below zero; taken off revenue already.',
  'revenue.other': 'Revenue that no tier of the scenario brings.',
  cost: 'All costs: of serving, training, post-training and overhead.',
  'cost.serving': 'Cost of serving: GPU-hours busy and idle, of the pools and of other serving GPUs.',
  'cost.serving.idle': 'Of the cost of serving, GPU-hours in which nothing ran.',
  'cost.serving.used':
    'Of the cost of serving, GPU-hours in which something ran; of a tier, by the time its requests were served.',
  'cost.variable':
    'Of the cost of the pools, what computing adds to standing idle: power, its cooling, and wear.',
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
  contribution: 'Revenue − variable cost: what is left to pay for GPUs that are paid for in any case.',
  'margin.used':
    'Revenue of the tiers − cost of the GPU-hours used: what is left for idle GPUs and all else.',
  'margin.serving': 'Of a pool: what its use earned − what its GPUs that serve cost, busy and idle.',
  'margin.gross': 'Revenue − cost of serving − other cost of revenue.',
  margin: 'Revenue − all costs; below zero it is the burn.',
};

const perMillion = (what: string) => ({ unit: 'USD/million tokens', summary: what });

export const MONEY_RATIOS: Readonly<Record<string, { readonly unit: string; readonly summary: string }>> = {
  'revenue.perGpuHour': {
    unit: 'USD/GPU-hour',
    summary: 'Revenue of the tiers ÷ GPU-hours of the pools that do not train.',
  },
  'cost.perGpuHour': {
    unit: 'USD/GPU-hour',
    summary: 'Cost of the pools ÷ their GPU-hours; training is in neither.',
  },
  'cost.perMillionTokens': perMillion(
    'Cost of the pools ÷ prompt and output tokens: the long run, idle time and all.',
  ),
  'cost.perMillionOutputTokens': perMillion('Cost of the pools ÷ output tokens.'),
  'cost.used.perMillionTokens': perMillion(
    'Cost of the GPU-hours used ÷ prompt and output tokens: with capital, without idle time.',
  ),
  'cost.used.perMillionOutputTokens': perMillion('Cost of the GPU-hours used ÷ output tokens.'),
  'cost.variable.perMillionTokens': perMillion(
    'Variable cost ÷ prompt and output tokens: the short run, power and wear. Where steps have room, a token more costs less.',
  ),
  'cost.variable.perMillionOutputTokens': perMillion('Variable cost ÷ output tokens.'),
  'cost.used.perRequest': {
    unit: 'USD/request',
    summary: 'Cost of the GPU-hours used ÷ requests completed: with capital, without idle time.',
  },
  'cost.variable.perRequest': {
    unit: 'USD/request',
    summary: 'Variable cost ÷ requests completed: power and wear.',
  },
  'cost.perRun': {
    unit: 'USD/run',
    summary:
      'Cost of the GPU-hours used by tiers of agent runs ÷ runs that succeeded; calls of other runs are in it.',
  },
  'breakEven.use': {
    unit: 'times',
    summary:
      'What use would have to be multiplied by for the revenue of the tiers to be the cost of the pools; no data where use does not pay its variable cost.',
  },
  'utilisation.breakEven': {
    unit: SHARE,
    summary:
      'Share of the GPU-hours used at which that is so; above 1 it never is at these prices, below 0 always.',
  },
  'cost.perRevenue': { unit: 'USD/USD', summary: 'All costs ÷ revenue; above 1 the provider burns money.' },
  'margin.grossShare': {
    unit: SHARE,
    summary: '(Revenue − cost of serving − other cost of revenue) ÷ revenue.',
  },
};

/**
 * The money of one replication, also by clock hour if requested; empty when the scenario has neither prices nor costs.
 */
export function measureMoney(ledger: Ledger, book: PriceBook, byHour: boolean): Measurement[] {
  if (book.costs === null && book.plans.every((plan) => plan === null)) return [];
  const statement = incomeStatement(ledger, book);
  const { window, tiers } = ledger.shape;
  const perYear = SECONDS_PER_YEAR / (window.to - window.from) / book.share;
  const dollarsOf = (scope: string, lines: Dollars): Measurement[] =>
    Object.entries(lines).flatMap(([metric, usd]): Measurement[] => [
      { scope, metric, unit: 'USD', observation: { kind: 'value', value: usd } },
      {
        scope,
        metric: `${metric}.perYear`,
        unit: 'USD/year',
        observation: { kind: 'value', value: usd * perYear },
      },
    ]);
  const ratiosOf = (scope: string, ratios: Ratios): Measurement[] =>
    Object.entries(ratios).map(([metric, [numerator, denominator]]) => ({
      scope,
      metric,
      unit: MONEY_RATIOS[metric]!.unit,
      observation: { kind: 'ratio', numerator, denominator } satisfies Observation,
    }));
  const byTier = tiers.flatMap((name, tier) => [
    ...dollarsOf(`tier:${name}`, dollarsOfTier(statement, book, tier)),
    ...ratiosOf(`tier:${name}`, ratiosOfTier(statement, ledger, tier)),
  ]);
  const byPool = ledger.shape.pools.flatMap(({ name }, pool) =>
    dollarsOf(`pool:${name}`, dollarsOfPool(statement, pool)),
  );
  const ofTiers = byHour ? revenueOfTiers(ledger, book) : [];
  const hours = Array.from({ length: byHour ? ledger.hours : 0 }, (_, hour): Measurement => ({
    scope: `hour:${hour}`,
    metric: 'revenue',
    unit: 'USD',
    observation: { kind: 'value', value: revenueInHour(ledger, ofTiers, hour) },
  }));
  return [
    ...dollarsOf('total', totals(statement, book)),
    ...ratiosOf('total', totalRatios(statement, ledger)),
    ...byTier,
    ...byPool,
    ...measureCourses(ledger, book),
    ...hours,
  ];
}

type Dollars = Readonly<Record<string, number>>;
/** Numerators over denominators; both 0 where there is no data. */
type Ratios = Readonly<Record<string, readonly [number, number]>>;

function totals(statement: IncomeStatement, book: PriceBook): Dollars {
  const { revenue, otherRevenue, revenueByTier, creditsByTier, costs } = statement;
  const kinds = [...new Set(book.kinds.filter((kind) => kind !== null))];
  const earned: Dollars = {
    revenue,
    ...Object.fromEntries(
      kinds.map((kind) => [
        planMetric(kind),
        sumOf(revenueByTier.filter((_, tier) => book.kinds[tier] === kind)),
      ]),
    ),
    ...(book.credits.every((bands) => bands === null) ? {} : { 'revenue.credits': sumOf(creditsByTier) }),
  };
  if (costs === null) return earned;
  const lines = Object.fromEntries(
    Object.entries(costs.lines).map(([line, usd]) => [`cost.${line}`, usd as number]),
  ) as Record<`cost.${keyof GpuHourLines}`, number>;
  return {
    ...earned,
    'revenue.other': otherRevenue,
    cost: costs.total,
    'cost.serving': costs.serving,
    'cost.serving.idle': costs.idle,
    'cost.serving.used': costs.used,
    'cost.variable': costs.variable,
    'cost.serving.other': costs.otherServing,
    ...lines,
    'cost.otherOfRevenue': costs.otherCostOfRevenue,
    'cost.training': costs.training,
    'cost.postTraining': costs.postTraining,
    'cost.overhead': costs.overhead,
    contribution: revenue - costs.variable,
    'margin.used': revenue - otherRevenue - costs.used,
    'margin.gross': revenue - costs.costOfRevenue,
    margin: revenue - costs.total,
  };
}

function dollarsOfTier(
  { revenueByTier, creditsByTier, costs }: IncomeStatement,
  book: PriceBook,
  tier: number,
): Dollars {
  const revenue = revenueByTier[tier]!;
  const kind = book.kinds[tier];
  return {
    revenue,
    ...(kind === null || kind === undefined ? {} : { [planMetric(kind)]: revenue }),
    ...(book.credits[tier] === null ? {} : { 'revenue.credits': creditsByTier[tier]! }),
    ...(costs === null
      ? {}
      : {
          'cost.serving.used': costs.usedByTier[tier]!,
          'cost.variable': costs.variableByTier[tier]!,
          contribution: revenue - costs.variableByTier[tier]!,
          'margin.used': revenue - costs.usedByTier[tier]!,
        }),
  };
}

/** Revenue that accrues over time, and the cost of serving traffic that is not simulated, belong to no pool. */
function dollarsOfPool({ useRevenueByPool, costs }: IncomeStatement, pool: number): Dollars {
  const revenue = useRevenueByPool[pool]!;
  if (costs === null) return { revenue };
  const { spent, idle, variable } = costs.byPool[pool]!;
  return {
    revenue,
    'cost.serving': spent,
    'cost.serving.idle': idle,
    'cost.serving.used': spent - idle,
    'cost.variable': variable,
    contribution: revenue - variable,
    'margin.serving': revenue - spent,
  };
}

function totalRatios(statement: IncomeStatement, ledger: Ledger): Ratios {
  const { revenue, otherRevenue, gpuHours, tokens, outputTokens, costs } = statement;
  const completed = ledger.flowTotal('completed', null, null);
  const perGpuHour: Ratios = { 'revenue.perGpuHour': [revenue - otherRevenue, gpuHours] };
  if (costs === null) return perGpuHour;
  // The tokens are those of the pools, so the cost must be too.
  const poolCost = costs.serving - costs.otherServing;
  const ofRuns = ledger.shape.sessions.flatMap((sort, tier) => (sort === 'runs' ? [tier] : []));
  // Use at twice the pace brings twice the use revenue and variable cost; the rest is fixed.
  const fixed = poolCost - costs.variable - statement.accruedRevenue;
  const perUse = statement.useRevenue - costs.variable;
  const breaksEven = perUse > 0;
  return {
    ...perGpuHour,
    'cost.perGpuHour': [poolCost, gpuHours],
    'cost.perMillionTokens': [poolCost * TOKENS_PER_MILLION, tokens],
    'cost.perMillionOutputTokens': [poolCost * TOKENS_PER_MILLION, outputTokens],
    ...perUnit(costs.used, costs.variable, { tokens, outputTokens, completed }),
    ...(ofRuns.length === 0
      ? {}
      : {
          'cost.perRun': [
            sumOf(ofRuns.map((tier) => costs.usedByTier[tier]!)),
            sumOf(ofRuns.map((tier) => ledger.flowTotal('runs', tier, null))),
          ] as const,
        }),
    'breakEven.use': breaksEven ? [fixed, perUse] : [0, 0],
    'utilisation.breakEven': breaksEven ? [fixed * costs.usedGpuHours, perUse * gpuHours] : [0, 0],
    'cost.perRevenue': [costs.total, revenue],
    'margin.grossShare': [revenue - costs.costOfRevenue, revenue],
  };
}

function ratiosOfTier({ costs }: IncomeStatement, ledger: Ledger, tier: number): Ratios {
  if (costs === null) return {};
  const outputTokens = ledger.flowTotal('outputTokens', tier, null);
  const tokens = outputTokens + ledger.flowTotal('promptTokens', tier, null);
  const completed = ledger.flowTotal('completed', tier, null);
  const used = costs.usedByTier[tier]!;
  return {
    ...perUnit(used, costs.variableByTier[tier]!, { tokens, outputTokens, completed }),
    ...(ledger.shape.sessions[tier] === 'runs'
      ? { 'cost.perRun': [used, ledger.flowTotal('runs', tier, null)] as const }
      : {}),
  };
}

/** The denominators. */
interface Units {
  readonly tokens: number;
  readonly outputTokens: number;
  readonly completed: number;
}

function perUnit(used: number, variable: number, { tokens, outputTokens, completed }: Units): Ratios {
  return {
    'cost.used.perRequest': [used, completed],
    'cost.variable.perRequest': [variable, completed],
    'cost.used.perMillionTokens': [used * TOKENS_PER_MILLION, tokens],
    'cost.used.perMillionOutputTokens': [used * TOKENS_PER_MILLION, outputTokens],
    'cost.variable.perMillionTokens': [variable * TOKENS_PER_MILLION, tokens],
    'cost.variable.perMillionOutputTokens': [variable * TOKENS_PER_MILLION, outputTokens],
  };
}
