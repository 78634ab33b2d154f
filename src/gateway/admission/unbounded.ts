/** Everyone may wait. */
import { admissionStrategy } from './admission.ts';

export const unbounded = admissionStrategy({
  kind: 'unbounded',
  summary: 'Every request may wait.',
  parameters: {},
  example: { kind: 'unbounded' },
  create: () => ({ admits: () => true, displaces: 'none', readsRoom: false, readsGaps: false }),
});
