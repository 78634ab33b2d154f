/** The result of a batch as text: the outcomes of each tier, latencies, utilisation, and the money. */
import type { Estimate } from '../../experiments/estimate.ts';
import type { ScenarioOutline } from '../../store/batch-identity.ts';
import { titleOf } from '../../store/changes.ts';
import { DAYS_OF_WEEK, SECONDS_PER_DAY, SECONDS_PER_HOUR, unitText } from '../../units.ts';
import {
  bold,
  count,
  countInUnit,
  dim,
  duration,
  isUncertain,
  money,
  number,
  percent,
  plainCount,
  plainShare,
  seconds,
  share,
} from './format.ts';
import { isOwnMetric } from '../../plugins/plugins.ts';
import { plainTable } from './plain-table.ts';
import type { ResultDocument } from '../../batch/result-document.ts';

/** The table as text, ending with an empty line. */
export function resultTable(scenario: ScenarioOutline, document: ResultDocument): string {
  const of = lookup(document.estimates);
  return [
    heading(scenario, document),
    ...(scenario.description === null ? [] : [dim(...scenario.description.trim().split('\n')), '']),
    ...document.warnings.flatMap((text) => [bold(`warning: ${text}`), '']),
    tierTable(scenario, of),
    '',
    latencyTable(scenario, of),
    '',
    ...sessionTable(scenario, of),
    fleetTable(scenario, of),
    ...moneyTable(of),
    ...ownTable(document.estimates),
    '',
    '',
  ].join('\n');
}

/** The estimate of a metric, for the total unless a scope is given. */
export type Lookup = (metric: string, scope?: string) => Estimate | undefined;

export function lookup(estimates: readonly Estimate[]): Lookup {
  const known = new Map(estimates.map((estimate) => [`${estimate.scope} ${estimate.metric}`, estimate]));
  return (metric, scope = 'total') => known.get(`${scope} ${metric}`);
}

function heading(
  outline: ScenarioOutline,
  { scenario, replications, interrupted, confidence, wallSeconds, seed }: ResultDocument,
): string {
  const { window, share: ofProvider } = outline;
  const share = ofProvider === 1 ? '' : ` of ${number(1 / ofProvider)} such cells`;
  const certainty = replications === 1 ? '' : `, ${100 * confidence} % intervals`;
  const part = interrupted ? ', not all that were asked for' : '';
  const replicated = `${replications} replication${replications === 1 ? '' : 's'}${part}${certainty}`;
  return (
    `${bold(titleOf(scenario))}  one cell${share}, ${span(window.to - window.from)} from ${windowStart(outline)}\n` +
    dim(
      `${replicated}, seed ${seed}, ${number(wallSeconds)} s, audit passed, scenario ${scenario.hash.slice(0, 12)}`,
    ) +
    '\n'
  );
}

