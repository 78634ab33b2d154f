/**
 * Memory for the integer arrays of varying length that replicas keep: the arrays of one replica are adjacent, and the
 * replicas of a pool share few typed arrays. A replica that rarely gets a request then touches fewer cache lines than
 * it would with arrays of its own.
 */

/** A range of a shared array, by where it begins. Its numbers are initially 0. */
export interface Cells {
  readonly ints: Int32Array;
  readonly first: number;
}

/** Ranges are aligned to cache lines, of this many numbers. */
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

  /**
   * Allocates a block twice as large as the last, up to a bound, so that a single replica does not take much more than
   * it needs.
   */
  private begin(size: number): void {
    this.ints = new Int32Array(Math.max(size, Math.min(2 * this.ints.length, LARGEST_BLOCK)));
    this.used = 0;
  }
}
