/** Nobody may enter a line that is expected to be too long for him. */
import { PositiveDuration } from '../../schema.ts';
import { admissionStrategy } from './admission.ts';

/**
 * What a gateway can see is how far apart requests are put into service while others wait. Who enters a line behind
 * `waiting` others with nowhere free is expected to wait for as many starts and one more: (waiting + 1) × the recent mean
 * gap. With c servers of exponential service of mean s that is the mean, (waiting + 1) s ÷ c; where others overtake him it
 * is too low. With room for all nobody is expected to wait, and before anybody has waited nothing is known and all enter.
 */
export const expectedDelay = admissionStrategy({
  kind: 'expected-delay',
  summary: 'Sheds a request that is expected to wait longer than a bound, by the recent pace of service.',
  parameters: {
    maxWait: PositiveDuration({ description: 'The longest wait to be expected of who may enter.' }),
  },
  example: { kind: 'expected-delay', maxWait: '5s' },
  create: ({ maxWait }) => ({
    admits: (_, { waiting, room, gapBetweenStarts }) =>
      waiting < room || !((waiting + 1 - room) * gapBetweenStarts > maxWait),
    displaces: 'none',
    readsRoom: true,
    readsGaps: true,
  }),
});
