/** The Erlang distribution: a sum of equal exponential phases. */
import { Count } from '../../input/schema.ts';
import type { UniformSource } from '../uniform-source.ts';
import { Gamma } from './gamma.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import type { Quantity } from './quantity.ts';

/** Beyond this many phases the gamma sampler, which gives the same distribution at a fixed cost, is faster. */
const MOST_PHASES = 8;

class Erlang implements Distribution {
  private readonly meanPhase: number;
  private readonly shape: number;

  constructor(mean: number, shape: number) {
    this.meanPhase = mean / shape;
    this.shape = shape;
  }

  /** The product of at most 8 uniforms stays above 2⁻⁴²⁴, so one logarithm does for all phases. */
  sample(source: UniformSource): number {
    let product = 1;
    for (let phase = 0; phase < this.shape; phase++) product *= 1 - source.next();
    return -this.meanPhase * Math.log(product);
  }
}

export const erlang = <Amount>(quantity: Quantity<Amount>) =>
  distributionOf({
    kind: 'erlang',
    summary: 'A sum of equal exponential phases; more regular than the exponential distribution.',
    parameters: {
      mean: quantity.positive({ description: 'Mean of the whole, above zero.' }),
      shape: Count({
        description: 'Number of phases, a whole number; the coefficient of variation is 1 ÷ √shape.',
      }),
    },
    example: { kind: 'erlang', mean: quantity.written(250), shape: 3 },
    create: ({ mean, shape }) => (shape > MOST_PHASES ? new Gamma(mean, shape) : new Erlang(mean, shape)),
  });