/** When the measured window begins: `Tue 06:00`, or `Tue 2026-03-03 06:00` where the scenario has a date. */
export function windowStart({
  window: { from },
  startOfWeek,
  startDate,
}: Pick<ScenarioOutline, 'window' | 'startOfWeek' | 'startDate'>): string {
  const at = startOfWeek + from;
  const ofDay = at % SECONDS_PER_DAY;
  const hour = Math.floor(ofDay / SECONDS_PER_HOUR);
  const minute = Math.floor((ofDay % SECONDS_PER_HOUR) / 60);
  const day = DAYS_OF_WEEK[Math.floor(at / SECONDS_PER_DAY) % 7]!;
  const date =
    startDate === undefined ? '' : ` ${new Date(1_000 * (startDate + from)).toISOString().split('T', 1)[0]!}`;
  return `${day}${date} ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

/** A length of time in a readable unit: hours, or seconds. */
export function span(length: number): string {
  return length >= SECONDS_PER_HOUR ? `${number(length / SECONDS_PER_HOUR)} h` : seconds(length);
}

const OUTCOME_COLUMNS = ['served', 'degraded', 'limited', 'shed', 'abandoned', 'failed', 'unfinished'];

/** The outcomes of each tier's requests, as shares of arrivals. */
function tierTable({ tiers: names }: ScenarioOutline, of: Lookup): string {
  const scopes = [...names.map((name) => `tier:${name}`), ...(names.length > 1 ? ['total'] : [])];
  return plainTable(
    ['requests', 'arrived', ...OUTCOME_COLUMNS, 'attempts', 'within SLO'],
    scopes.map((scope) => [
      scope.replace('tier:', ''),
      plainCount(of('requests.arrived', scope)!),
      ...OUTCOME_COLUMNS.map((outcome) => plainShare(of(`share.${outcome}`, scope)!)),
      plainCount(of('attempts', scope)!),
      plainShare(of('slo.attainment', scope)!),
    ]),
  );
}

/** How long requests wait, and how long they take, followed by the least certain of these. */
function latencyTable({ tiers: names }: ScenarioOutline, of: Lookup): string {
  const columns = [
    'wait.mean',
    'wait.p99',
    'ttft.p50',
    'ttft.p99',
    'tpot.p50',
    'tpot.p99',
    'e2e.mean',
    'e2e.p99',
  ];
  const rows = names.map((name) => columns.map((metric) => of(metric, `tier:${name}`)!));
  const drawn = plainTable(
    ['time', 'wait mean', 'p99', 'TTFT p50', 'p99', 'TPOT p50', 'p99', 'E2E mean', 'p99'],
    rows.map((estimates, tier) => [names[tier]!, ...estimates.map(duration)]),
  );
  const relative = ({ mean, halfWidth }: Estimate) => halfWidth! / mean!;
  const [first] = rows
    .flat()
    .filter((one) => isUncertain(one) && one.mean! > 0)
    .toSorted((a, b) => relative(b) - relative(a));
  if (first === undefined) return drawn;
  const { scope, metric } = first;
  return `${drawn}\n${dim(`least certain: ${metric} of ${scope.replace('tier:', '')} ± ${percent(relative(first))}`)}`;
}

const SESSION_COLUMNS = ['completed', 'lost', 'late', 'full', 'unfinished'];

/** The outcomes of the sessions of each tier that has them, and the duration of successful agent runs. */
function sessionTable({ tiers }: ScenarioOutline, of: Lookup): string[] {
  const names = tiers.filter((name) => (of('sessions.started', `tier:${name}`)?.mean ?? null) !== null);
  if (names.length === 0) return [];
  const rows = names.map((name) => {
    const scope = `tier:${name}`;
    return [
      name,
      ...['started', ...SESSION_COLUMNS].map((outcome) => plainCount(of(`sessions.${outcome}`, scope)!)),
      plainShare(of('share.runsSucceeded', scope)!),
      ...['run.mean', 'run.p50', 'run.p99'].map((metric) => duration(of(metric, scope)!)),
    ];
  });
  const head = ['sessions', 'started', ...SESSION_COLUMNS, 'runs succeeded', 'run mean', 'p50', 'p99'];
  return [plainTable(head, rows), ''];
}

/** How busy each pool is. */
function fleetTable({ pools }: ScenarioOutline, of: Lookup): string {
  return plainTable(
    ['pool', 'GPUs in cell', 'busy', 'KV in use', 'batch', 'requests/s', 'output tokens/s'],
    pools.map(({ name, gpus }) => {
      const scope = `pool:${name}`;
      return [
        name,
        number(gpus),
        share(of('utilisation.busy', scope)!),
        share(of('utilisation.kv', scope)!),
        count(of('batch.mean', scope)!),
        count(of('throughput.requests', scope)!),
        count(of('throughput.outputTokens', scope)!),
      ];
    }),
  );
}

/** The metrics of plugins, in every scope but hours. */
function ownTable(estimates: readonly Estimate[]): string[] {
  const own = estimates.filter((one) => isOwnMetric(one) && !one.scope.startsWith('hour:'));
  if (own.length === 0) return [];
  const rows = own.map((one) => [one.metric, one.scope, countInUnit(one), unitText(one.unit)]);
  return [
    '',
    plainTable(['of plugins', 'scope', 'estimate', 'unit'], rows, ['left', 'left', 'right', 'left']),
  ];
}

/** Lines of the income statement, with their labels. */
export const MONEY_ROWS = [
  ['revenue', 'revenue'],
  ['cost.serving', 'cost of serving'],
  ['cost.serving.idle', '  of which idle GPUs'],
  ['cost.serving.other', '  of which GPUs not simulated'],
  ['cost.electricity', '  of which electricity'],
  ['cost.cooling', '  of which cooling'],
  ['cost.otherOfRevenue', 'other cost of revenue'],
  ['cost.training', 'training'],
  ['cost.postTraining', 'post-training'],
  ['cost.overhead', 'overhead'],
  ['cost', 'all costs'],
  ['margin', 'result'],
] as const;

/** Earnings and costs for one unit of something. */
export const MONEY_RATIOS = [
  ['revenue.perGpuHour', 'revenue per GPU-hour', money],
  ['cost.perMillionOutputTokens', 'cost of the pools per million output tokens', money],
  ['margin.grossShare', 'gross margin', share],
  ['cost.perRevenue', 'cost per dollar of revenue', money],
] as const;

/** The income statement, of the cell in the window and of the provider in a year; zero lines are omitted. */
function moneyTable(of: Lookup): string[] {
  const rows = MONEY_ROWS.filter(([metric]) => (of(metric)?.mean ?? 0) !== 0);
  if (rows.length === 0) return [];
  const ratios = MONEY_RATIOS.filter(([metric]) => (of(metric)?.mean ?? null) !== null);
  return [
    '',
    plainTable(
      ['money', 'cell, in the window', 'provider, a year at this pace'],
      rows.map(([metric, name]) => [name, money(of(metric)!), money(of(`${metric}.perYear`)!)]),
    ),
    '',
    ...ratios.map(([metric, name, show]) => `${name}: ${show(of(metric)!)}`),
  ];
}
