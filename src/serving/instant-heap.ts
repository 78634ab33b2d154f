/**
 * Requests ordered by a real key each, such as the instant at which they end: an indexed binary heap of rows, so that
 * any row can be removed. The places are in a column that many heaps share, since each row is in at most one of them.
 * (`row-heap.ts` is the same for whole numbers, laid out for the engines' hot path.)
 */
import type { RequestRow } from '../ids.ts';

/** The place of each row in its heap. */
interface PlaceColumn {
  readonly place: Int32Array;
}

const FIRST_CAPACITY = 16;

export class InstantHeap {
  size = 0;
  private keys = new Float64Array(FIRST_CAPACITY);
  private rows = new Int32Array(FIRST_CAPACITY);
  private readonly columns: PlaceColumn;

  constructor(columns: PlaceColumn) {
    this.columns = columns;
  }

  /** The row with the smallest key; call only when the heap is not empty. */
  get first(): RequestRow {
    return this.rows[0]! as RequestRow;
  }

  get firstKey(): number {
    return this.keys[0]!;
  }

  /** The row at a place below `size`; only the smallest, at 0, has a defined place. */
  at(place: number): RequestRow {
    return this.rows[place]! as RequestRow;
  }

  keyAt(place: number): number {
    return this.keys[place]!;
  }

  key(row: RequestRow): number {
    return this.keys[this.columns.place[row]!]!;
  }

  push(row: RequestRow, key: number): void {
    if (this.size === this.rows.length) this.grow();
    this.rise(this.size++, row, key);
  }

  remove(row: RequestRow): void {
    const place = this.columns.place[row]!;
    const last = --this.size;
    const key = this.keys[last]!;
    const moved = this.rows[last]!;
    if (moved === row) return;
    if (place > 0 && this.keys[(place - 1) >> 1]! > key) this.rise(place, moved, key);
    else this.sink(place, moved, key);
  }

  clear(): void {
    this.size = 0;
  }

  private rise(from: number, row: number, key: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.keys[parent]! <= key) break;
      this.put(place, this.rows[parent]!, this.keys[parent]!);
      place = parent;
    }
    this.put(place, row, key);
  }

  private sink(from: number, row: number, key: number): void {
    const { keys, rows, size } = this;
    let place = from;
    for (let child = 2 * place + 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && keys[child + 1]! < keys[child]!) child += 1;
      if (key <= keys[child]!) break;
      this.put(place, rows[child]!, keys[child]!);
      place = child;
    }
    this.put(place, row, key);
  }

  private put(place: number, row: number, key: number): void {
    this.keys[place] = key;
    this.rows[place] = row;
    this.columns.place[row] = place;
  }

  private grow(): void {
    const keys = new Float64Array(2 * this.keys.length);
    const rows = new Int32Array(2 * this.rows.length);
    keys.set(this.keys);
    rows.set(this.rows);
    this.keys = keys;
    this.rows = rows;
  }
}
