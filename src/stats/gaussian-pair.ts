/**
 * Two uniform numbers that depend on each other: the Gaussian copula. Given to the inverse distribution functions of
 * two distributions they make a pair whose parts follow those distributions, and whose ranks are correlated. It knows
 * nothing of the distributions.
 */
import jStat from 'jstat';
import { standardNormal } from './distributions/normal.ts';
import type { UniformSource } from './uniform-source.ts';

/** The largest number below 1: what a normal value far out is taken to be, as a uniform draw never is 1. */
const BELOW_ONE = 1 - 2 ** -53;

export class GaussianPair {
  first = 0;
  second = 0;
  private readonly correlation: number;
  private readonly rest: number;

  /**
   * `rankCorrelation` is Spearman’s, between −1 and 1: that of two normal values of correlation r is (6 ÷ π) arcsin(r ÷ 2)
   * (Pearson 1907), and ranks are the same after any rising function.
   */
  constructor(rankCorrelation: number) {
    this.correlation = 2 * Math.sin((Math.PI / 6) * rankCorrelation);
    this.rest = Math.sqrt(1 - this.correlation ** 2);
  }

  /** Draws the pair into the fields above, each part from a source of its own; the first alone decides `first`. */
  draw(firstSource: UniformSource, secondSource: UniformSource): void {
    const z = standardNormal(firstSource);
    const other = standardNormal(secondSource);
    this.first = probabilityBelow(z);
    this.second = probabilityBelow(this.correlation * z + this.rest * other);
  }
}

const probabilityBelow = (z: number) => Math.min(jStat.normal.cdf(z, 0, 1), BELOW_ONE);
