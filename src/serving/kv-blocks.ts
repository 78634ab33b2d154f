/**
 * The KV cache of a replica, counted in blocks. It counts how much is held and free; each holder keeps track of its own
 * blocks.
 */
import { InvariantError } from '../errors.ts';

export class KvBlocks {
  /** Total tokens held. */
  tokens = 0;
  /** Free blocks. */
  free: number;
  private readonly capacity: number;
  private readonly blockSize: number;
  /** log2 of the block size, for counting by shifts; −1 where it is not a power of two, which is rare. */
  private readonly shift: number;
  /** Blocks held. */
  held = 0;

  constructor(blocks: number, blockSize: number) {
    this.capacity = blocks;
    this.blockSize = blockSize;
    this.shift = Number.isInteger(Math.log2(blockSize)) ? Math.log2(blockSize) : -1;
    this.free = blocks;
  }

  /** Blocks needed for this many tokens, rounded up. */
  blocksFor(tokens: number): number {
    return this.shift < 0 ? Math.ceil(tokens / this.blockSize) : (tokens + this.blockSize - 1) >> this.shift;
  }

  /** Whole blocks in this many tokens, rounded down. */
  filledBy(tokens: number): number {
    return this.shift < 0 ? Math.floor(tokens / this.blockSize) : tokens >> this.shift;
  }

  /** A number, possibly negative, modulo the block size. */
  phaseOf(tokens: number): number {
    if (this.shift >= 0) return tokens & (this.blockSize - 1);
    const phase = tokens % this.blockSize;
    return phase < 0 ? phase + this.blockSize : phase;
  }

  /** Further blocks that a holder of `blocks` needs to hold `tokens` tokens in all. */
  missing(blocks: number, tokens: number): number {
    return tokens <= blocks * this.blockSize ? 0 : this.blocksFor(tokens) - blocks;
  }

  /** Allocates free blocks for this many more tokens. */
  take(blocks: number, tokens: number): void {
    this.free -= blocks;
    this.held += blocks;
    this.tokens += tokens;
    this.check();
  }

  /** Frees blocks and their tokens. */
  release(blocks: number, tokens: number): void {
    this.take(-blocks, -tokens);
  }

  /** Double entry: held and free blocks sum to the capacity at all times. */
  private check(): void {
    if (this.free < 0 || this.held < 0 || this.tokens < 0 || this.free + this.held !== this.capacity) {
      this.refuse();
    }
  }

  /**
   * A function of its own: where the check is inlined, the compiler would otherwise build its message before checking.
   */
  private refuse(): never {
    throw new InvariantError(
      `KV blocks: ${this.held} held and ${this.free} free of ${this.capacity}, with ${this.tokens} tokens in them`,
    );
  }
}
