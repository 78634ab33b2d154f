/**
 * Slots ordered by a number each: a binary heap of indices that knows where each stands, so that one may be moved or
 * taken out of the middle. It knows no more of a slot than its index.
 */
import { growColumns } from '../kernel/columns.ts';

export class SlotHeap {
  size = 0;
  /** By place in the heap the slot and the number it is ordered by, and by slot its place. */
  private readonly columns: { slots: Int32Array; keys: Int32Array; places: Int32Array };

  constructor(capacity: number) {
    this.columns = {
      slots: new Int32Array(capacity),
      keys: new Int32Array(capacity),
      places: new Int32Array(capacity).fill(-1),
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
    return this.columns.keys[0]!;
  }

  key(slot: number): number {
    return this.columns.keys[this.columns.places[slot]!]!;
  }

  push(slot: number, key: number): void {
    this.rise(this.size++, slot, key);
  }

  /** Gives a slot in the heap a larger number. */
  raise(slot: number, key: number): void {
    this.sink(this.columns.places[slot]!, slot, key);
  }

  remove(slot: number): void {
    const { slots, keys, places } = this.columns;
    const place = places[slot]!;
    const last = slots[--this.size]!;
    if (last === slot) return;
    const key = keys[this.size]!;
    if (place > 0 && keys[(place - 1) >> 1]! > key) this.rise(place, last, key);
    else this.sink(place, last, key);
  }

  /** Lets a slot find its place at or above `place`. */
  private rise(place: number, slot: number, key: number): void {
    const { slots, keys, places } = this.columns;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (keys[parent]! <= key) break;
      slots[place] = slots[parent]!;
      keys[place] = keys[parent]!;
      places[slots[place]!] = place;
      place = parent;
    }
    slots[place] = slot;
    keys[place] = key;
    places[slot] = place;
  }

  /** Lets a slot find its place at or below `place`. */
  private sink(place: number, slot: number, key: number): void {
    const { slots, keys, places } = this.columns;
    for (let child = 2 * place + 1; child < this.size; child = 2 * place + 1) {
      if (child + 1 < this.size && keys[child + 1]! < keys[child]!) child += 1;
      if (key <= keys[child]!) break;
      slots[place] = slots[child]!;
      keys[place] = keys[child]!;
      places[slots[place]!] = place;
      place = child;
    }
    slots[place] = slot;
    keys[place] = key;
    places[slot] = place;
  }
}
