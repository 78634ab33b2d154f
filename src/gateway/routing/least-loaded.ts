/** Join the shortest queue. */
import { routingStrategy } from './routing.ts';

export const leastLoaded = routingStrategy({
  kind: 'least-loaded',
  summary: 'Sends each request to the replica with the fewest unfinished requests, the first among equals.',
  parameters: {},
  example: { kind: 'least-loaded' },
  create: () => ({
    line: 'per-replica',
    choose: (replicas) => {
      let best = 0;
      for (let index = 1; index < replicas.length; index++) {
        if (replicas[index]!.load < replicas[best]!.load) best = index;
      }
      return best;
    },
  }),
});
