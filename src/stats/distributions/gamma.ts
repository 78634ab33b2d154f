/** The gamma distribution of any positive shape, given by its mean and coefficient of variation. */
import { ParameterError } from '../../errors.ts';
import { Positive } from '../../input/schema.ts';
import type { UniformSource } from '../uniform-source.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import { standardNormal } from './normal.ts';
import type { Quantity } from './quantity.ts';

/**
 * A gamma distribution of a shape of 1 or more by Marsaglia and Tsang's rejection (about 1.05 rounds of three uniforms
 * at most shapes); below 1 it draws shape + 1 and multiplies by a uniform to the power 1 ÷ shape.
 *
 * Source: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3) (2000).
 */
export class Gamma implements Distribution {
  private readonly scale: number;
  private readonly d: number;
  private readonly c: number;
  /** 1 ÷ shape below shape 1, else 0. */
  private readonly boost: number;

  constructor(mean: number, shape: number) {
    this.scale = mean / shape;
    this.boost = shape < 1 ? 1 / shape : 0;
    this.d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
    this.c = 1 / Math.sqrt(9 * this.d);
  }

  sample(source: UniformSource): number {
    const unboosted = this.scale * this.d * this.cube(source);
    return this.boost === 0 ? unboosted : unboosted * Math.exp(this.boost * Math.log(1 - source.next()));
  }

  private cube(source: UniformSource): number {
    for (;;) {
      const x = standardNormal(source);
      const root = 1 + this.c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      const u = 1 - source.next();
      if (u < 1 - 0.0331 * x * x * x * x) return v;
      if (Math.log(u) < 0.5 * x * x + this.d * (1 - v + Math.log(v))) return v;
    }
  }
}

export const gamma = <Amount>(quantity: Quantity<Amount>) =>
  distributionOf({
    kind: 'gamma',
    summary: 'Any coefficient of variation, with a lighter tail than the lognormal distribution.',
    parameters: {
      mean: quantity.positive({ description: 'Mean, above zero.' }),
      cv: Positive({ description: 'Coefficient of variation (standard deviation ÷ mean), above zero.' }),
    },
    example: { kind: 'gamma', mean: quantity.written(400), cv: 0.7 },
    create: ({ mean, cv }) => {
      if (cv < 1e-6)
        throw new ParameterError('cv', `${cv} is too small to sample; at least 1e-6, or kind: constant`);
      if (cv > 1e3) throw new ParameterError('cv', `${cv} is too large to sample; at most 1000`);
      return new Gamma(mean, 1 / (cv * cv));
    },
  });
