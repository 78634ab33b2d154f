/**
 * Randomness: from a seed, a replication and a name to a stream that shares nothing with any other. Knows which
 * generators are used and how they are keyed; does not know what the names mean.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import seedrandom from 'seedrandom';
import { AleaStream } from './alea-stream.ts';
import { CounterStream } from './counter-stream.ts';
import type { UniformSource } from './uniform-source.ts';

export type { UniformSource } from './uniform-source.ts';

/**
 * The streams of one replication. Streams of different seeds, replications or names are independent of each other,
 * and what is drawn from one does not depend on whether, or in which order, others are asked.
 *
 * Seeds and names are any text; as UTF-8 has no lone surrogates, all of them count as U+FFFD.
 */
export class Streams {
  readonly seed: string;
  readonly replication: number;

  /** @throws RangeError when `replication` is not a whole number of zero or more */
  constructor(seed: string, replication: number) {
    if (!Number.isSafeInteger(replication) || replication < 0) {
      throw new RangeError(`replication ${replication}: a whole number of zero or more is needed`);
    }
    this.seed = seed;
    this.replication = replication;
  }

  /**
   * A sequential stream, at its beginning: asking twice for a name gives the same numbers twice. Generator: Alea with
   * 53 bits per draw (seedrandom's `alea(…).double`).
   */
  stream(name: string): UniformSource {
    const digest = bytesToHex(this.digest('s1', name)).slice(0, 32);
    return new AleaStream(seedrandom.alea(`\x01${digest}`, { state: true }).state());
  }

  /** A stream indexed by position, for draws that a decision may add or leave out. */
  counter(name: string): CounterStream {
    const digest = this.digest('c1', name);
    const words = new DataView(digest.buffer, digest.byteOffset, 8);
    return new CounterStream(words.getUint32(0), words.getUint32(4));
  }

  /**
   * SHA-256 of a key that no other (format, seed, replication, name) shares: texts are in hex, so the bars between
   * the fields cannot be forged. The digest has a fixed length, so no generator sees one key repeat another.
   */
  private digest(format: string, name: string): Uint8Array {
    return sha256(utf8ToBytes(`\x01${format}|${hex(this.seed)}|r${this.replication}|${hex(name)}`));
  }
}

function hex(text: string): string {
  return bytesToHex(utf8ToBytes(text));
}
