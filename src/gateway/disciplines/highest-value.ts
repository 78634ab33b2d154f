/** Who brings most for the time it takes on the GPUs is served first. */
import { disciplineStrategy } from './discipline.ts';
import { KeyedQueue } from './keyed-queue.ts';

/**
 * Greedy, and deaf to promises and to waiting: those who pay least may wait for ever. What a request is expected to bring
 * and to take is in `../worth.ts`; a tier that does not pay by use is worth what `valueUsdPerRequest` declares, or nothing.
 */
export const highestValue = disciplineStrategy({
  kind: 'highest-value',
  summary: 'The largest expected revenue per GPU-second first.',
  parameters: {},
  example: { kind: 'highest-value' },
  create: (_, environment) => new KeyedQueue(environment, (row) => -environment.worth(row)),
});
