/**
 * How many requests come at once: any distribution of tokens, and distributions that only batches have. A value is made
 * a whole number of one or more as numbers of tokens are (`wholeTokens`), which leaves the whole values of `constant`,
 * `geometric` and `weights` as they are.
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Count, NonNegative } from '../../input/schema.ts';
import { tokenDistributions, type Distribution, type DistributionEnvironment } from '../../stats/index.ts';
import { Family, strategiesOf } from '../../input/strategy.ts';

const batchSize = strategiesOf<DistributionEnvironment, Distribution>();

const constant = batchSize({
  kind: 'constant',
  summary: 'A fixed size.',
  parameters: { value: Count({ description: 'Requests of a batch.' }) },
  example: { kind: 'constant', value: 4 },
  create: ({ value }) => ({ sample: () => value }),
});

const weights = batchSize({
  kind: 'weights',
  summary: 'Sizes 1, 2, 3 and so on, by how common each is.',
  parameters: {
    weights: Type.Array(NonNegative({ description: 'Relative chance of the size.' }), {
      minItems: 1,
      description: 'Relative chances of the sizes 1, 2, 3 and so on.',
    }),
  },
  example: { kind: 'weights', weights: [0.6, 0.3, 0, 0.1] },
  create: (parameters) => {
    const total = parameters.weights.reduce((a, b) => a + b, 0);
    if (total === 0) throw new ParameterError('weights', 'every weight is 0; give some size a weight');
    let sum = 0;
    const upTo = Float64Array.from(parameters.weights, (weight) => (sum += weight));
    return {
      sample(source) {
        const u = source.next() * total;
        let size = 1;
        while (u >= upTo[size - 1]!) size += 1;
        return size;
      },
    };
  },
});

export const batchSizes = new Family(
  'distribution of batch sizes',
  'How many requests of a tier come at once.',
  [constant, ...tokenDistributions.strategies.filter(({ kind }) => kind !== 'constant'), weights],
);
