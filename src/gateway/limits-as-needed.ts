/**
 * An allowance for keys that are numbered as they appear: the algorithm is made for a block of keys at a time. Keys
 * share nothing, so that it does not matter which are in a block.
 */
import type { RateLimit } from './rate-limits/index.ts';

const BLOCK_BITS = 10;
/** Keys of a block. */
export const BLOCK = 1 << BLOCK_BITS;

export class LimitsAsNeeded implements RateLimit {
  readonly untilEnd: boolean;
  private readonly create: () => RateLimit;
  private readonly blocks: RateLimit[];

  /** `create` makes the algorithm for `BLOCK` keys. */
  constructor(create: () => RateLimit) {
    this.create = create;
    this.blocks = [create()];
    this.untilEnd = this.blocks[0]!.untilEnd;
  }

  delay(key: number, amount: number, now: number): number {
    return this.blockOf(key).delay(key & (BLOCK - 1), amount, now);
  }

  delayUntilPositive(key: number, now: number): number {
    return this.blockOf(key).delayUntilPositive(key & (BLOCK - 1), now);
  }

  debit(key: number, amount: number, now: number): void {
    this.blockOf(key).debit(key & (BLOCK - 1), amount, now);
  }

  credit(key: number, amount: number, now: number, debitedAt: number): void {
    this.blockOf(key).credit(key & (BLOCK - 1), amount, now, debitedAt);
  }

  level(key: number, now: number): number {
    return this.blockOf(key).level(key & (BLOCK - 1), now);
  }

  private blockOf(key: number): RateLimit {
    const block = key >> BLOCK_BITS;
    while (block >= this.blocks.length) this.blocks.push(this.create());
    return this.blocks[block]!;
  }
}
