/**
 * The queues of requests held by a rate limit, one per key, first come, first served. A row is in at most one of them,
 * whatever the limit, so all queues share one set of links.
 */
import { NO_ROW, type RequestRow } from '../ids.ts';

/** The neighbours of each queued row, by row. */
export type RowLinks = Record<'next' | 'previous', Int32Array>;

export class HeldQueues {
  private readonly links: RowLinks;
  /** By key, for as many keys as had a request. */
  private heads = new Int32Array();
  private tails = new Int32Array();

  constructor(links: RowLinks) {
    this.links = links;
  }

  /** The first request in the queue of a key; `NO_ROW` when it is empty. */
  first(key: number): RequestRow {
    return key < this.heads.length ? (this.heads[key]! as RequestRow) : NO_ROW;
  }

  push(key: number, row: RequestRow): void {
    if (key >= this.heads.length) this.grow(key);
    const { next, previous } = this.links;
    const last = this.tails[key]!;
    next[row] = NO_ROW;
    previous[row] = last;
    if (last === NO_ROW) this.heads[key] = row;
    else next[last] = row;
    this.tails[key] = row;
  }

  /** Removes a row from the queue of its key. */
  remove(key: number, row: RequestRow): void {
    const { next, previous } = this.links;
    const [before, after] = [previous[row]!, next[row]!];
    if (before === NO_ROW) this.heads[key] = after;
    else next[before] = after;
    if (after === NO_ROW) this.tails[key] = before;
    else previous[after] = before;
  }

  private grow(key: number): void {
    const { heads, tails } = this;
    const keys = Math.max(2 * heads.length, key + 1);
    this.heads = new Int32Array(keys).fill(NO_ROW);
    this.tails = new Int32Array(keys).fill(NO_ROW);
    this.heads.set(heads);
    this.tails.set(tails);
  }
}
