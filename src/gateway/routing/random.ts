/** Any replica, with equal probability. */
import { routingStrategy, type RoutedRequest } from './routing.ts';

export const random = routingStrategy({
  kind: 'random',
  summary: 'Sends each request to a replica drawn with equal probability, whatever its load.',
  parameters: {},
  example: { kind: 'random' },
  create: () => ({
    queue: 'per-replica',
    createRouter: ({ length }) => ({
      choose: (request) => drawPlace(request, length),
      loadChanged: () => undefined,
    }),
  }),
});

/** A place drawn uniformly from those that could ever serve the request, by rejection. */
export function drawPlace(request: RoutedRequest, places: number): number {
  for (;;) {
    const place = Math.floor(request.draws.next() * places);
    if (request.isHeldBy(place)) return place;
  }
}
