/** One queue for all the replicas of a model. */
import { routingStrategy } from './routing.ts';

export const central = routingStrategy({
  kind: 'central',
  summary: 'One queue for the model; whichever replica has room takes the next.',
  parameters: {},
  example: { kind: 'central' },
  create: () => ({ queue: 'shared' }),
});
