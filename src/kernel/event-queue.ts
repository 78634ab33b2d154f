/**
 * The future event list: a binary heap in columns. Events are ordered by (time, kind, insertion), a total order, so
 * that a run never depends on how the heap happens to break a tie. It does not know what its numbers mean.
 *
 * Nothing is allocated per event: `pop` fills the fields of the queue instead of returning an object. There is no
 * cancelling; code that schedules an event that may become void gives it a `version` and ignores it when it is stale.
 */
import { grown } from './columns.ts';

/** Ranks above this would not be exact in a double: 32 kinds and 2⁴⁸ insertions fit. */
const INSERTIONS_PER_KIND = 2 ** 48;

const FIRST_CAPACITY = 64;

export class EventQueue {
  /** Time of the last event popped [s]. */
  time = 0;
  /** Kind of the last event popped; smaller kinds come first within an instant. */
  kind = 0;
  /** Subject of the last event popped: a row, a replica, a source. */
  subject = 0;
  /** The version given with the last event popped, which shows whether it is stale. */
  version = 0;
  /** Events waiting. */
  length = 0;

  private insertions = 0;
  /**
   * Whether the place of the last event popped is still free: most events push another, which then sinks from there.
   */
  private topIsFree = false;
  /** The heap: the time of each entry, and the slot of its other fields. */
  private times = new Float64Array(FIRST_CAPACITY);
  private slots = new Int32Array(FIRST_CAPACITY);
  /** By slot: (kind, insertion) as one number that compares in that order, and the event's subject and version. */
  private ranks = new Float64Array(FIRST_CAPACITY);
  private subjects = new Int32Array(FIRST_CAPACITY);
  private versions = new Int32Array(FIRST_CAPACITY);
  /** Slots that were used and are free again. */
  private free = new Int32Array(FIRST_CAPACITY);
  private freeCount = 0;
  private used = 0;

  /** Adds an event. `kind` is 0 to 31; `subject` and `version` are 32-bit integers. */
  push(time: number, kind: number, subject: number, version: number): void {
    if (this.used === this.times.length && this.freeCount === 0) this.grow();
    const slot = this.freeCount > 0 ? this.free[--this.freeCount]! : this.used++;
    this.ranks[slot] = kind * INSERTIONS_PER_KIND + this.insertions++;
    this.subjects[slot] = subject;
    this.versions[slot] = version;
    this.length += 1;
    if (this.topIsFree) {
      this.topIsFree = false;
      this.sink(this.length, time, slot);
    } else {
      this.rise(this.length - 1, time, slot);
    }
  }

  /** Takes the earliest event into the fields above; false when there is none. */
  pop(): boolean {
    if (this.length === 0) return false;
    if (this.topIsFree) {
      // Nothing was pushed since the last pop: the last entry moves to the root.
      const last = this.length;
      this.sink(last, this.times[last]!, this.slots[last]!);
    }
    const slot = this.slots[0]!;
    this.time = this.times[0]!;
    this.kind = Math.floor(this.ranks[slot]! / INSERTIONS_PER_KIND);
    this.subject = this.subjects[slot]!;
    this.version = this.versions[slot]!;
    this.free[this.freeCount++] = slot;
    this.length -= 1;
    this.topIsFree = true;
    return true;
  }

  /** Moves an entry up from place `at` to where it belongs. */
  private rise(at: number, time: number, slot: number): void {
    const { times, slots, ranks } = this;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentTime = times[parent]!;
      if (parentTime < time || (parentTime === time && ranks[slots[parent]!]! < ranks[slot]!)) break;
      times[at] = parentTime;
      slots[at] = slots[parent]!;
      at = parent;
    }
    times[at] = time;
    slots[at] = slot;
  }

  /**
   * Moves an entry down from the free root among the first `entries` places: the earlier child moves up all the way to
   * the bottom, from where the entry rises, mostly not at all. Which child is earlier is unpredictable, so it is
   * computed without a branch.
   */
  private sink(entries: number, time: number, slot: number): void {
    const { times, slots, ranks } = this;
    let at = 0;
    let child = 1;
    for (; child + 1 < entries; child = 2 * at + 1) {
      const left = times[child]!;
      const right = times[child + 1]!;
      if (left === right) child += +(ranks[slots[child + 1]!]! < ranks[slots[child]!]!);
      else child += +(right < left);
      times[at] = times[child]!;
      slots[at] = slots[child]!;
      at = child;
    }
    if (child < entries) {
      times[at] = times[child]!;
      slots[at] = slots[child]!;
      at = child;
    }
    this.rise(at, time, slot);
  }

  private grow(): void {
    const capacity = 2 * this.times.length;
    this.times = grown(this.times, capacity);
    this.ranks = grown(this.ranks, capacity);
    this.slots = grown(this.slots, capacity);
    this.subjects = grown(this.subjects, capacity);
    this.versions = grown(this.versions, capacity);
    this.free = grown(this.free, capacity);
  }
}
