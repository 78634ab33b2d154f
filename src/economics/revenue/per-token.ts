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
    billCancelled: Type.Optional(
      Type.Boolean({
        description:
          'Whether a request given up after its first token pays for its prompt and the output it had received; it does when left out.',
      }),
    ),
  },
  example: { kind: 'per-token', inputPerMillion: 1.25, cachedInputPerMillion: 0.125, outputPerMillion: 10 },
  create: ({
    inputPerMillion,
    cachedInputPerMillion = inputPerMillion,
    outputPerMillion,
    billCancelled = true,
  }) => {
    const bill = (prompt: number, cached: number, output: number) =>
      ((prompt - cached) * inputPerMillion + cached * cachedInputPerMillion + output * outputPerMillion) /
      TOKENS_PER_MILLION;
    return {
      fromUse: (use) =>
        bill(use.promptTokens, use.cachedTokens, use.outputTokens) +
        (billCancelled
          ? bill(use.cancelledPromptTokens, use.cancelledCachedTokens, use.cancelledOutputTokens)
          : 0),
      overTime: () => 0,
    };
  },
});
