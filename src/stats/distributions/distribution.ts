/**
 * Distributions: what every probability distribution of this folder is, and what it is built with. A distribution is of
 * durations or of tokens; both share their files, and differ only in how a parameter is written (`quantity.ts`).
 */
import { strategiesOf } from '../../input/strategy.ts';
import type { UniformSource } from '../uniform-source.ts';

/** A probability distribution of values of zero or more. */
export interface Distribution {
  /**
   * An independent value: seconds, or tokens not yet made whole (`tokens.ts`). It draws as many uniforms as it needs,
   * keeps nothing between draws, and allocates nothing.
   */
  sample(source: UniformSource): number;
  /**
   * The inverse distribution function at 0 ≤ u < 1, in distributions that have one in closed form or as a table: what
   * ties a value to that of another distribution.
   */
  quantile?(u: number): number;
}

/** What a distribution may ask of the program beside its parameters. */
export interface DistributionEnvironment {
  /** The quantile table of that name, as pairs rising from probability 0 to 1; `null` when there is none. */
  quantileTable(name: string): QuantileTable | null;
}

export type QuantileTable = readonly (readonly [probability: number, value: number])[];

/** Declares a distribution; see `strategiesOf`. */
export const distributionOf = strategiesOf<DistributionEnvironment, Distribution>();
