/** The Pareto distribution of the first kind, by inversion, given by its mean and shape. */
import { ParameterError } from '../../errors.ts';
import { Positive } from '../../input/schema.ts';
import type { UniformSource } from '../uniform-source.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import type { Quantity } from './quantity.ts';

class Pareto implements Distribution {
  private readonly smallest: number;
  private readonly power: number;

  /** The mean is smallest × shape ÷ (shape − 1). */
  constructor(mean: number, shape: number) {
    this.smallest = (mean * (shape - 1)) / shape;
    this.power = -1 / shape;
  }

  sample(source: UniformSource): number {
    return this.quantile(source.next());
  }

  quantile(u: number): number {
    return this.smallest * Math.exp(this.power * Math.log(1 - u));
  }
}

export const pareto = <Amount>(quantity: Quantity<Amount>) =>
  distributionOf({
    kind: 'pareto',
    summary: 'A power-law tail; averages of it converge slowly, or not at all with a shape of 2 or less.',
    parameters: {
      mean: quantity.positive({ description: 'Mean, above zero.' }),
      shape: Positive({ description: 'Exponent of the tail, above 1; the variance is finite above 2.' }),
    },
    example: { kind: 'pareto', mean: quantity.written(400), shape: 2.5 },
    create: ({ mean, shape }) => {
      if (!(shape > 1))
        throw new ParameterError('shape', `must be above 1, got ${shape}: the mean is infinite at 1`);
      return new Pareto(mean, shape);
    },
  });
