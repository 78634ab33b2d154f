/**
 * A queue in order of arrival: a linked list in columns, so that removal from the middle takes constant time. A
 * pre-empted request returns to its place by arrival.
 */
import { growColumns } from '../../kernel/columns.ts';
import { NO_ROW, type RequestRow } from '../../ids.ts';
import { arrivedBefore, type DeclaredColumns } from '../../workload/request-table.ts';

/**
 * The position of each waiting row: its neighbours, or its key. One object serves all the queues of a run, since a row
 * is in at most one.
 */
export class QueueLinks {
  readonly columns = {
    next: new Int32Array(256),
    previous: new Int32Array(256),
    key: new Float64Array(256),
  };

  reach(row: RequestRow): void {
    const { length } = this.columns.next;
    if (row >= length) growColumns(this.columns, Math.max(2 * length, row + 1));
  }
}

export class ArrivalOrder {
  length = 0;
  first: RequestRow = NO_ROW;
  private last: RequestRow = NO_ROW;
  private readonly links: QueueLinks;
  private readonly declared: DeclaredColumns;

  constructor(declared: DeclaredColumns, links: QueueLinks) {
    this.declared = declared;
    this.links = links;
  }

  /** Inserts a row by arrival. A new arrival is last, which takes one comparison. */
  insert(row: RequestRow): void {
    this.links.reach(row);
    const { next, previous } = this.links.columns;
    let after: RequestRow = NO_ROW;
    let before = this.last;
    // A row that returns is older than nearly all that wait, so its place is searched from the front.
    if (before !== NO_ROW && arrivedBefore(this.declared, row, before)) {
      before = NO_ROW;
      after = this.first;
      while (arrivedBefore(this.declared, after, row)) {
        before = after;
        after = next[after] as RequestRow;
      }
    }
    next[row] = after;
    previous[row] = before;
    if (before === NO_ROW) this.first = row;
    else next[before] = row;
    if (after === NO_ROW) this.last = row;
    else previous[after] = row;
    this.length += 1;
  }

  /** The first row that satisfies a condition, or `NO_ROW`. Pre-empted requests are few and at the front. */
  firstWhere(holds: (row: RequestRow) => boolean): RequestRow {
    let row = this.first;
    while (row !== NO_ROW && !holds(row)) row = this.links.columns.next[row] as RequestRow;
    return row;
  }

  /** The last row that satisfies a condition, or `NO_ROW`. */
  lastWhere(holds: (row: RequestRow) => boolean): RequestRow {
    let row = this.last;
    while (row !== NO_ROW && !holds(row)) row = this.links.columns.previous[row] as RequestRow;
    return row;
  }

  /** How many rows satisfy a condition. */
  countWhere(holds: (row: RequestRow) => boolean): number {
    let count = 0;
    for (let row = this.first; row !== NO_ROW; row = this.links.columns.next[row] as RequestRow) {
      if (holds(row)) count += 1;
    }
    return count;
  }

  remove(row: RequestRow): void {
    this.length -= 1;
    if (this.length === 0) {
      // The usual case: it was alone and has no neighbours.
      this.first = NO_ROW;
      this.last = NO_ROW;
      return;
    }
    const { next, previous } = this.links.columns;
    const before = previous[row] as RequestRow;
    const after = next[row] as RequestRow;
    if (before === NO_ROW) this.first = after;
    else next[before] = after;
    if (after === NO_ROW) this.last = before;
    else previous[after] = before;
  }
}
