/** The highest expected revenue per GPU-second is served first. */
import { disciplineStrategy } from './discipline.ts';
import { KeyedQueue } from './keyed-queue.ts';

/**
 * Greedy: it ignores SLOs and waiting time, and low-value requests can starve. Expected revenue and GPU time are in
 * `../worth.ts`; a tier that does not pay by use is worth what `valueUsdPerRequest` declares, or nothing.
 */
export const highestValue = disciplineStrategy({
  kind: 'highest-value',
  summary: 'The largest expected revenue per GPU-second first.',
  parameters: {},
  example: { kind: 'highest-value' },
  declares: { ranks: 'sequences', looksAtPrices: true },
  create: (_, environment) => new KeyedQueue(environment, (row) => -environment.worth(row)),
});
