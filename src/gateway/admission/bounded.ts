/** At most so many may wait. */
import { Type } from 'typebox';
import { WholeNumber } from '../../schema.ts';
import { admissionStrategy } from './admission.ts';

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
  },
  example: { kind: 'bounded', maxWaiting: 200 },
  create: ({ maxWaiting, displace }) => ({
    admits: ({ waiting, room }) => waiting < maxWaiting + room,
    displaces: displace,
    readsRoom: true,
  }),
});
