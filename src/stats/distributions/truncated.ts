/** A law cut off above: the conditional law given a value of at most `max`, which is not the law clipped at it. */
import { ParameterError, within } from '../../errors.ts';
import { Streams } from '../random.ts';
import type { UniformSource } from '../uniform-source.ts';
import { lawOf, type Law } from './law.ts';
import type { NestingQuantity } from './quantity.ts';

const PILOT_DRAWS = 1_000;
const FEWEST_KEPT = 5;

class Truncated implements Law {
  private readonly law: Law;
  private readonly max: number;

  constructor(law: Law, max: number) {
    this.law = law;
    this.max = max;
  }

  sample(source: UniformSource): number {
    for (;;) {
      const value = this.law.sample(source);
      if (value <= this.max) return value;
    }
  }
}

export const truncated = <Nested>(quantity: NestingQuantity<Nested>) =>
  lawOf({
    kind: 'truncated',
    summary:
      'Another law given that its value is at most a maximum; longer values are drawn again, not clipped.',
    parameters: {
      law: quantity.law,
      max: quantity.positive({
        description: 'Largest value, above zero. The mean is below that of the law.',
      }),
    },
    example: {
      kind: 'truncated',
      law: { kind: 'lognormal', mean: quantity.written(900), cv: 1.2 },
      max: quantity.written(8000),
    },
    create: ({ law: choice, max }, environment) => {
      const law = within('law', () => quantity.create(choice as Nested, environment));
      const kept = keptOfPilot(law, max);
      if (kept < FEWEST_KEPT) {
        throw new ParameterError(
          'max',
          `${max} keeps practically nothing of the law (${kept} of ${PILOT_DRAWS} trial values); raise it`,
        );
      }
      return new Truncated(law, max);
    },
  });

/** How many of a fixed thousand of values a truncation keeps: always the same for the same law. */
function keptOfPilot(law: Law, max: number): number {
  const source = new Streams('truncated', 0).stream('pilot');
  let kept = 0;
  for (let draw = 0; draw < PILOT_DRAWS; draw++) if (law.sample(source) <= max) kept++;
  return kept;
}
