/**
 * The KV cache of a replica, counted in blocks. It knows how much is held and free, and not by whom: each holder says
 * how many tokens it has when it grows or lets go.
 */
import { InvariantError } from '../errors.ts';

export class KvBlocks {
  /** Tokens held in all. */
  tokens = 0;
  private readonly capacity: number;
  private readonly blockSize: number;
  private free: number;
  private held = 0;

  constructor(blocks: number, blockSize: number) {
    this.capacity = blocks;
    this.blockSize = blockSize;
    this.free = blocks;
  }

  /** Whether a holder of `held` tokens can have `more`. */
  canGrow(held: number, more: number): boolean {
    return this.blocksFor(held + more) - this.blocksFor(held) <= this.free;
  }

  /** Gives a holder of `held` tokens `more`; call only when it can grow. */
  grow(held: number, more: number): void {
    const blocks = this.blocksFor(held + more) - this.blocksFor(held);
    this.free -= blocks;
    this.held += blocks;
    this.tokens += more;
    this.check();
  }

  /** Takes everything back from a holder of `held` tokens. */
  release(held: number): void {
    const blocks = this.blocksFor(held);
    this.free += blocks;
    this.held -= blocks;
    this.tokens -= held;
    this.check();
  }

  private blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.blockSize);
  }

  /** Double entry: what is held and what is free make the capacity at all times. */
  private check(): void {
    if (this.free < 0 || this.held < 0 || this.free + this.held !== this.capacity) {
      throw new InvariantError(`KV blocks: ${this.held} held and ${this.free} free of ${this.capacity}`);
    }
  }
}
