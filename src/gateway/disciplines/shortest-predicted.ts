/** Short jobs first, as far as somebody can tell which are short. */
import { Fields, NonNegative, OneOf } from '../../schema.ts';
import { disciplineStrategy } from './discipline.ts';
import { KeyedQueue } from './keyed-queue.ts';

/**
 * The work that is left is seconds of service in slots, and output tokens in a batching engine, whose true number is
 * latent: a predictor is told it and errs by a lognormal factor of mean 1 that belongs to the request. A `cv` of 0 is an
 * oracle that no gateway has: the bound of what prediction can bring.
 *
 * Where pools of several kinds share a queue, the unit is that of the first.
 */
export const shortestPredicted = disciplineStrategy({
  kind: 'shortest-predicted',
  summary: 'The least work predicted to be left first, by a predictor of stated error.',
  parameters: {
    predictor: Fields(
      {
        kind: OneOf(['exact-with-noise'] as const, {
          description: 'exact-with-noise: the true work × a lognormal factor of mean 1.',
        }),
        cv: NonNegative({ description: 'Coefficient of variation of that factor; 0 for a perfect one.' }),
      },
      { description: 'Who says how much work is left.' },
    ),
  },
  example: { kind: 'shortest-predicted', predictor: { kind: 'exact-with-noise', cv: 0.5 } },
  create: ({ predictor: { cv } }, environment) =>
    new KeyedQueue(environment, (row) => environment.predictedWork(row, cv)),
});
