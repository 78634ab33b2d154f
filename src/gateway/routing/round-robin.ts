/** Each replica in turn. */
import { routingStrategy, type RoutedRequest, type Router } from './routing.ts';

export const roundRobin = routingStrategy({
  kind: 'round-robin',
  summary: 'Sends requests to the replicas of their model in turn, whatever their load.',
  parameters: {},
  example: { kind: 'round-robin' },
  create: () => ({
    queue: 'per-replica',
    createRouter: (loads) => new RoundRobin(loads.length),
  }),
});

class RoundRobin implements Router {
  private readonly places: number;
  private next = 0;

  constructor(places: number) {
    this.places = places;
  }

  choose(request: RoutedRequest): number {
    let place = this.next;
    while (!request.isHeldBy(place)) place = this.after(place);
    this.next = this.after(place);
    return place;
  }

  loadChanged(): void {
    // Turns do not depend on load.
  }

  private after(place: number): number {
    return place + 1 === this.places ? 0 : place + 1;
  }
}
