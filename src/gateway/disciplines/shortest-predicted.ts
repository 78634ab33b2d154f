/** Shortest remaining work first, by a predictor. */
import { Fields, NonNegative, OneOf } from '../../input/schema.ts';
import { disciplineStrategy } from './discipline.ts';
import { KeyedQueue } from './keyed-queue.ts';

/**
 * The remaining work is seconds of service in slots, and output tokens in a batching engine. Its true value is latent:
 * the predictor multiplies it by a lognormal error of mean 1 that belongs to the request. A `cv` of 0 is an oracle that
 * no gateway has: an upper bound on what prediction can gain.
 *
 * Where pools of different kinds share a queue, the unit is that of the first pool.
 */
export const shortestPredicted = disciplineStrategy({
  kind: 'shortest-predicted',
  summary: 'The shortest predicted remaining work first, by a predictor of stated error.',
  parameters: {
    predictor: Fields(
      {
        kind: OneOf(['exact-with-noise'] as const, {
          description: 'exact-with-noise: the true work × a lognormal factor of mean 1.',
        }),
        cv: NonNegative({ description: 'Coefficient of variation of that factor; 0 for a perfect one.' }),
      },
      { description: 'The predictor of remaining work.' },
    ),
  },
  example: { kind: 'shortest-predicted', predictor: { kind: 'exact-with-noise', cv: 0.5 } },
  declares: { ranks: 'all', looksAtPrices: false },
  create: ({ predictor: { cv } }, environment) =>
    new KeyedQueue(environment, (row) => environment.predictedWork(row, cv)),
});
