/**
 * The prefix cache of a replica: the context that finished requests leave behind, by session, in KV blocks that nobody
 * runs on. It lives on what running work leaves free and gives way to it, the session used longest ago first and of its
 * context the end first, as block-wise LRU of engines does. It knows sessions and blocks, no requests.
 */
import { growColumns } from '../kernel/columns.ts';

/** The place before the first and after the last in order of use. */
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
    /** When it was used last, and who comes first among those used at once. */
    usedAt: new Float64Array(FIRST_PLACES).fill(-Infinity),
    rank: new Float64Array(FIRST_PLACES),
  };
  private capacity = FIRST_PLACES;
  private readonly free: number[] = [];

  constructor() {
    for (let place = FIRST_PLACES - 1; place > ENDS; place--) this.free.push(place);
  }

  /** Blocks kept of a session, from the beginning of its context; 0 for none. */
  blocksOf(session: number): number {
    const place = this.places.get(session);
    return place === undefined ? 0 : this.columns.blocks[place]!;
  }

  /**
   * Keeps so many blocks (one or more) of a session in place of what was kept of it. Among those of one instant a higher
   * rank counts as later, in whatever order they come.
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

  /** Lets go of a session, if there is anything of it: its next request runs on these blocks now. */
  forget(session: number): void {
    const place = this.places.get(session);
    if (place !== undefined) this.remove(place);
  }

  /** Gives up blocks until at most so many are left. */
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
