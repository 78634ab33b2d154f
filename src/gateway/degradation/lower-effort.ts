/** Lets a model think less before it answers. */
import { Probability, Share } from '../../schema.ts';
import { actionStrategy } from './action.ts';

/**
 * An answer of a reasoning model is what it shows and what it thinks before. Of the second only a share is kept, of the
 * first all: what is left of the whole is 1 − reasoningShare × (1 − kept), rounded up to a token.
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
