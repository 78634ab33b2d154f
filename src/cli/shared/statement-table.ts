/**
 * The income statement as text: revenue by plan and tier, the cost of serving and its components, and the margins; of
 * the cell in the window and of the provider in a year. Below it, what each tier uses and what a token costs.
 */
import { planMetric } from '../../economics/measure.ts';
import { revenuePlans } from '../../economics/revenue/index.ts';
import type { Estimate } from '../../experiments/estimate.ts';
import type { ScenarioOutline } from '../../store/batch-identity.ts';
import { bold, money, plainShare, share } from './format.ts';
import { plainTable } from './plain-table.ts';
import { lookup, type Lookup } from './result-table.ts';

/** The table as text, ending with an empty line; it says so if nothing has a price. */
export function statementTable({ tiers, pools }: ScenarioOutline, estimates: readonly Estimate[]): string {
  const of = lookup(estimates);
  const rows = [...revenueRows(tiers, of), ...COST_ROWS.flatMap(([metric, name]) => row(of, metric, name))];
  if (rows.length === 0) return 'no price is given, so there is no income statement\n\n';
  const burns = (of('margin')?.mean ?? 0) < 0;
  return [
    plainTable(
      ['income statement', 'cell, in the window', 'provider, a year at this pace'],
      [...rows, ...row(of, 'margin', burns ? bold('result: burn') : bold('result'))],
    ),
    '',
    ...unitTable(tiers, of),
    ...poolTable(
      pools.map(({ name }) => name),
      of,
    ),
    ...courseTable(tiers, of),
    ...RATIOS.filter(([metric]) => isThere(of, metric)).map(([metric, name, show]) =>
      metric === 'utilisation.breakEven' && of(metric)!.mean! < 0
        ? 'the pools break even without any use: what accrues over time pays for them'
        : `${name}: ${show(of(metric)!)}`,
    ),
    '',
    '',
  ].join('\n');
}

const isThere = (of: Lookup, metric: string, scope?: string): boolean =>
  (of(metric, scope)?.mean ?? null) !== null;

/** A line of the statement; omitted where it is zero. */
function row(of: Lookup, metric: string, name: string, scope?: string): string[][] {
  const inWindow = of(metric, scope);
  if ((inWindow?.mean ?? 0) === 0) return [];
  return [[name, money(inWindow!), money(of(`${metric}.perYear`, scope)!)]];
}

/** Each plan with its tiers below it. */
function revenueRows(tiers: readonly string[], of: Lookup): string[][] {
  return [
    ...revenuePlans.strategies.flatMap(({ kind }) => {
      const metric = planMetric(kind);
      return [
        ...row(of, metric, `revenue, ${kind}`),
        ...tiers.flatMap((tier) => row(of, metric, `  ${tier}`, `tier:${tier}`)),
      ];
    }),
    ...row(of, 'revenue.credits', 'SLA credits, taken off above'),
    ...row(of, 'revenue.other', 'revenue of no tier'),
    ...row(of, 'revenue', bold('revenue')),
  ];
}

const COST_ROWS = [
  ['cost.serving.used', 'GPU-hours used'],
  ['cost.serving.idle', 'GPU-hours idle'],
  ['cost.serving.other', 'GPUs not simulated'],
  ['cost.serving', bold('cost of serving')],
  ['cost.rent', '  of the pools: rent'],
  ['cost.accelerator', '  of the pools: accelerators'],
  ['cost.infrastructure', '  of the pools: infrastructure'],
  ['cost.costOfCapital', '  of the pools: cost of capital'],
  ['cost.opex', '  of the pools: opex'],
  ['cost.electricity', '  of the pools: electricity'],
  ['cost.cooling', '  of the pools: cooling'],
  ['cost.otherOfRevenue', 'other cost of revenue'],
  ['margin.gross', bold('gross margin')],
  ['cost.training', 'training'],
  ['cost.postTraining', 'post-training'],
  ['cost.overhead', 'overhead'],
  ['cost', bold('all costs')],
] as const;

const UNIT_COLUMNS = [
  ['revenue', 'revenue'],
  ['cost.serving.used', 'GPU-hours used'],
  ['margin.used', 'left'],
  ['cost.used.perMillionTokens', 'used per M tokens'],
  ['cost.variable.perMillionTokens', 'of it variable'],
  ['cost.used.perRequest', 'used per request'],
  ['cost.perRun', 'per agent run'],
] as const;

/** Each tier's use of the pools, with idle time separate; zero columns are omitted. */
function unitTable(tiers: readonly string[], of: Lookup): string[] {
  const scopes = [...tiers.map((tier) => `tier:${tier}`), ...(tiers.length > 1 ? ['total'] : [])];
  if (!isThere(of, 'cost.serving.used')) return [];
  const columns = UNIT_COLUMNS.filter(([metric]) =>
    scopes.some((scope) => (of(metric, scope)?.mean ?? 0) !== 0),
  );
  const cell = (metric: string, scope: string) => {
    const estimate = of(metric, scope);
    return estimate === undefined ? '' : money(estimate);
  };
  return [
    plainTable(
      ['tier', ...columns.map(([, name]) => name)],
      scopes.map((scope) => [scope.replace('tier:', ''), ...columns.map(([metric]) => cell(metric, scope))]),
    ),
    '',
  ];
}

const POOL_COLUMNS = [
  ['revenue', 'revenue by use'],
  ['cost.serving.used', 'GPU-hours used'],
  ['cost.serving.idle', 'GPU-hours idle'],
  ['margin.serving', 'left'],
] as const;

/** Revenue from use and cost of each pool; a single pool is already covered by the table above. */
function poolTable(pools: readonly string[], of: Lookup): string[] {
  const serving = pools.filter((pool) => isThere(of, 'cost.serving', `pool:${pool}`));
  if (serving.length < 2) return [];
  return [
    plainTable(
      ['pool', ...POOL_COLUMNS.map(([, name]) => name)],
      serving.map((pool) => [
        pool,
        ...POOL_COLUMNS.map(([metric]) => {
          const estimate = of(metric, `pool:${pool}`);
          return estimate === undefined ? '' : money(estimate);
        }),
      ]),
    ),
    '',
  ];
}

const MONTHS = [1, 6, 12] as const;

/** How the window's quality of service changes subscribers, where a plan defines how they come and go. */
function courseTable(tiers: readonly string[], of: Lookup): string[] {
  const names = tiers.filter((tier) => isThere(of, 'churn', `tier:${tier}`));
  if (names.length === 0) return [];
  return [
    plainTable(
      ['subscribers', 'served well', 'churn a month', ...MONTHS.map((month) => `paid in month ${month}`)],
      names.map((tier) => [
        tier,
        plainShare(of('servedWell', `tier:${tier}`)!),
        share(of('churn', `tier:${tier}`)!),
        ...MONTHS.map((month) => money(of(`revenue.month${month}`, `tier:${tier}`)!)),
      ]),
    ),
    '',
  ];
}

const RATIOS = [
  ['revenue.perGpuHour', 'revenue per GPU-hour', money],
  ['cost.perGpuHour', 'cost per GPU-hour', money],
  ['cost.perMillionTokens', 'cost of the pools per million tokens, idle time and all', money],
  ['utilisation.breakEven', 'share of the GPU-hours used at which the pools break even', share],
  ['margin.grossShare', 'gross margin', share],
  ['cost.perRevenue', 'cost per dollar of revenue', money],
] as const;
