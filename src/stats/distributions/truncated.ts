/**
 * A distribution cut off above: the conditional distribution given a value of at most `max`, which is not the
 * distribution clipped at it.
 */
import { ParameterError, within } from '../../errors.ts';
import { Streams } from '../random.ts';
import type { UniformSource } from '../uniform-source.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import type { NestingQuantity } from './quantity.ts';

const PILOT_DRAWS = 1_000;
const FEWEST_KEPT = 5;

class Truncated implements Distribution {
  private readonly distribution: Distribution;
  private readonly max: number;

  constructor(distribution: Distribution, max: number) {
    this.distribution = distribution;
    this.max = max;
  }

  sample(source: UniformSource): number {
    for (;;) {
      const value = this.distribution.sample(source);
      if (value <= this.max) return value;
    }
  }
}

export const truncated = <Amount, Nested, NestedWritten>(
  quantity: NestingQuantity<Amount, Nested, NestedWritten>,
) =>
  distributionOf({
    kind: 'truncated',
    summary:
      'Another distribution given that its value is at most a maximum; longer values are drawn again, not clipped.',
    parameters: {
      distribution: quantity.distribution,
      max: quantity.positive({
        description: 'Largest value, above zero. The mean is below that of the distribution.',
      }),
    },
    example: {
      kind: 'truncated',
      distribution: { kind: 'lognormal', mean: quantity.written(900), cv: 1.2 },
      max: quantity.written(8000),
    },
    create: ({ distribution: choice, max }, environment) => {
      const distribution = within('distribution', () => quantity.create(choice, environment));
      const kept = keptOfPilot(distribution, max);
      if (kept < FEWEST_KEPT) {
        throw new ParameterError(
          'max',
          `${max} keeps practically nothing of the distribution (${kept} of ${PILOT_DRAWS} trial values); raise it`,
        );
      }
      return new Truncated(distribution, max);
    },
  });

/** How many of a fixed thousand of values a truncation keeps: always the same for the same distribution. */
function keptOfPilot(distribution: Distribution, max: number): number {
  const source = new Streams('truncated', 0).stream('pilot');
  let kept = 0;
  for (let draw = 0; draw < PILOT_DRAWS; draw++) if (distribution.sample(source) <= max) kept++;
  return kept;
}
