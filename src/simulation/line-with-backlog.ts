/**
 * The line of a replica that also takes deferrable requests: those who wait in line come first, and when nobody does,
 * the backlog is offered while the replica has capacity to spare.
 */
import type { Backlog } from '../gateway/backlog.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { Line, Replica } from '../serving/index.ts';
import type { DeclaredColumns } from '../workload/request-table.ts';

export class LineWithBacklog implements Line {
  /** Whose line it is; set once the replica is there. */
  replica: Pick<Replica, 'use'> | null = null;
  private readonly line: Line;
  private readonly backlog: Backlog;
  private readonly declared: DeclaredColumns;

  constructor(line: Line, backlog: Backlog, declared: DeclaredColumns) {
    this.line = line;
    this.backlog = backlog;
    this.declared = declared;
  }

  get steady(): boolean {
    return this.line.steady;
  }

  push(row: RequestRow): void {
    this.homeOf(row).push(row);
  }

  peek(): RequestRow {
    const head = this.line.peek();
    return head === NO_ROW ? this.backlog.headFor(this.replica!.use) : head;
  }

  remove(row: RequestRow): void {
    this.homeOf(row).remove(row);
  }

  importance(row: RequestRow): number {
    return this.line.importance(row);
  }

  private homeOf(row: RequestRow): Pick<Line, 'push' | 'remove'> {
    return this.declared.deferrable[row] === 1 ? this.backlog : this.line;
  }
}
