/** A mixture: one of several distributions, chosen anew for each value. */
import { Type } from 'typebox';
import { Fields, Positive } from '../../input/schema.ts';
import type { UniformSource } from '../uniform-source.ts';
import { within } from '../../errors.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import type { NestingQuantity } from './quantity.ts';

/** Parts that are looked at one after another. */
const FEW = 8;

class Mixture implements Distribution {
  /** Running sums of the weights, divided by their total. */
  private readonly bounds: Float64Array;
  private readonly distributions: readonly Distribution[];

  constructor(weights: readonly number[], distributions: readonly Distribution[]) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let running = 0;
    this.bounds = Float64Array.from(weights, (weight) => (running += weight) / total);
    this.distributions = distributions;
  }

  sample(source: UniformSource): number {
    const u = source.next();
    const { bounds } = this;
    let chosen = 0;
    // Of many parts half are left out at a time, until few are left.
    for (let end = bounds.length - 1; end - chosen > FEW;) {
      const middle = (chosen + end) >> 1;
      if (u >= bounds[middle]!) chosen = middle + 1;
      else end = middle;
    }
    while (chosen < bounds.length - 1 && u >= bounds[chosen]!) chosen++;
    return this.distributions[chosen]!.sample(source);
  }
}

export const mixture = <Amount, Nested, NestedWritten>(
  quantity: NestingQuantity<Amount, Nested, NestedWritten>,
) =>
  distributionOf({
    kind: 'mixture',
    summary: 'One of several distributions for each value, with given weights.',
    parameters: {
      of: Type.Array(
        Fields({
          weight: Positive({ description: 'Weight above zero; weights need not add up to 1.' }),
          distribution: quantity.distribution,
        }),
        { minItems: 1, description: 'The distributions and their weights.' },
      ),
    },
    example: {
      kind: 'mixture',
      of: [
        { weight: 3, distribution: { kind: 'constant', value: quantity.written(200) } },
        { weight: 1, distribution: { kind: 'exponential', mean: quantity.written(2000) } },
      ],
    },
    create: ({ of }, environment) =>
      new Mixture(
        of.map(({ weight }) => weight),
        of.map(({ distribution }, i) =>
          within(`of[${i}].distribution`, () => quantity.create(distribution, environment)),
        ),
      ),
  });
