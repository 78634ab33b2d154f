/** One queue for all the replicas of a model. */
import { routingStrategy } from './routing.ts';

export const central = routingStrategy({
  kind: 'central',
  summary: 'One queue for the model; any replica with room takes the head.',
  parameters: {},
  example: { kind: 'central' },
  create: () => ({ queue: 'shared' }),
});
