/** Some room is kept for those who matter most. */
import { Type } from 'typebox';
import { Count, WholeNumber } from '../../schema.ts';
import { admissionStrategy, tiersNamed } from './admission.ts';

/**
 * Room is free servers of slots and free sequence slots of batching replicas; where KV holds up a replica's line it has
 * none. Optimal for a loss system whose classes hold a server alike (Miller, "A queueing reward system with several
 * customer classes", Management Science 16 (1969)).
 */
export const trunkReservation = admissionStrategy({
  kind: 'trunk-reservation',
  summary: 'Keeps room for the tiers named: others are shed when no more than that is free.',
  parameters: {
    reserve: Count({
      description: 'Room kept: requests of a model that could be served at once. It is the cell’s own.',
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
      admits: (row, { waiting, room }) =>
        favoured.has(environment.declared.tier[row]!)
          ? waiting < maxWaiting + room
          : waiting + reserve < room,
      displaces: 'none',
      readsRoom: true,
      readsGaps: false,
    };
  },
});
