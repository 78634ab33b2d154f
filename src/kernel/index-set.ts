/** A set of small integers as a bitmap, visited in ascending order. It does not know what the numbers mean. */

const BITS = 32;

export class IndexSet {
  size = 0;
  private readonly words: Int32Array;

  /** An empty set of numbers below `limit`. */
  constructor(limit: number) {
    this.words = new Int32Array(Math.ceil(limit / BITS));
  }

  /** Adds or removes a number. */
  put(index: number, isMember: boolean): void {
    const word = index >>> 5;
    const before = this.words[word]!;
    const bit = 1 << (index & 31);
    const after = isMember ? before | bit : before & ~bit;
    if (after === before) return;
    this.words[word] = after;
    this.size += isMember ? 1 : -1;
  }

  /** The nth smallest member, counted from 0; it must exist. */
  nth(n: number): number {
    let before = n;
    for (let word = 0; ; word++) {
      let bits = this.words[word]!;
      const members = bitsIn(bits);
      if (before >= members) {
        before -= members;
        continue;
      }
      for (; before > 0; before--) bits &= bits - 1;
      return word * BITS + (31 - Math.clz32(bits & -bits));
    }
  }

  /** The smallest member of at least `from`; −1 when there is none. Members may change between calls. */
  next(from: number): number {
    if (this.size === 0) return -1;
    let word = from >>> 5;
    if (word >= this.words.length) return -1;
    let bits = this.words[word]! & (-1 << (from & 31));
    while (bits === 0) {
      if (++word === this.words.length) return -1;
      bits = this.words[word]!;
    }
    return word * BITS + (31 - Math.clz32(bits & -bits));
  }
}

/** The number of bits set in a word: sums of neighbouring groups of bits in parallel. */
function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
