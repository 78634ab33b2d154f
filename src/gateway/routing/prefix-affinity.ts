/** Sessions stick to the replica that has their prefix. */
import { WholeNumber } from '../../input/schema.ts';
import { LeastLoaded } from './least-loaded.ts';
import { routingStrategy, scrapeInterval, type RoutedRequest, type Router } from './routing.ts';

/**
 * Every session has a home replica, found by hashing its number, so that no state is kept: the replica that serves its
 * first request has the prefix of the next. Where the home has over `maxExcess` more unfinished requests than the least
 * loaded replica, the request goes to the latter and prefills its prefix again; the next one goes to the home again.
 * Requests without a session go to the least loaded.
 *
 * The bound is that of consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, SODA 2018), counted
 * from the least load instead of the mean, and with a single alternative instead of a ring.
 */
export const prefixAffinity = routingStrategy({
  kind: 'prefix-affinity',
  summary:
    'Sends the requests of a session to one replica, unless it has too many more than the least loaded.',
  parameters: {
    maxExcess: WholeNumber({
      default: 8,
      description:
        'How many more unfinished requests than the least loaded the home replica of a session may have. The default is assumed, not measured.',
    }),
    scrapeInterval,
  },
  example: { kind: 'prefix-affinity', maxExcess: 8 },
  create: ({ maxExcess, ...parameters }) => ({
    queue: 'per-replica',
    ...parameters,
    createRouter: (loads) => new PrefixAffinity(loads, maxExcess),
  }),
});

class PrefixAffinity implements Router {
  private readonly loads: Int32Array;
  private readonly maxExcess: number;
  private readonly others: LeastLoaded;

  constructor(loads: Int32Array, maxExcess: number) {
    this.loads = loads;
    this.maxExcess = maxExcess;
    this.others = new LeastLoaded(loads);
  }

  choose(request: RoutedRequest): number {
    if (request.session < 0) return this.others.choose(request);
    const home = placeOf(request.tier, request.session, this.loads.length);
    const isFull = this.loads[home]! > this.others.leastLoad + this.maxExcess;
    return isFull || !request.isHeldBy(home) ? this.others.choose(request) : home;
  }

  loadChanged(place: number): void {
    this.others.loadChanged(place);
  }
}

/** A pseudo-random place for a session: the finaliser of MurmurHash3 on both its numbers (Appleby, public domain). */
function placeOf(tier: number, session: number, places: number): number {
  let hash = Math.imul(session, 0x9e3779b1) ^ Math.imul(tier + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) % places;
}
