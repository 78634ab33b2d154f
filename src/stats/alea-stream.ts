/**
 * Baagøe's Alea generator, drawn from a state that the library `seedrandom` made from a seed. Knows nothing of seeds.
 */
import type seedrandom from 'seedrandom';
import type { UniformSource } from './uniform-source.ts';

const TWO_TO_MINUS_32 = 2 ** -32;
const TWO_TO_21 = 2 ** 21;
const TWO_TO_MINUS_53 = 2 ** -53;
const MULTIPLIER = 2_091_639;

/**
 * The numbers of the library's `double`, to the bit. The library makes closures for each stream, which the compiler
 * cannot order; a request takes a dozen steps of this.
 */
export class AleaStream implements UniformSource {
  private s0: number;
  private s1: number;
  private s2: number;
  private carry: number;

  constructor({ s0, s1, s2, c }: seedrandom.State.Alea) {
    this.s0 = s0;
    this.s1 = s1;
    this.s2 = s2;
    this.carry = c;
  }

  /** 32 random bits in front and 21 behind. */
  next(): number {
    const front = this.step();
    return front + Math.floor(this.step() * TWO_TO_21) * TWO_TO_MINUS_53;
  }

  /** Multiply with carry on three numbers of 32 bits after the point. */
  private step(): number {
    const product = MULTIPLIER * this.s0 + this.carry * TWO_TO_MINUS_32;
    this.carry = Math.floor(product);
    this.s0 = this.s1;
    this.s1 = this.s2;
    this.s2 = product - this.carry;
    return this.s2;
  }
}
