/**
 * The KV cache of a replica, counted in blocks. It knows how much is held and free, and not by whom: each holder keeps
 * what it has.
 */
import { InvariantError } from '../errors.ts';

export class KvBlocks {
  /** Tokens held in all. */
  tokens = 0;
  /** Blocks that nobody holds. */
  free: number;
  private readonly capacity: number;
  private readonly blockSize: number;
  /** Where a block has a power of two of tokens, as nearly always, it is counted by shifts; −1 where not. */
  private readonly shift: number;
  /** Blocks that somebody holds. */
  held = 0;

  constructor(blocks: number, blockSize: number) {
    this.capacity = blocks;
    this.blockSize = blockSize;
    this.shift = Number.isInteger(Math.log2(blockSize)) ? Math.log2(blockSize) : -1;
    this.free = blocks;
  }

  /** Blocks that so many tokens begin. */
  blocksFor(tokens: number): number {
    return this.shift < 0 ? Math.ceil(tokens / this.blockSize) : (tokens + this.blockSize - 1) >> this.shift;
  }

  /** Blocks that so many tokens fill. */
  filledBy(tokens: number): number {
    return this.shift < 0 ? Math.floor(tokens / this.blockSize) : tokens >> this.shift;
  }

  /** The number, which may be negative, modulo the tokens of a block. */
  phaseOf(tokens: number): number {
    if (this.shift >= 0) return tokens & (this.blockSize - 1);
    const phase = tokens % this.blockSize;
    return phase < 0 ? phase + this.blockSize : phase;
  }

  /** Further blocks that a holder of `blocks` needs to hold `tokens` tokens in all. */
  missing(blocks: number, tokens: number): number {
    return tokens <= blocks * this.blockSize ? 0 : this.blocksFor(tokens) - blocks;
  }

  /** Gives out free blocks for so many tokens more. */
  take(blocks: number, tokens: number): void {
    this.free -= blocks;
    this.held += blocks;
    this.tokens += tokens;
    this.check();
  }

  /** Takes back all that a holder has. */
  release(blocks: number, tokens: number): void {
    this.take(-blocks, -tokens);
  }

  /** Double entry: what is held and what is free make the capacity at all times. */
  private check(): void {
    if (this.free < 0 || this.held < 0 || this.tokens < 0 || this.free + this.held !== this.capacity) {
      this.refuse();
    }
  }

  /** A function of its own: the compiler would make the message of a check that is inlined twice before the first. */
  private refuse(): never {
    throw new InvariantError(
      `KV blocks: ${this.held} held and ${this.free} free of ${this.capacity}, with ${this.tokens} tokens in them`,
    );
  }
}
