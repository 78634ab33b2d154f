/**
 * Requests ordered by a number each: a binary heap of rows. Who is to be taken out of the middle is sought, which is
 * rare; so nothing is written but the heap itself when it is put in order. It knows no more of a row than its index.
 */
import type { RequestRow } from '../ids.ts';

const FIRST_CAPACITY = 16;

export class RowHeap {
  size = 0;
  /** The number and the row at each place, side by side. */
  private entries = new Int32Array(2 * FIRST_CAPACITY);

  /** The row at a place below `size`; in no order but that the one with the smallest number is at 0. */
  at(place: number): RequestRow {
    return this.entries[2 * place + 1]! as RequestRow;
  }

  keyAt(place: number): number {
    return this.entries[2 * place]!;
  }

  /** Where a row stands that is in the heap. */
  placeOf(row: RequestRow): number {
    let place = 0;
    while (this.entries[2 * place + 1] !== row) place += 1;
    return place;
  }

  push(row: RequestRow, key: number): void {
    if (2 * this.size === this.entries.length) this.grow();
    this.rise(this.size++, row, key);
  }

  /** Makes the number of the row at a place larger. */
  raise(place: number, by: number): void {
    this.sink(place, this.at(place), this.keyAt(place) + by);
  }

  clear(): void {
    this.size = 0;
  }

  removeAt(place: number): void {
    const { entries } = this;
    const end = 2 * --this.size;
    if (place === this.size) return;
    const key = entries[end]!;
    const last = entries[end + 1]!;
    if (place > 0 && entries[2 * ((place - 1) >> 1)]! > key) this.rise(place, last, key);
    else this.sink(place, last, key);
  }

  /** Lets a row find its place at or above `place`. */
  private rise(from: number, row: number, key: number): void {
    const { entries } = this;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (entries[2 * parent]! <= key) break;
      entries[2 * place] = entries[2 * parent]!;
      entries[2 * place + 1] = entries[2 * parent + 1]!;
      place = parent;
    }
    entries[2 * place] = key;
    entries[2 * place + 1] = row;
  }

  /** Lets a row find its place at or below `place`. */
  private sink(from: number, row: number, key: number): void {
    const { entries, size } = this;
    let place = from;
    for (let child = 2 * place + 1; child < size; child = 2 * place + 1) {
      // The smaller of the two children, by the sign of their difference: a branch on it would be guessed wrong half the time.
      if (child + 1 < size) child -= (entries[2 * child + 2]! - entries[2 * child]!) >> 31;
      if (key <= entries[2 * child]!) break;
      entries[2 * place] = entries[2 * child]!;
      entries[2 * place + 1] = entries[2 * child + 1]!;
      place = child;
    }
    entries[2 * place] = key;
    entries[2 * place + 1] = row;
  }

  private grow(): void {
    const entries = new Int32Array(2 * this.entries.length);
    entries.set(this.entries);
    this.entries = entries;
  }
}
