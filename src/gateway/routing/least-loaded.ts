/**
 * Join the shortest queue. On loads that are not fresh all that comes until they are taken again goes to the one replica
 * that was least loaded: a herd, for which two choices drawn at random are the better the older they are (Mitzenmacher,
 * "How useful is old information?", IEEE TPDS 11, 2000).
 */
import { routingStrategy, scrapeInterval, type RoutedRequest, type Router } from './routing.ts';

export const leastLoaded = routingStrategy({
  kind: 'least-loaded',
  summary: 'Sends each request to the replica with the fewest unfinished requests, the first among equals.',
  parameters: { scrapeInterval },
  example: { kind: 'least-loaded' },
  create: (parameters) => ({
    line: 'per-replica',
    ...parameters,
    createRouter: (loads) => new LeastLoaded(loads),
  }),
});

/**
 * A tournament over the places: each match is won by the lower load, by the first among equals, and a load that changes
 * is played up to the root, or up to a match whose winner was another and stays. Finding the best costs nothing then.
 */
export class LeastLoaded implements Router {
  private readonly loads: Int32Array;
  /** Places in the first round: a power of two, so that the left of two always has the lower places. */
  private readonly entrants: number;
  /** The winner of each match; match n decides between those of 2n and 2n + 1, the places enter at `entrants`. */
  private readonly winners: Int32Array;

  constructor(loads: Int32Array) {
    this.loads = loads;
    this.entrants = 2 ** Math.ceil(Math.log2(loads.length));
    // The last place stands in for those that are missing behind it, and loses or draws against itself.
    this.winners = Int32Array.from({ length: 2 * this.entrants }, (_, n) =>
      Math.min(Math.max(0, n - this.entrants), loads.length - 1),
    );
    for (let match = this.entrants - 1; match > 0; match--) this.winners[match] = this.winnerOf(match);
  }

  /** The load of the least loaded. */
  get least(): number {
    return this.loads[this.winners[1]!]!;
  }

  choose(request: RoutedRequest): number {
    const best = this.winners[1]!;
    if (request.isHeldBy(best)) return best;
    let next = -1;
    for (let place = 0; place < this.loads.length; place++) {
      if (request.isHeldBy(place) && (next < 0 || this.loads[place]! < this.loads[next]!)) next = place;
    }
    return next;
  }

  loadChanged(place: number): void {
    for (let match = (place + this.entrants) >> 1; match > 0; match >>= 1) {
      const winner = this.winnerOf(match);
      if (winner === this.winners[match] && winner !== place) return;
      this.winners[match] = winner;
    }
  }

  private winnerOf(match: number): number {
    const left = this.winners[2 * match]!;
    const right = this.winners[2 * match + 1]!;
    return this.loads[right]! < this.loads[left]! ? right : left;
  }
}
