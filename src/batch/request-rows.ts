/** Requests as rows of text: the columns of `--requests`, which `workload/traces/request-rows` reads back. */
import { textCell } from '../input/csv-text.ts';
import type { RequestRow } from '../ids.ts';
import type { Cell } from '../simulation/cell.ts';
import type { Outcome } from '../simulation/outcome.ts';
import type { RequestTable } from '../workload/request-table.ts';
import { NO_SESSION } from '../workload/traces/index.ts';

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
  'wanted',
  'priority',
  'session',
  'prefix',
  'patience',
] as const;

/**
 * One row of comma-separated values with its line ending. Instants are in seconds to the nanosecond; a missing value is
 * empty. `output` is what was received and `wanted` what the client wants, within its own limit; `prefix` counts the
 * prompt tokens that repeat the context of the session, and `patience` is that of the first attempt, if it had to wait.
 */
export function requestRow(cell: Cell, table: RequestTable, row: RequestRow, outcome: Outcome): string {
  const { declared, granted, latent, progress } = table;
  const hasSession = declared.session[row] !== NO_SESSION;
  const cells = {
    id: declared.id[row]!,
    tier: textCell(cell.tiers[declared.tier[row]!]!.rule.name),
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
    model: textCell(cell.models[granted.model[row]!]!),
    degraded: granted.degraded[row]!,
    preemptions: progress.preemptions[row]!,
    wanted: table.wantedOutput(row),
    priority: declared.deferrable[row] === 1 ? '' : declared.priority[row]!,
    session: hasSession ? declared.session[row]! : '',
    prefix: hasSession ? declared.prefixTokens[row]! : '',
    patience: Number.isFinite(latent.patience[row]!) ? latent.patience[row]! : '',
  } satisfies Record<(typeof REQUEST_COLUMNS)[number], string | number>;
  return `${REQUEST_COLUMNS.map((column) => cells[column]).join(',')}\n`;
}

const DECIMALS = 9;

function instant(seconds: number): string {
  return Number.isNaN(seconds) ? '' : String(Number(seconds.toFixed(DECIMALS)));
}

/** Reorders rows from the order in which requests end to the order in which they arrive. */
export class ByArrival {
  /** Rows of requests which ended before an earlier arrival, by request number. */
  private readonly early = new Map<number, string>();
  private next = 0;

  /** The rows that can be written now that this one is available, as one text. */
  take(id: number, row: string): string {
    if (id !== this.next) {
      this.early.set(id, row);
      return '';
    }
    let rows = row;
    for (;;) {
      this.next += 1;
      const following = this.early.get(this.next);
      if (following === undefined) return rows;
      this.early.delete(this.next);
      rows += following;
    }
  }
}
