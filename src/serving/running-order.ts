/**
 * The requests of a batch in scheduling order. Mostly that order does not matter and is not maintained. Once it is
 * needed, requests that join or leave update it, since in a large batch hardly any do so between two steps; it is
 * dropped again after a while without need.
 */
import { NO_ROW, type RequestRow } from '../ids.ts';
import { arrivedBefore, type RequestTable } from '../workload/request-table.ts';

const FIRST_CAPACITY = 32;

/** Number of joins without need of the order after which it is no longer maintained. */
const LONG = 64;

export class RunningOrder {
  size = 0;
  /** Whether it is maintained: all running requests are in it. */
  isKept = false;
  /** Joins since it was last needed. */
  private unneeded = 0;
  private rows = new Int32Array();
  private readonly table: RequestTable;

  /** The rank of each row that is added is in `table.batch`. */
  constructor(table: RequestTable) {
    this.table = table;
  }

  /** The row at a place below `size`. */
  at(place: number): RequestRow {
    return this.rows[place]! as RequestRow;
  }

  /** The last request in order; `NO_ROW` where none runs. */
  get last(): RequestRow {
    return this.size === 0 ? NO_ROW : this.at(this.size - 1);
  }

  /** Whether one comes before another: by (rank, arrival, id). */
  comesBefore(a: RequestRow, b: RequestRow): boolean {
    const { rank } = this.table.batch;
    const precedence = rank[a]! - rank[b]!;
    return precedence < 0 || (precedence === 0 && arrivedBefore(this.table.declared, a, b));
  }

  /** Marks it as needed now; returns whether all running requests are still to be added. */
  need(): boolean {
    const isEmpty = !this.isKept;
    this.isKept = true;
    this.unneeded = 0;
    return isEmpty;
  }

  /** Adds a request that joins, unless the order has not been needed for long. */
  join(row: RequestRow): void {
    if (++this.unneeded <= LONG) return this.add(row);
    this.isKept = false;
    this.size = 0;
  }

  add(row: RequestRow): void {
    if (this.size === this.rows.length) this.grow();
    const place = this.placeFor(row);
    this.rows.copyWithin(place + 1, place, this.size++);
    this.rows[place] = row;
  }

  remove(row: RequestRow): void {
    const place = this.placeFor(row);
    this.rows.copyWithin(place, place + 1, this.size--);
  }

  /** Removes all requests. */
  clear(): void {
    this.size = 0;
  }

  /** How many requests come before a row, which may or may not be among them. Mostly it is the newest. */
  private placeFor(row: RequestRow): number {
    let low = 0;
    let high = this.size;
    if (high > 0 && this.comesBefore(this.at(high - 1), row)) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.comesBefore(this.at(middle), row)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private grow(): void {
    const { rows } = this;
    this.rows = new Int32Array(Math.max(FIRST_CAPACITY, 2 * rows.length));
    this.rows.set(rows);
  }
}
