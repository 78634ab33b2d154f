/** The uniform distribution between two values. */
import { ParameterError } from '../../errors.ts';
import type { UniformSource } from '../uniform-source.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import type { Quantity } from './quantity.ts';

class Uniform implements Distribution {
  private readonly low: number;
  private readonly width: number;

  constructor(low: number, high: number) {
    this.low = low;
    this.width = high - low;
  }

  sample(source: UniformSource): number {
    return this.quantile(source.next());
  }

  quantile(u: number): number {
    return this.low + this.width * u;
  }
}

export const uniform = <Amount>(quantity: Quantity<Amount>) =>
  distributionOf({
    kind: 'uniform',
    summary: 'Every value between two limits alike.',
    parameters: {
      low: quantity.zeroOrMore({ description: 'Lower limit; zero is allowed.' }),
      high: quantity.positive({ description: 'Upper limit, above the lower.' }),
    },
    example: { kind: 'uniform', low: quantity.written(100), high: quantity.written(400) },
    create: ({ low, high }) => {
      if (!(high > low)) throw new ParameterError('high', `${high} must be above low, which is ${low}`);
      return new Uniform(low, high);
    },
  });
