/** Caps the length of the answer. */
import { Count, Share } from '../../input/schema.ts';
import { actionStrategy } from './action.ts';

export const capOutput = actionStrategy({
  kind: 'cap-output',
  summary: 'Ends the answer after a number of tokens.',
  parameters: {
    tokens: Count({ description: 'The longest answer granted [tokens].' }),
    quality: Share({ default: 1, description: 'Quality of a capped answer relative to a whole one.' }),
  },
  example: { kind: 'cap-output', tokens: 400, quality: 0.95 },
  create: ({ tokens, quality }) => ({
    apply(granted, row) {
      const cap = granted.outputCap[row]!;
      granted.outputCap[row] = cap === 0 ? tokens : Math.min(cap, tokens);
      granted.quality[row]! *= quality;
    },
  }),
});
