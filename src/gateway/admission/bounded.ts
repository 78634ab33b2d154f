/**
 * A bounded queue. A request that would be served at once does not wait: it takes free room, or pre-empts another. The
 * pre-empted request was admitted before, so it is not shed: it returns to the queue, which may then exceed its bound,
 * and does not count against it for requests that overtake it. So the loss of an important class does not depend on the
 * others: with `maxWaiting: 0` it is the Erlang B formula of that class alone.
 */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { Flag, WholeNumber } from '../../input/schema.ts';
import { admissionStrategy, tiersNamed } from './admission.ts';

export const bounded = admissionStrategy({
  kind: 'bounded',
  summary: 'Sheds a request when the queue for its model is full; with maxWaiting: 0 no request waits.',
  parameters: {
    maxWaiting: WholeNumber({
      description:
        'Requests that may wait for a model beyond those that can be served at once: in free room, or by pre-empting less important ones where service pre-empts. A pre-empted request returns to the queue even when it is full: it was admitted before, is not shed, and does not count against the bound for requests that overtake it. The bound is that of the cell and is not scaled by cell.share.',
    }),
    displace: Flag({
      default: true,
      description:
        'Whether, when the queue is full, an arriving request displaces the last one that the discipline puts behind it and that was never served, which is then shed. If false, the arriving request is shed, whatever its priority.',
    }),
    shedFirst: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description:
          'Tiers in the order in which they are shed when the queue is full, instead of by the discipline: an arriving request displaces the last arrival of the first of these tiers that has one and is listed before its own. Tiers that are not listed are not displaced.',
        examples: [['free']],
      }),
    ),
  },
  example: { kind: 'bounded', maxWaiting: 200 },
  declares: { isStationary: true, looksAtPrices: false },
  create: ({ maxWaiting, displace, shedFirst }, { tiers }) => {
    if (!displace && shedFirst !== undefined)
      throw new ParameterError('shedFirst', 'has no effect with displace: false; remove one of them');
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
