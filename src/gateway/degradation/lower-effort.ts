/** Reduces the reasoning effort of a model. */
import { Probability, Share } from '../../input/schema.ts';
import { actionStrategy } from './action.ts';

/**
 * The output of a reasoning model is its reasoning and its visible answer. Only a share of the reasoning is kept, and
 * all of the answer: the share of the whole that is left is 1 − reasoningShare × (1 − kept), rounded up to a token.
 */
export const lowerEffort = actionStrategy({
  kind: 'lower-effort',
  summary: 'Keeps only a share of the reasoning in an answer.',
  parameters: {
    reasoningShare: Share({ description: 'The share of the output that is reasoning.' }),
    kept: Probability({ description: 'The share of the reasoning that is kept.' }),
    quality: Share({ default: 1, description: 'Quality of such an answer relative to a whole one.' }),
  },
  example: { kind: 'lower-effort', reasoningShare: 0.7, kept: 0.4, quality: 0.9 },
  create: ({ reasoningShare, kept, quality }) => ({
    apply(granted, row) {
      granted.outputCut[row] = 1 - (1 - granted.outputCut[row]!) * (1 - reasoningShare * (1 - kept));
      granted.quality[row]! *= quality;
    },
  }),
});
