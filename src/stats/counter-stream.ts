/**
 * A counter-based generator: the number drawn for a position is a function of the key and the position alone. It
 * serves quantities indexed by a decision (the third retry of request 812), where a sequential stream would shift for
 * all others as soon as one policy makes an extra draw. Knows nothing of seeds and names; see `random.ts`.
 */
import type { UniformSource } from './uniform-source.ts';

const SUB_LIMIT = 2 ** 24;
const TWO_TO_26 = 2 ** 26;
const TWO_TO_MINUS_53 = 2 ** -53;

/** Draws indexed by (ordinal, sub): the same numbers for a position, whichever positions were asked before. */
export class CounterStream implements UniformSource {
  private readonly key0: number;
  private readonly key1: number;
  private readonly block = new Uint32Array(2);
  private ordinal = 0;
  private sub = 0;
  private index = 0;

  /** `key0` and `key1` are the 64 bits that set this stream apart from every other. Stands at position (0, 0). */
  constructor(key0: number, key1: number) {
    this.key0 = key0 | 0;
    this.key1 = key1 | 0;
  }

  /**
   * Goes to a position and forgets how much was drawn there. Returns itself.
   *
   * @param ordinal a whole number up to 2³² − 1, such as the ordinal of a request
   * @param sub a whole number up to 2²⁴ − 1, such as the number of the attempt
   * @throws RangeError when either is outside its range: two positions would share their numbers
   */
  at(ordinal: number, sub: number): this {
    if (ordinal >>> 0 !== ordinal || sub >>> 0 !== sub || sub >= SUB_LIMIT) {
      refuse(ordinal, sub);
    }
    this.ordinal = ordinal;
    this.sub = sub << 8;
    this.index = 0;
    return this;
  }

  /**
   * The next draw of this position. The low eight bits of the draw's index are part of the counter; the bits above
   * are added to the key, so that a sampler by rejection may draw more than 256 times without meeting a neighbour.
   */
  next(): number {
    const index = this.index++;
    threefry2x32(this.ordinal, this.sub | (index & 0xff), this.key0, this.key1 + (index >>> 8), this.block);
    return ((this.block[0]! >>> 5) * TWO_TO_26 + (this.block[1]! >>> 6)) * TWO_TO_MINUS_53;
  }
}

/** A function of its own: the compiler would make the message of a check that is inlined twice before the first. */
function refuse(ordinal: number, sub: number): never {
  throw new RangeError(
    `no position (${ordinal}, ${sub}): whole numbers up to 2^32 - 1 and 2^24 - 1 are needed`,
  );
}

const THREEFISH_PARITY = 0x1bd11bda;

/**
 * One block of Threefry-2x32 with 20 rounds: writes the two 32-bit words of the result into `out`. The result comes
 * in a buffer of the caller, because it is called once per draw.
 *
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11, section 3.3;
 * constants as in Random123 1.14, `threefry.h`.
 */
export function threefry2x32(
  counter0: number,
  counter1: number,
  key0: number,
  key1: number,
  out: Uint32Array,
): void {
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  let k2 = THREEFISH_PARITY ^ k0 ^ k1;
  let x0 = (counter0 + k0) | 0;
  let x1 = (counter1 + k1) | 0;
  for (let group = 1; group <= 5; group++) {
    if ((group & 1) === 1) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
    } else {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
    }
    const first = k0;
    k0 = k1;
    k1 = k2;
    k2 = first;
    x0 = (x0 + k0) | 0;
    x1 = (x1 + k1 + group) | 0;
  }
  out[0] = x0;
  out[1] = x1;
}
