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
  private times = new Float64Array(64);
  /** (kind, insertion) as one number that compares in the right order. */
  private ranks = new Float64Array(64);
  private subjects = new Int32Array(64);
  private versions = new Int32Array(64);

  /** Adds an event. `kind` is 0 to 31; `subject` and `version` are 32-bit whole numbers. */
  push(time: number, kind: number, subject: number, version: number): void {
    if (this.length === this.times.length) this.grow();
    const rank = kind * INSERTIONS_PER_KIND + this.insertions++;
    const { times, ranks, subjects, versions } = this;
    let at = this.length++;
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

  /** Takes the earliest event into the fields above; false when there is none. */
  pop(): boolean {
    if (this.length === 0) return false;
    const { times, ranks, subjects, versions } = this;
    this.time = times[0]!;
    this.kind = Math.floor(ranks[0]! / INSERTIONS_PER_KIND);
    this.subject = subjects[0]!;
    this.version = versions[0]!;
    const last = --this.length;
    const time = times[last]!;
    const rank = ranks[last]!;
    let at = 0;
    for (let child = 1; child < last; child = 2 * at + 1) {
      const right = child + 1;
      if (
        right < last &&
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
    subjects[at] = subjects[last]!;
    versions[at] = versions[last]!;
    return true;
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
