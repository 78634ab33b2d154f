/** Everyone may wait. */
import { admissionStrategy, NEVER } from './admission.ts';

export const unbounded = admissionStrategy({
  kind: 'unbounded',
  summary: 'Every request may wait.',
  parameters: {},
  example: { kind: 'unbounded' },
  declares: { isStationary: true, looksAtPrices: false },
  create: () => ({
    admits: () => true,
    displaces: 'none',
    entersBeyondBound: NEVER,
    readsRoom: false,
    readsGaps: false,
  }),
});
