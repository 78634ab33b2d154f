/**
 * Requests ordered by an integer key each: a binary heap of rows. A row to be removed from the middle is found by a
 * linear search, which is rare; so reordering writes nothing but the heap itself. It knows only the index of a row.
 */
import type { RequestRow } from '../ids.ts';
import type { Arena } from './arena.ts';

const FIRST_CAPACITY = 16;

export class RowHeap {
  size = 0;
  /** The key and the row at each place, interleaved, from `first` on. */
  private entries: Int32Array;
  private first: number;
  private capacity = FIRST_CAPACITY;
  private readonly arena: Arena;

  constructor(arena: Arena) {
    const cells = arena.take(2 * FIRST_CAPACITY);
    this.entries = cells.ints;
    this.first = cells.first;
    this.arena = arena;
  }

  /** The row at a place below `size`; only the smallest, at 0, has a defined place. */
  at(place: number): RequestRow {
    return this.entries[this.first + 2 * place + 1]! as RequestRow;
  }

  keyAt(place: number): number {
    return this.entries[this.first + 2 * place]!;
  }

  /** The place of a row, which must be in the heap. */
  placeOf(row: RequestRow): number {
    let place = 0;
    while (this.at(place) !== row) place += 1;
    return place;
  }

  push(row: RequestRow, key: number): void {
    if (this.size === this.capacity) this.grow();
    this.rise(this.size++, row, key);
  }

  /** Adds to the key of each row a value from a column: the `offset`-th of the row's `stride` numbers. */
  addToKeys(column: Int32Array, stride: number, offset: number): void {
    const { entries, first, size } = this;
    for (let place = 0; place < size; place++) {
      const entry = first + 2 * place;
      entries[entry]! += column[stride * entries[entry + 1]! + offset]!;
    }
    for (let place = (size >> 1) - 1; place >= 0; place--)
      this.sink(place, this.at(place), this.keyAt(place));
  }

  clear(): void {
    this.size = 0;
  }

  removeAt(place: number): void {
    const end = --this.size;
    if (place === end) return;
    const key = this.keyAt(end);
    const last = this.at(end);
    if (place > 0 && this.keyAt((place - 1) >> 1) > key) this.rise(place, last, key);
    else this.sink(place, last, key);
  }

  /** Moves a row up from place `from` to where it belongs. */
  private rise(from: number, row: number, key: number): void {
    const { entries, first } = this;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = first + 2 * above;
      if (entries[parent]! <= key) break;
      entries[first + 2 * place] = entries[parent]!;
      entries[first + 2 * place + 1] = entries[parent + 1]!;
      place = above;
    }
    entries[first + 2 * place] = key;
    entries[first + 2 * place + 1] = row;
  }

  /** Moves a row down from place `from` to where it belongs. */
  private sink(from: number, row: number, key: number): void {
    const { entries, first, size } = this;
    let place = from;
    for (let below = 2 * place + 1; below < size; below = 2 * place + 1) {
      const left = first + 2 * below;
      // The smaller of the two children, by the sign of their difference: a branch would be mispredicted half the time.
      if (below + 1 < size) below -= (entries[left + 2]! - entries[left]!) >> 31;
      const child = first + 2 * below;
      if (key <= entries[child]!) break;
      entries[first + 2 * place] = entries[child]!;
      entries[first + 2 * place + 1] = entries[child + 1]!;
      place = below;
    }
    entries[first + 2 * place] = key;
    entries[first + 2 * place + 1] = row;
  }

  private grow(): void {
    const { entries, first, capacity } = this;
    const cells = this.arena.take(4 * capacity);
    cells.ints.set(entries.subarray(first, first + 2 * capacity), cells.first);
    this.entries = cells.ints;
    this.first = cells.first;
    this.capacity = 2 * capacity;
  }
}
