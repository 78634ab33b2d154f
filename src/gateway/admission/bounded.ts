/**
 * At most so many may wait. A request that would be served at once does not wait: it takes free room, or the place of one
 * that is pre-empted for it. The one pre-empted was admitted before, so it is not shed: it goes back to the queue, which
 * may then be longer than its bound, and takes no place there from requests that overtake it. So an important class loses
 * what it would lose by itself, whatever else is served: with `maxWaiting: 0`, what the Erlang B formula says of it alone.
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { WholeNumber } from '../../schema.ts';
import { admissionStrategy, tiersNamed } from './admission.ts';

export const bounded = admissionStrategy({
  kind: 'bounded',
  summary: 'Sheds a request when the queue for its model is full; with maxWaiting: 0 nobody waits.',
  parameters: {
    maxWaiting: WholeNumber({
      description:
        'Requests that may wait for a model beyond those that can be served at once: in free room, or by pre-empting less important ones where service pre-empts. A request that is pre-empted goes back to the queue even when it is full: it was admitted before, is not shed, and takes no place from requests that overtake it. It is the cell’s own queue and is not scaled by cell.share.',
    }),
    displace: Type.Boolean({
      default: true,
      description:
        'Whether, when the queue is full, a request takes the place of the last that the discipline puts behind it and that was never served; that one is shed then. Without, the arriving request is, whatever its priority.',
    }),
    shedFirst: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description:
          'Tiers in the order in which they are shed when the queue is full, instead of what the discipline says: a request takes the place of who came last of the first of them that stands before its own tier. Tiers that are not named are not displaced.',
      }),
    ),
  },
  example: { kind: 'bounded', maxWaiting: 200 },
  create: ({ maxWaiting, displace, shedFirst }, { tiers }) => {
    if (!displace && shedFirst !== undefined)
      throw new ParameterError('shedFirst', 'decides nothing with displace: false; drop one of them');
    const byTier = shedFirst === undefined ? 'overtaken' : tiersNamed('shedFirst', shedFirst, tiers);
    return {
      admits: (row, queue, now) =>
        queue.waiting < maxWaiting + queue.room || queue.ahead(row) < queue.roomFor(row, now),
      displaces: displace ? byTier : 'none',
      entersBeyondBound: (row, queue) => queue.placesTaken(row) < maxWaiting + queue.room,
      readsRoom: true,
      readsGaps: false,
    };
  },
});
