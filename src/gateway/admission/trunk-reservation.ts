/** Some room is kept for those who matter most. */
import { Type } from 'typebox';
import { Count, WholeNumber } from '../../schema.ts';
import { admissionStrategy, NEVER, tiersNamed } from './admission.ts';

/**
 * Room is free servers of slots and free sequence slots of batching replicas; where KV holds up a replica's queue it has
 * none. Where service pre-empts, the places of those that would be pre-empted for a request are room for it: a tier may
 * take them as long as `reserve` such places are left, which the tiers named, if they are no less important, can take in
 * their turn. Optimal for a loss system whose classes hold a server alike (Miller, "A queueing reward system with several
 * customer classes", Management Science 16 (1969)).
 */
export const trunkReservation = admissionStrategy({
  kind: 'trunk-reservation',
  summary: 'Keeps room for the tiers named: others are shed when no more than that is free.',
  parameters: {
    reserve: Count({
      description:
        'Room kept: requests of a model that could be served at once, in free room or by pre-empting less important ones. It is the cell’s own.',
    }),
    tiers: Type.Array(Type.String(), { minItems: 1, description: 'The tiers for which it is kept.' }),
    maxWaiting: WholeNumber({
      default: 0,
      description: 'Requests of those tiers that may wait beyond those that can be served at once.',
    }),
  },
  example: { kind: 'trunk-reservation', reserve: 3, tiers: ['paid'] },
  create: ({ reserve, tiers, maxWaiting }, environment) => {
    const favoured = new Set(tiersNamed('tiers', tiers, environment.tiers));
    return {
      admits: (row, queue, now) => {
        const places = favoured.has(environment.declared.tier[row]!) ? maxWaiting : -reserve;
        return (
          queue.waiting < places + queue.room || queue.placesTaken(row) < places + queue.roomFor(row, now)
        );
      },
      displaces: 'none',
      entersBeyondBound: NEVER,
      readsRoom: true,
      readsGaps: false,
    };
  },
});
