/**
 * The queues in which requests are held by a rate limit, one for each of its keys, first come first. A row stands in one
 * queue at most, of whatever limit, so that the links of all queues are shared.
 */
import { NO_ROW, type RequestRow } from '../ids.ts';

/** The neighbours of each row that stands in a queue, by row. */
export type RowLinks = Record<'next' | 'previous', Int32Array>;

export class HeldQueues {
  private readonly links: RowLinks;
  private readonly heads: Int32Array;
  private readonly tails: Int32Array;

  constructor(keys: number, links: RowLinks) {
    this.links = links;
    this.heads = new Int32Array(keys).fill(NO_ROW);
    this.tails = new Int32Array(keys).fill(NO_ROW);
  }

  /** Who is first in the queue of a key; `NO_ROW` when nobody is. */
  first(key: number): RequestRow {
    return this.heads[key]! as RequestRow;
  }

  push(key: number, row: RequestRow): void {
    const { next, previous } = this.links;
    const last = this.tails[key]!;
    next[row] = NO_ROW;
    previous[row] = last;
    if (last === NO_ROW) this.heads[key] = row;
    else next[last] = row;
    this.tails[key] = row;
  }

  /** Takes a row out of the queue of a key in which it stands. */
  remove(key: number, row: RequestRow): void {
    const { next, previous } = this.links;
    const [before, after] = [previous[row]!, next[row]!];
    if (before === NO_ROW) this.heads[key] = after;
    else next[before] = after;
    if (after === NO_ROW) this.tails[key] = before;
    else previous[after] = before;
  }
}
