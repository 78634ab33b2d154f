/**
 * The future event list: a binary heap in columns. Events are ordered by (time, kind, insertion), a total order, so
 * that a run never depends on how the heap happens to break a tie. It knows numbers and nothing of what they mean.
 *
 * Nothing is allocated per event: `pop` fills the fields of the queue instead of returning an object. Cancelling is
 * not offered; whoever schedules an event that may become void gives it a `version` and ignores it when it is stale.
 */

/** Ranks above this would not be exact in a double: 32 kinds and 2⁴⁸ insertions fit. */
const INSERTIONS_PER_KIND = 2 ** 48;

export class EventQueue {
  /** Time of the event popped last [s]. */
  time = 0;
  /** Kind of the event popped last; smaller kinds come first within an instant. */
  kind = 0;
  /** What the event popped last concerns: a row, a replica, a source. */
  subject = 0;
  /** The number given with the event popped last, to tell whether it is stale. */
  version = 0;
  /** Events waiting. */
  length = 0;

  private insertions = 0;
  /** The place of the event popped last is free: most events bring one after them, which then sinks from there. */
  private topIsFree = false;
  private times = new Float64Array(64);
  /** (kind, insertion) as one number that compares in the right order. */
  private ranks = new Float64Array(64);
  private subjects = new Int32Array(64);
  private versions = new Int32Array(64);

  /** Adds an event. `kind` is 0 to 31; `subject` and `version` are 32-bit whole numbers. */
  push(time: number, kind: number, subject: number, version: number): void {
    const rank = kind * INSERTIONS_PER_KIND + this.insertions++;
    this.length += 1;
    if (this.topIsFree) {
      this.topIsFree = false;
      this.sink(this.length, time, rank, subject, version);
    } else {
      if (this.length > this.times.length) this.grow();
      this.rise(this.length - 1, time, rank, subject, version);
    }
  }

  /** Takes the earliest event into the fields above; false when there is none. */
  pop(): boolean {
    if (this.length === 0) return false;
    const { times, ranks, subjects, versions } = this;
    if (this.topIsFree) {
      // Nothing was pushed since the last pop: the last entry comes to the top.
      const last = this.length;
      this.sink(last, times[last]!, ranks[last]!, subjects[last]!, versions[last]!);
    }
    this.time = times[0]!;
    this.kind = Math.floor(ranks[0]! / INSERTIONS_PER_KIND);
    this.subject = subjects[0]!;
    this.version = versions[0]!;
    this.length -= 1;
    this.topIsFree = true;
    return true;
  }

  /** Lets an entry find its place at or above `at`. */
  private rise(at: number, time: number, rank: number, subject: number, version: number): void {
    const { times, ranks, subjects, versions } = this;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentTime = times[parent]!;
      if (parentTime < time || (parentTime === time && ranks[parent]! < rank)) break;
      times[at] = parentTime;
      ranks[at] = ranks[parent]!;
      subjects[at] = subjects[parent]!;
      versions[at] = versions[parent]!;
      at = parent;
    }
    times[at] = time;
    ranks[at] = rank;
    subjects[at] = subject;
    versions[at] = version;
  }

  /** Lets an entry find its place from the free top down, among the first `entries` places. */
  private sink(entries: number, time: number, rank: number, subject: number, version: number): void {
    const { times, ranks, subjects, versions } = this;
    let at = 0;
    for (let child = 1; child < entries; child = 2 * at + 1) {
      const right = child + 1;
      if (
        right < entries &&
        (times[right]! < times[child]! || (times[right]! === times[child]! && ranks[right]! < ranks[child]!))
      ) {
        child = right;
      }
      const childTime = times[child]!;
      if (time < childTime || (time === childTime && rank < ranks[child]!)) break;
      times[at] = childTime;
      ranks[at] = ranks[child]!;
      subjects[at] = subjects[child]!;
      versions[at] = versions[child]!;
      at = child;
    }
    times[at] = time;
    ranks[at] = rank;
    subjects[at] = subject;
    versions[at] = version;
  }

  private grow(): void {
    const capacity = 2 * this.times.length;
    const times = new Float64Array(capacity);
    const ranks = new Float64Array(capacity);
    const subjects = new Int32Array(capacity);
    const versions = new Int32Array(capacity);
    times.set(this.times);
    ranks.set(this.ranks);
    subjects.set(this.subjects);
    versions.set(this.versions);
    Object.assign(this, { times, ranks, subjects, versions });
  }
}
