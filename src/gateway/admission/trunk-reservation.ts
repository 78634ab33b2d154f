/** Trunk reservation: some room is reserved for the most important tiers. */
import { Type } from 'typebox';
import { Count, WholeNumber } from '../../input/schema.ts';
import { admissionStrategy, NEVER, tiersNamed } from './admission.ts';

/**
 * Room is free servers of slots and free sequence slots of batching replicas; where KV blocks a replica's queue it has
 * none. Where service pre-empts, the places of requests that would be pre-empted for another count as room for it: a
 * tier may take them as long as `reserve` such places are left, which the tiers listed, if they are no less important,
 * can then take. Optimal for a loss system whose classes have equal service times (Miller, "A queueing reward system
 * with several customer classes", Management Science 16 (1969)).
 */
export const trunkReservation = admissionStrategy({
  kind: 'trunk-reservation',
  summary: 'Reserves room for the tiers listed: others are shed when no more than the reserve is free.',
  parameters: {
    reserve: Count({
      description:
        'Room reserved: requests of a model that could be served at once, in free room or by pre-empting less important ones. It is that of the cell and is not scaled by cell.share.',
    }),
    tiers: Type.Array(Type.String(), { minItems: 1, description: 'The tiers for which it is reserved.' }),
    maxWaiting: WholeNumber({
      default: 0,
      description: 'Requests of those tiers that may wait beyond those that can be served at once.',
    }),
  },
  example: { kind: 'trunk-reservation', reserve: 3, tiers: ['paid'] },
  declares: { isStationary: true, looksAtPrices: false },
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
