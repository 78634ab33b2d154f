/** The exponential distribution, by inversion: memoryless, coefficient of variation 1. */
import type { UniformSource } from '../uniform-source.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import type { Quantity } from './quantity.ts';

class Exponential implements Distribution {
  private readonly mean: number;

  constructor(mean: number) {
    this.mean = mean;
  }

  sample(source: UniformSource): number {
    return this.quantile(source.next());
  }

  quantile(u: number): number {
    return -this.mean * Math.log(1 - u);
  }
}

export const exponential = <Amount>(quantity: Quantity<Amount>) =>
  distributionOf({
    kind: 'exponential',
    summary: 'Memoryless, with a coefficient of variation of 1.',
    parameters: { mean: quantity.positive({ description: 'Mean, above zero.' }) },
    example: { kind: 'exponential', mean: quantity.written(250) },
    create: ({ mean }) => new Exponential(mean),
  });
