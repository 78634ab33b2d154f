/** No request may enter a queue that is expected to be too long for it. */
import { PositiveDuration } from '../../schema.ts';
import { admissionStrategy, NEVER } from './admission.ts';

/**
 * What a gateway can see is how far apart requests are put into service while others wait. A request that enters a queue
 * behind n others with no room is expected to wait for as many starts and one more: (n + 1) × the recent mean gap. With c
 * servers of exponential service of mean s that is the mean, (n + 1) s ÷ c. Those that it overtakes are not among the n;
 * where later ones overtake it the expectation is too low. With room for all no wait is expected, nor for a request that
 * pre-empts one in service; before any request has waited nothing is known and all enter.
 */
export const expectedDelay = admissionStrategy({
  kind: 'expected-delay',
  summary: 'Sheds a request that is expected to wait longer than a bound, by the recent pace of service.',
  parameters: {
    maxWait: PositiveDuration({
      description: 'The longest wait that may be expected of a request that enters.',
    }),
  },
  example: { kind: 'expected-delay', maxWait: '5s' },
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
