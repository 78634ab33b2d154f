/**
 * Memory for the whole numbers that replicas keep in rows of changing length: what a replica has lies side by side there,
 * and the replicas of a pool in few arrays. One that is sent a request once in a while is fewer cache lines away then than
 * as many arrays of its own would be.
 */

/** Where somebody's numbers begin in an array that is shared. They are 0 at first. */
export interface Cells {
  readonly ints: Int32Array;
  readonly first: number;
}

/** Numbers begin where a cache line does; of this many. */
const LINE = 16;
const LARGEST_BLOCK = 1 << 14;

export class Arena {
  private ints = new Int32Array();
  private used = 0;

  take(count: number): Cells {
    const size = LINE * Math.ceil(count / LINE);
    if (this.used + size > this.ints.length) this.begin(size);
    const first = this.used;
    this.used += size;
    return { ints: this.ints, first };
  }

  /** A block twice as large as the last, up to a bound, so that a single replica has no more than it needs. */
  private begin(size: number): void {
    this.ints = new Int32Array(Math.max(size, Math.min(2 * this.ints.length, LARGEST_BLOCK)));
    this.used = 0;
  }
}
