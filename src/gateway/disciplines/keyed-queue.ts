/**
 * A queue ordered by a key that is fixed when a request joins, then by arrival: an indexed binary heap of rows, so that
 * removal from the middle costs no more than from the front.
 */
import { NO_ROW, type RequestRow } from '../../ids.ts';
import { arrivedBefore } from '../../workload/request-table.ts';
import { importanceOf, type DisciplineEnvironment, type WaitingQueue } from './discipline.ts';

export class KeyedQueue implements WaitingQueue {
  readonly steady = true;
  readonly account = null;
  length = 0;
  private rows = new Int32Array(16);
  private readonly environment: DisciplineEnvironment;
  private readonly keyOf: (row: RequestRow) => number;

  /** The smallest key is served first. */
  constructor(environment: DisciplineEnvironment, keyOf: (row: RequestRow) => number) {
    this.environment = environment;
    this.keyOf = keyOf;
  }

  push(row: RequestRow): void {
    const { links } = this.environment;
    links.reach(row);
    links.columns.key[row] = this.keyOf(row);
    if (this.length === this.rows.length) {
      const rows = new Int32Array(2 * this.length);
      rows.set(this.rows);
      this.rows = rows;
    }
    this.rise(this.length++, row);
  }

  peek(): RequestRow {
    return this.length === 0 ? NO_ROW : this.at(0);
  }

  remove(row: RequestRow): void {
    const place = this.environment.links.columns.next[row]!;
    const last = this.at(--this.length);
    if (last === row) return;
    if (place > 0 && this.precedes(last, this.at((place - 1) >> 1))) this.rise(place, last);
    else this.sink(place, last);
  }

  /** A linear scan: it is called only when a bounded queue is full. */
  lastBehind(arrival: RequestRow): RequestRow {
    const { wasServed, links } = this.environment;
    const key = this.keyOf(arrival);
    let last: RequestRow = NO_ROW;
    for (let place = 0; place < this.length; place++) {
      const row = this.at(place);
      if (links.columns.key[row]! <= key || wasServed(row)) continue;
      if (last === NO_ROW || this.precedes(last, row)) last = row;
    }
    return last;
  }

  behind(arrival: RequestRow): number {
    const { key } = this.environment.links.columns;
    const own = this.keyOf(arrival);
    let count = 0;
    for (let place = 0; place < this.length; place++) {
      if (key[this.at(place)]! > own) count += 1;
    }
    return count;
  }

  servedBehind(arrival: RequestRow): number {
    const { wasServed, links } = this.environment;
    const own = this.keyOf(arrival);
    let count = 0;
    for (let place = 0; place < this.length; place++) {
      const row = this.at(place);
      if (links.columns.key[row]! > own && wasServed(row)) count += 1;
    }
    return count;
  }

  lastOfTier(tier: number): RequestRow {
    const { wasServed, declared } = this.environment;
    let last: RequestRow = NO_ROW;
    for (let place = 0; place < this.length; place++) {
      const row = this.at(place);
      if (declared.tier[row] !== tier || wasServed(row)) continue;
      if (last === NO_ROW || arrivedBefore(declared, last, row)) last = row;
    }
    return last;
  }

  /** The key as it is now. */
  importance(row: RequestRow): number {
    return importanceOf(this.environment.declared, row, this.keyOf(row));
  }

  precedes(a: RequestRow, b: RequestRow): boolean {
    const { key } = this.environment.links.columns;
    const gap = key[a]! - key[b]!;
    return gap < 0 || (gap === 0 && arrivedBefore(this.environment.declared, a, b));
  }

  oldestAt(): number {
    const { wasServed, declared } = this.environment;
    let oldestAt = Infinity;
    for (let place = 0; place < this.length; place++) {
      const row = this.at(place);
      if (!wasServed(row)) oldestAt = Math.min(oldestAt, declared.attemptAt[row]!);
    }
    return oldestAt;
  }

  private at(place: number): RequestRow {
    return this.rows[place]! as RequestRow;
  }

  /** Moves a row up from place `from` to where it belongs. */
  private rise(from: number, row: RequestRow): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.precedes(row, this.at(parent))) break;
      this.put(place, this.at(parent));
      place = parent;
    }
    this.put(place, row);
  }

  /** Moves a row down from place `from` to where it belongs. */
  private sink(from: number, row: RequestRow): void {
    let place = from;
    for (let child = 2 * place + 1; child < this.length; child = 2 * place + 1) {
      if (child + 1 < this.length && this.precedes(this.at(child + 1), this.at(child))) child += 1;
      if (!this.precedes(this.at(child), row)) break;
      this.put(place, this.at(child));
      place = child;
    }
    this.put(place, row);
  }

  /** A row in a heap has no neighbours: the column of the next row holds its place instead. */
  private put(place: number, row: RequestRow): void {
    this.rows[place] = row;
    this.environment.links.columns.next[row] = place;
  }
}
