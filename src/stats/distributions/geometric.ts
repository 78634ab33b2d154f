/**
 * The geometric distribution on 1, 2, 3, …, by inversion: a whole number of tokens whose end comes at each with one
 * chance.
 */
import { Type } from 'typebox';
import type { UniformSource } from '../uniform-source.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import { MOST_TOKENS } from './quantity.ts';

class Geometric implements Distribution {
  private readonly logOfGoingOn: number;

  /** The chance of ending at a token is 1 ÷ mean; with mean 1 the logarithm is −∞ and every value 1. */
  constructor(mean: number) {
    this.logOfGoingOn = Math.log1p(-1 / mean);
  }

  sample(source: UniformSource): number {
    return this.quantile(source.next());
  }

  quantile(u: number): number {
    return 1 + Math.floor(Math.log(1 - u) / this.logOfGoingOn);
  }
}

/** Tokens only: a duration has no natural step. */
export const geometric = distributionOf({
  kind: 'geometric',
  summary: 'Whole numbers from 1 on, each token being the last with the same chance.',
  parameters: {
    mean: Type.Number({ minimum: 1, maximum: MOST_TOKENS, description: 'Mean, at least 1 token.' }),
  },
  example: { kind: 'geometric', mean: 250 },
  create: ({ mean }) => new Geometric(mean),
});
