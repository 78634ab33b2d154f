/** The constant distribution: always the same value. */
import { distributionOf, type Distribution } from './distribution.ts';
import type { Quantity } from './quantity.ts';

class Constant implements Distribution {
  private readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  sample(): number {
    return this.value;
  }

  quantile(): number {
    return this.value;
  }
}

export const constant = <Amount>(quantity: Quantity<Amount>) =>
  distributionOf({
    kind: 'constant',
    summary: 'Always the same value.',
    parameters: { value: quantity.zeroOrMore({ description: 'The value; zero is allowed.' }) },
    example: { kind: 'constant', value: quantity.written(250) },
    create: ({ value }) => new Constant(value),
  });
