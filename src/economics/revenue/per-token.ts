/** Paid by the token. */
import { Type } from 'typebox';
import { NonNegative } from '../../schema.ts';
import { TOKENS_PER_MILLION } from '../../units.ts';
import { revenuePlan } from './revenue-plan.ts';

export const perToken = revenuePlan({
  kind: 'per-token',
  summary: 'A price per million input, cached input and output tokens of completed requests.',
  parameters: {
    inputPerMillion: NonNegative({ description: 'Price of input tokens [USD per million].' }),
    cachedInputPerMillion: Type.Optional(
      NonNegative({
        description: 'Price of input tokens found in the prefix cache; that of other input when left out.',
      }),
    ),
    outputPerMillion: NonNegative({ description: 'Price of output tokens [USD per million].' }),
  },
  example: { kind: 'per-token', inputPerMillion: 1.25, cachedInputPerMillion: 0.125, outputPerMillion: 10 },
  create: ({ inputPerMillion, cachedInputPerMillion = inputPerMillion, outputPerMillion }) => ({
    fromUse: ({ promptTokens, cachedTokens, outputTokens }) =>
      ((promptTokens - cachedTokens) * inputPerMillion +
        cachedTokens * cachedInputPerMillion +
        outputTokens * outputPerMillion) /
      TOKENS_PER_MILLION,
    overTime: () => 0,
  }),
});
