/**
 * The log of uses behind rolling windows: each use is kept until it expires, one window after it. One ring buffer for
 * all keys, in the order in which uses expire, with a linked list for each key through it: memory is proportional to
 * the uses of the last window, and a key costs three numbers.
 *
 * A limit up to `EXACT_UP_TO` is tracked exactly. Above, uses of a key within that share of the window share one entry,
 * which expires at the end of its slot: at most 0.1 % of the window late and never early, and no key has more entries.
 */
import { growColumns } from '../../kernel/columns.ts';
import { onGrid } from '../../units.ts';
import type { RateLimit } from './rate-limit.ts';

/** Maximum entries of a key: the steps that computing a delay or a refund may take. */
const EXACT_UP_TO = 1_024;

const NONE = -1;

export class UseLog implements RateLimit {
  readonly untilEnd = false;
  private readonly limit: number;
  private readonly window: number;
  /** Uses are dated to the end of slots of this length [s]; 0 for exact instants. */
  private readonly slot: number;

  /** By key: usage, and the positions of its oldest and newest entries. */
  private readonly used: Float64Array;
  private readonly oldest: Int32Array;
  private readonly newest: Int32Array;

  /** By position: when the entry expires, its key and amount, and the next entry of the same key. */
  private readonly ring = ringOf(256);
  private first = 0;
  private length = 0;

  constructor(keys: number, limit: number, window: number) {
    this.limit = limit;
    this.window = window;
    this.slot = limit <= EXACT_UP_TO ? 0 : window / EXACT_UP_TO;
    this.used = new Float64Array(keys);
    this.oldest = new Int32Array(keys).fill(NONE);
    this.newest = new Int32Array(keys).fill(NONE);
  }

  delay(key: number, amount: number, now: number): number {
    if (amount > this.limit) return Infinity;
    const missing = amount - this.level(key, now);
    return missing <= 0 ? 0 : this.untilFreed(key, missing, now);
  }

  delayUntilPositive(key: number, now: number): number {
    const level = this.level(key, now);
    return level > 0 ? 0 : this.untilFreed(key, -level, now, true);
  }

  debit(key: number, amount: number, now: number): void {
    this.bringBack(now);
    this.used[key]! += amount;
    const returnsAt = this.returnOf(now);
    const last = this.newest[key]!;
    if (last !== NONE && this.ring.returnsAt[last] === returnsAt) {
      this.ring.amount[last]! += amount;
      return;
    }
    if (this.length === this.ring.key.length) this.grow();
    const { ring } = this;
    const at = (this.first + this.length++) & (ring.key.length - 1);
    ring.returnsAt[at] = returnsAt;
    ring.key[at] = key;
    ring.amount[at] = amount;
    ring.next[at] = NONE;
    if (last === NONE) this.oldest[key] = at;
    else ring.next[last] = at;
    this.newest[key] = at;
  }

  credit(key: number, amount: number, now: number, debitedAt: number): void {
    this.bringBack(now);
    const returnsAt = this.returnOf(debitedAt);
    for (let at = this.oldest[key]!; at !== NONE; at = this.ring.next[at]!) {
      if (this.ring.returnsAt[at] !== returnsAt) continue;
      this.ring.amount[at]! -= amount;
      this.used[key]! -= amount;
      return;
    }
  }

  level(key: number, now: number): number {
    this.bringBack(now);
    return this.limit - this.used[key]!;
  }

  /** Time until the oldest entries of the key that make up `missing` have expired [s]. */
  private untilFreed(key: number, missing: number, now: number, more = false): number {
    const { ring } = this;
    let freed = 0;
    for (let at = this.oldest[key]!; at !== NONE; at = ring.next[at]!) {
      freed += ring.amount[at]!;
      if (freed > missing || (freed === missing && !more)) return ring.returnsAt[at]! - now;
    }
    throw new RangeError(`key ${key} has used ${freed} but misses ${missing}`);
  }

  private returnOf(now: number): number {
    const { slot } = this;
    return onGrid((slot === 0 ? now : (Math.floor(now / slot) + 1) * slot) + this.window);
  }

  /** Drops the expired entries of all keys. */
  private bringBack(now: number): void {
    const { ring } = this;
    while (this.length > 0 && ring.returnsAt[this.first]! <= now) {
      const at = this.first;
      const key = ring.key[at]!;
      this.used[key]! -= ring.amount[at]!;
      this.oldest[key] = ring.next[at]!;
      if (ring.next[at] === NONE) this.newest[key] = NONE;
      this.first = (at + 1) & (ring.key.length - 1);
      this.length -= 1;
    }
  }

  /** Doubles the ring; positions before the first move behind the old end. */
  private grow(): void {
    const { ring, first } = this;
    const before = ring.key.length;
    const moved = (at: number) => (at !== NONE && at < first ? at + before : at);
    for (const column of [ring.next, this.oldest, this.newest]) {
      for (let index = 0; index < column.length; index++) column[index] = moved(column[index]!);
    }
    growColumns(ring, 2 * before);
    for (const column of Object.values(ring)) column.copyWithin(before, 0, first);
  }
}

function ringOf(capacity: number) {
  return {
    returnsAt: new Float64Array(capacity),
    amount: new Float64Array(capacity),
    key: new Int32Array(capacity),
    next: new Int32Array(capacity),
  };
}
