/** The constant law: always the same value. */
import { lawOf, type Law } from './law.ts';
import type { Quantity } from './quantity.ts';

class Constant implements Law {
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

export const constant = (quantity: Quantity) =>
  lawOf({
    kind: 'constant',
    summary: 'Always the same value.',
    parameters: { value: quantity.zeroOrMore({ description: 'The value; zero is allowed.' }) },
    example: { kind: 'constant', value: quantity.written(250) },
    create: ({ value }) => new Constant(value),
  });
