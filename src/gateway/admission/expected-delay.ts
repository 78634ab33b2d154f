/** Rejects a request whose expected wait exceeds a bound. */
import { PositiveDuration } from '../../input/schema.ts';
import { admissionStrategy, NEVER } from './admission.ts';

/**
 * A gateway can observe the time between starts of service while requests wait. A request that enters a queue behind n
 * others without free room is expected to wait for n + 1 starts: (n + 1) × the recent mean gap. With c servers of
 * exponential service of mean s that is the exact mean, (n + 1) s ÷ c. Requests that it overtakes are not among the n;
 * where later ones overtake it the estimate is too low. With free room no wait is expected, nor for a request that
 * pre-empts one in service; before any request has waited there is no estimate and all are admitted.
 */
export const expectedDelay = admissionStrategy({
  kind: 'expected-delay',
  summary: 'Sheds a request whose expected wait, by the recent rate of service, exceeds a bound.',
  parameters: {
    maxWait: PositiveDuration({
      description: 'The longest expected wait with which a request is admitted.',
    }),
  },
  example: { kind: 'expected-delay', maxWait: '5s' },
  declares: { isStationary: true, looksAtPrices: false },
  create: ({ maxWait }) => ({
    admits: (row, queue, now) => {
      const isShort = (ahead: number, room: number) =>
        ahead < room || !((ahead + 1 - room) * queue.gapBetweenStarts > maxWait);
      return isShort(queue.waiting, queue.room) || isShort(queue.ahead(row), queue.roomFor(row, now));
    },
    displaces: 'none',
    entersBeyondBound: NEVER,
    readsRoom: true,
    readsGaps: true,
  }),
});
