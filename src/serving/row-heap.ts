/**
 * Requests ordered by a number each: a binary heap of rows of which each knows its place, so that one may be moved or
 * taken out of the middle. The places are in columns that many heaps share, each row standing in one of them at most.
 * It knows no more of a row than its index.
 */
import type { RequestRow } from '../ids.ts';

/** Where a row stands in its heap. */
export interface PlaceColumn {
  readonly place: Int32Array;
}

const FIRST_CAPACITY = 16;

export class RowHeap {
  size = 0;
  /** The number and the row at each place, side by side. */
  private entries = new Int32Array(2 * FIRST_CAPACITY);
  private readonly columns: PlaceColumn;

  constructor(columns: PlaceColumn) {
    this.columns = columns;
  }

  /** The row with the smallest number; call only when there is one. */
  get first(): RequestRow {
    return this.entries[1]! as RequestRow;
  }

  get firstKey(): number {
    return this.entries[0]!;
  }

  /** The row at a place below `size`; in no order but that the first is at 0. */
  at(place: number): RequestRow {
    return this.entries[2 * place + 1]! as RequestRow;
  }

  key(row: RequestRow): number {
    return this.entries[2 * this.columns.place[row]!]!;
  }

  push(row: RequestRow, key: number): void {
    if (2 * this.size === this.entries.length) this.grow();
    this.rise(this.size++, row, key);
  }

  /** Gives a row in the heap a larger number. */
  raise(row: RequestRow, key: number): void {
    this.sink(this.columns.place[row]!, row, key);
  }

  clear(): void {
    this.size = 0;
  }

  remove(row: RequestRow): void {
    const { entries } = this;
    const place = this.columns.place[row]!;
    const end = 2 * --this.size;
    const key = entries[end]!;
    const last = entries[end + 1]! as RequestRow;
    if (last === row) return;
    if (place > 0 && entries[2 * ((place - 1) >> 1)]! > key) this.rise(place, last, key);
    else this.sink(place, last, key);
  }

  /** Lets a row find its place at or above `place`. */
  private rise(from: number, row: RequestRow, key: number): void {
    const { entries } = this;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (entries[2 * parent]! <= key) break;
      this.put(place, entries[2 * parent + 1]!, entries[2 * parent]!);
      place = parent;
    }
    this.put(place, row, key);
  }

  /** Lets a row find its place at or below `place`. */
  private sink(from: number, row: RequestRow, key: number): void {
    const { entries } = this;
    let place = from;
    for (let child = 2 * place + 1; child < this.size; child = 2 * place + 1) {
      if (child + 1 < this.size && entries[2 * child + 2]! < entries[2 * child]!) child += 1;
      if (key <= entries[2 * child]!) break;
      this.put(place, entries[2 * child + 1]!, entries[2 * child]!);
      place = child;
    }
    this.put(place, row, key);
  }

  private put(place: number, row: number, key: number): void {
    this.entries[2 * place] = key;
    this.entries[2 * place + 1] = row;
    this.columns.place[row] = place;
  }

  private grow(): void {
    const entries = new Int32Array(2 * this.entries.length);
    entries.set(this.entries);
    this.entries = entries;
  }
}
