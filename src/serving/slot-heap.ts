/**
 * Slots ordered by a number each: a binary heap of indices that knows where each stands, so that one may be moved or
 * taken out of the middle. It knows no more of a slot than its index.
 */
import { growColumns } from '../kernel/columns.ts';

export class SlotHeap {
  size = 0;
  /** The number that each slot is ordered by; write it with `push` and `raise` only. */
  readonly columns: { slots: Int32Array; places: Int32Array; keys: Int32Array };

  constructor(capacity: number) {
    this.columns = {
      slots: new Int32Array(capacity),
      places: new Int32Array(capacity).fill(-1),
      keys: new Int32Array(capacity),
    };
  }

  /** Makes room for slots below `capacity`. */
  grow(capacity: number): void {
    growColumns(this.columns, capacity);
  }

  /** The slot with the smallest number; call only when there is one. */
  get first(): number {
    return this.columns.slots[0]!;
  }

  get firstKey(): number {
    return this.columns.keys[this.columns.slots[0]!]!;
  }

  key(slot: number): number {
    return this.columns.keys[slot]!;
  }

  push(slot: number, key: number): void {
    this.columns.keys[slot] = key;
    this.rise(this.size++, slot);
  }

  /** Gives a slot in the heap a larger number. */
  raise(slot: number, key: number): void {
    this.columns.keys[slot] = key;
    this.sink(this.columns.places[slot]!, slot);
  }

  remove(slot: number): void {
    const { slots, places } = this.columns;
    const place = places[slot]!;
    const last = slots[--this.size]!;
    if (last === slot) return;
    this.rise(place, last);
    this.sink(places[last]!, last);
  }

  /** Lets a slot find its place at or above `place`. */
  private rise(place: number, slot: number): void {
    const { slots, places, keys } = this.columns;
    const key = keys[slot]!;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const other = slots[parent]!;
      if (keys[other]! <= key) break;
      slots[place] = other;
      places[other] = place;
      place = parent;
    }
    slots[place] = slot;
    places[slot] = place;
  }

  /** Lets a slot find its place at or below `place`. */
  private sink(place: number, slot: number): void {
    const { slots, places, keys } = this.columns;
    const key = keys[slot]!;
    for (let child = 2 * place + 1; child < this.size; child = 2 * place + 1) {
      if (child + 1 < this.size && keys[slots[child + 1]!]! < keys[slots[child]!]!) child += 1;
      const other = slots[child]!;
      if (key <= keys[other]!) break;
      slots[place] = other;
      places[other] = place;
      place = child;
    }
    slots[place] = slot;
    places[slot] = place;
  }
}
