/**
 * The prefix cache of a replica: the context of finished requests, by session, in KV blocks that no running sequence
 * uses. It occupies free blocks and yields them to running work, the least recently used session first and the end of
 * its context first, as block-wise LRU of engines does. It knows sessions and blocks, not requests.
 */
import { growColumns } from '../kernel/columns.ts';

/** Sentinel: the place before the first and after the last in order of use. */
const ENDS = 0;
const FIRST_PLACES = 16;

export class PrefixCache {
  /** Blocks of all sessions. */
  blocks = 0;

  private readonly places = new Map<number, number>();
  /** By place: a list in order of use, with the blocks that each session still has. */
  private readonly columns = {
    before: new Int32Array(FIRST_PLACES),
    after: new Int32Array(FIRST_PLACES),
    session: new Float64Array(FIRST_PLACES),
    blocks: new Int32Array(FIRST_PLACES),
    /** When it was last used, and the order among those used at the same instant. */
    usedAt: new Float64Array(FIRST_PLACES).fill(-Infinity),
    rank: new Float64Array(FIRST_PLACES),
  };
  private capacity = FIRST_PLACES;
  private readonly free: number[] = [];

  constructor() {
    for (let place = FIRST_PLACES - 1; place > ENDS; place--) this.free.push(place);
  }

  /** Blocks cached for a session, from the beginning of its context; 0 for none. */
  blocksOf(session: number): number {
    const place = this.places.get(session);
    return place === undefined ? 0 : this.columns.blocks[place]!;
  }

  /**
   * Caches this many blocks (one or more) for a session, replacing what was cached for it. Among those of one instant a
   * higher rank counts as later, whatever the order of calls.
   */
  keep(session: number, blocks: number, usedAt: number, rank: number): void {
    const { columns } = this;
    const known = this.places.get(session);
    if (known !== undefined) {
      if (columns.usedAt[known] === usedAt && columns.rank[known]! > rank) return;
      this.remove(known);
    }
    if (this.free.length === 0) this.grow();
    const place = this.free.pop()!;
    let before = columns.before[ENDS]!;
    while (columns.usedAt[before] === usedAt && columns.rank[before]! > rank)
      before = columns.before[before]!;
    const after = columns.after[before]!;
    columns.before[place] = before;
    columns.after[place] = after;
    columns.after[before] = place;
    columns.before[after] = place;
    columns.session[place] = session;
    columns.blocks[place] = blocks;
    columns.usedAt[place] = usedAt;
    columns.rank[place] = rank;
    this.places.set(session, place);
    this.blocks += blocks;
  }

  /** Removes a session, if it is cached: its next request takes over these blocks. */
  forget(session: number): void {
    const place = this.places.get(session);
    if (place !== undefined) this.remove(place);
  }

  /** Evicts blocks until at most this many are left. */
  shrinkTo(blocks: number): void {
    const { columns } = this;
    while (this.blocks > blocks) {
      const oldest = columns.after[ENDS]!;
      const excess = this.blocks - blocks;
      if (columns.blocks[oldest]! > excess) {
        columns.blocks[oldest]! -= excess;
        this.blocks = blocks;
      } else {
        this.remove(oldest);
      }
    }
  }

  private remove(place: number): void {
    const { before, after, session, blocks } = this.columns;
    this.blocks -= blocks[place]!;
    after[before[place]!] = after[place]!;
    before[after[place]!] = before[place]!;
    this.places.delete(session[place]!);
    this.free.push(place);
  }

  private grow(): void {
    for (let place = 2 * this.capacity - 1; place >= this.capacity; place--) this.free.push(place);
    this.capacity *= 2;
    growColumns(this.columns, this.capacity);
  }
}
