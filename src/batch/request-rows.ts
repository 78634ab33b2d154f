/** Requests as rows of text: the columns of `--requests`. */
import type { RequestRow } from '../ids.ts';
import type { Cell } from '../simulation/cell.ts';
import type { Outcome } from '../simulation/outcome.ts';
import type { RequestTable } from '../workload/request-table.ts';

export const REQUEST_COLUMNS = [
  'id',
  'tier',
  'tenant',
  'arrived',
  'admitted',
  'firstToken',
  'finished',
  'outcome',
  'attempts',
  'prompt',
  'cached',
  'output',
  'model',
  'degraded',
  'preemptions',
] as const;

/** One line of comma-separated values with its line end. Instants in seconds to the nanosecond; empty where there is none. */
export function requestRow(cell: Cell, table: RequestTable, row: RequestRow, outcome: Outcome): string {
  const { declared, granted, progress } = table;
  const cells = {
    id: declared.id[row]!,
    tier: cell.tiers[declared.tier[row]!]!.rule.name,
    tenant: declared.tenant[row]!,
    arrived: instant(progress.arrivedAt[row]!),
    admitted: instant(progress.admittedAt[row]!),
    firstToken: instant(progress.firstTokenAt[row]!),
    finished: outcome === 'served' ? instant(progress.lastTokenAt[row]!) : '',
    outcome,
    attempts: progress.attempts[row]!,
    prompt: declared.promptTokens[row]!,
    cached: progress.cachedTokens[row]!,
    output: progress.outputDone[row]!,
    model: cell.models[granted.model[row]!]!,
    degraded: granted.degraded[row]!,
    preemptions: progress.preemptions[row]!,
  } satisfies Record<(typeof REQUEST_COLUMNS)[number], string | number>;
  return `${REQUEST_COLUMNS.map((column) => cells[column]).join(',')}\n`;
}

const DECIMALS = 9;

function instant(seconds: number): string {
  return Number.isNaN(seconds) ? '' : String(Number(seconds.toFixed(DECIMALS)));
}
