/**
 * The queue of a replica that also takes deferrable requests: requests in the queue come first; when it is empty, the
 * backlog is offered while the replica has spare capacity.
 */
import type { Backlog } from '../gateway/backlog.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { Queue, Replica } from '../serving/index.ts';
import type { DeclaredColumns } from '../workload/request-table.ts';

export class QueueWithBacklog implements Queue {
  /** The replica of the queue; set once it has been created. */
  replica: Pick<Replica, 'use'> | null = null;
  private readonly queue: Queue;
  private readonly backlog: Backlog;
  private readonly declared: DeclaredColumns;

  constructor(queue: Queue, backlog: Backlog, declared: DeclaredColumns) {
    this.queue = queue;
    this.backlog = backlog;
    this.declared = declared;
  }

  get steady(): boolean {
    return this.queue.steady;
  }

  push(row: RequestRow): void {
    this.homeOf(row).push(row);
  }

  peek(): RequestRow {
    const head = this.queue.peek();
    return head === NO_ROW ? this.backlog.headFor(this.replica!.use) : head;
  }

  remove(row: RequestRow): void {
    this.homeOf(row).remove(row);
  }

  importance(row: RequestRow): number {
    return this.queue.importance(row);
  }

  private homeOf(row: RequestRow): Pick<Queue, 'push' | 'remove'> {
    return this.declared.deferrable[row] === 1 ? this.backlog : this.queue;
  }
}
