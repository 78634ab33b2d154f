/**
 * The hyperexponential distribution of two phases with balanced means: more variable than the exponential distribution.
 */
import { ParameterError } from '../../errors.ts';
import { Positive } from '../../input/schema.ts';
import type { UniformSource } from '../uniform-source.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import type { Quantity } from './quantity.ts';

class Hyperexponential implements Distribution {
  private readonly rareProbability: number;
  private readonly rareMean: number;
  private readonly commonMean: number;

  /**
   * Either phase contributes half the mean. The rare phase has probability (1 − s) ÷ 2, s = √((cv² − 1) ÷ (cv² + 1)),
   * written without the difference, which would cancel for a large cv.
   */
  constructor(mean: number, cv: number) {
    const s = Math.sqrt((cv * cv - 1) / (cv * cv + 1));
    this.rareProbability = 1 / ((cv * cv + 1) * (1 + s));
    this.rareMean = mean / 2 / this.rareProbability;
    this.commonMean = mean / (1 + s);
  }

  sample(source: UniformSource): number {
    const mean = source.next() < this.rareProbability ? this.rareMean : this.commonMean;
    return -mean * Math.log(1 - source.next());
  }
}

export const hyperexponential = <Amount>(quantity: Quantity<Amount>) =>
  distributionOf({
    kind: 'hyperexponential',
    summary: 'Two exponential phases with balanced means: many short, a few long.',
    parameters: {
      mean: quantity.positive({ description: 'Mean, above zero.' }),
      cv: Positive({ description: 'Coefficient of variation (standard deviation ÷ mean), above 1.' }),
    },
    example: { kind: 'hyperexponential', mean: quantity.written(250), cv: 2 },
    create: ({ mean, cv }) => {
      if (!(cv > 1)) {
        throw new ParameterError(
          'cv',
          `must be above 1, got ${cv}; at 1 use exponential, below it gamma or erlang`,
        );
      }
      if (cv > 1e6) throw new ParameterError('cv', `${cv} is too large to sample; at most 1e6`);
      return new Hyperexponential(mean, cv);
    },
  });
