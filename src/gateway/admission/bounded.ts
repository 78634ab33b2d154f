/** At most so many may wait. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { WholeNumber } from '../../schema.ts';
import { admissionStrategy, tiersNamed } from './admission.ts';

export const bounded = admissionStrategy({
  kind: 'bounded',
  summary: 'Sheds a request when the line for its model is full; with maxWaiting: 0 nobody waits.',
  parameters: {
    maxWaiting: WholeNumber({
      description:
        'Requests that may wait for a model beyond those that can be served at once. It is the cell’s own line and is not scaled by cell.share.',
    }),
    displace: Type.Boolean({
      default: true,
      description:
        'Whether, when the line is full, a request takes the place of the last that the discipline puts behind it and that was never served; that one is shed then. Without, the arriving request is, whatever its priority.',
    }),
    shedFirst: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description:
          'Tiers in the order in which they are shed when the line is full, instead of what the discipline says: a request takes the place of who came last of the first of them that stands before its own tier. Tiers that are not named are not displaced.',
      }),
    ),
  },
  example: { kind: 'bounded', maxWaiting: 200 },
  create: ({ maxWaiting, displace, shedFirst }, { tiers }) => {
    if (!displace && shedFirst !== undefined)
      throw new ParameterError('shedFirst', 'decides nothing with displace: false; drop one of them');
    const byTier = shedFirst === undefined ? 'overtaken' : tiersNamed('shedFirst', shedFirst, tiers);
    return {
      admits: (_, { waiting, room }) => waiting < maxWaiting + room,
      displaces: displace ? byTier : 'none',
      readsRoom: true,
      readsGaps: false,
    };
  },
});
