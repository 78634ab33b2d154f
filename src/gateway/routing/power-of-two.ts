/** The better of two replicas drawn at random. */
import { drawPlace } from './random.ts';
import { drawAmong, routingStrategy, scrapeInterval } from './routing.ts';

/**
 * Two draws, with replacement, and the less loaded of the two: far less waiting than one draw, with two loads read
 * instead of all (Mitzenmacher, "The power of two choices in randomized load balancing", IEEE TPDS 12, 2001).
 */
export const powerOfTwo = routingStrategy({
  kind: 'power-of-two',
  summary:
    'Draws two replicas and sends the request to the one with fewer unfinished requests, to either where they are equal.',
  parameters: { scrapeInterval },
  example: { kind: 'power-of-two' },
  create: (parameters) => ({
    queue: 'per-replica',
    ...parameters,
    createRouter: (loads) => ({
      choose: (request) => {
        const a = drawPlace(request, loads.length);
        const b = drawPlace(request, loads.length);
        if (loads[a] === loads[b]) return drawAmong(2, request) === 0 ? a : b;
        return loads[a]! < loads[b]! ? a : b;
      },
      loadChanged: () => undefined,
    }),
  }),
});
