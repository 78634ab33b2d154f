/** The Weibull law, by inversion, given by its mean and shape. */
import { gammaln } from 'simple-statistics';
import { ParameterError } from '../../errors.ts';
import { Positive } from '../../schema.ts';
import type { UniformSource } from '../uniform-source.ts';
import { lawOf, type Law } from './law.ts';
import type { Quantity } from './quantity.ts';

class Weibull implements Law {
  private readonly scale: number;
  private readonly power: number;

  /** The mean is scale × Γ(1 + 1 ÷ shape). */
  constructor(mean: number, shape: number) {
    this.scale = mean / Math.exp(gammaln(1 + 1 / shape));
    this.power = 1 / shape;
  }

  sample(source: UniformSource): number {
    return this.scale * Math.exp(this.power * Math.log(-Math.log(1 - source.next())));
  }
}

export const weibull = (quantity: Quantity) =>
  lawOf({
    kind: 'weibull',
    summary: 'Times to failure: shape below 1 for early failures, 1 for exponential, above 1 for wear.',
    parameters: {
      mean: quantity.positive({ description: 'Mean, above zero.' }),
      shape: Positive({ description: 'Shape, above zero; 1 is the exponential law.' }),
    },
    example: { kind: 'weibull', mean: quantity.written(250), shape: 0.8 },
    create: ({ mean, shape }) => {
      if (shape < 0.05) throw new ParameterError('shape', `${shape} is too small to sample; at least 0.05`);
      return new Weibull(mean, shape);
    },
  });
