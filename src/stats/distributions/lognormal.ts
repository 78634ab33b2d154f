/** The lognormal distribution, given by its own mean and coefficient of variation (not by those of its logarithm). */
import jStat from 'jstat';
import { Positive } from '../../input/schema.ts';
import { ParameterError } from '../../errors.ts';
import type { UniformSource } from '../uniform-source.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import { standardNormal } from './normal.ts';
import type { Quantity } from './quantity.ts';

/** A lognormal value of mean 1 and this coefficient of variation. */
export function lognormalFactor(cv: number, source: UniformSource): number {
  const sigma = Math.sqrt(Math.log1p(cv * cv));
  return Math.exp(sigma * standardNormal(source)) / Math.sqrt(1 + cv * cv);
}

class Lognormal implements Distribution {
  private readonly median: number;
  private readonly sigma: number;

  /** With sigma² = ln(1 + cv²) the mean is median × exp(sigma² ÷ 2). */
  constructor(mean: number, cv: number) {
    this.sigma = Math.sqrt(Math.log1p(cv * cv));
    this.median = mean / Math.sqrt(1 + cv * cv);
  }

  sample(source: UniformSource): number {
    return this.median * Math.exp(this.sigma * standardNormal(source));
  }

  quantile(u: number): number {
    return this.median * Math.exp(this.sigma * jStat.normal.inv(u, 0, 1));
  }
}

export const lognormal = <Amount>(quantity: Quantity<Amount>) =>
  distributionOf({
    kind: 'lognormal',
    summary: 'The exponential of a normal distribution; typical of prompt and answer lengths.',
    parameters: {
      mean: quantity.positive({ description: 'Mean of the distribution itself, above zero.' }),
      cv: Positive({ description: 'Coefficient of variation (standard deviation ÷ mean), above zero.' }),
    },
    example: { kind: 'lognormal', mean: quantity.written(900), cv: 1.2 },
    create: ({ mean, cv }) => {
      if (cv > 1e6) throw new ParameterError('cv', `${cv} is too large to sample; at most 1e6`);
      return new Lognormal(mean, cv);
    },
  });
