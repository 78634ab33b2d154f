/**
 * The loads of replicas, as they are and as a router sees them: current, or as of the last scrape. A scrape is no
 * event: the first change after it saves the loads from before.
 */
import { NANOSECONDS_PER_SECOND } from '../../units.ts';
import { LeastLoaded } from './least-loaded.ts';
import type { Routing, Router } from './routing.ts';

/** Load of a replica that is out of service, above any other. */
const OUT_OF_SERVICE = 2 ** 30;

export class ReplicaLoads {
  readonly router: Router;
  private readonly loads: Int32Array;
  /** What the router sees: the loads themselves where they are fresh. */
  private readonly seen: Int32Array;
  /** Time between scrapes [clock steps]; 0 where loads are fresh. */
  private readonly interval: number;
  /** Time of the next scrape [s]; ∞ where loads are fresh. */
  private nextAt: number;

  constructor(routing: Extract<Routing, { queue: 'per-replica' }>, places: number) {
    const { scrapeInterval = 0 } = routing;
    this.interval = Math.round(scrapeInterval * NANOSECONDS_PER_SECOND);
    this.loads = new Int32Array(places);
    this.seen = this.interval === 0 ? this.loads : new Int32Array(places);
    this.nextAt = this.interval === 0 ? Infinity : this.firstAfter(0);
    this.router = routing.createRouter(this.seen);
  }

  /** A request was sent to a place (1), or has left it (−1). */
  change(place: number, by: number, now: number): void {
    if (now >= this.nextAt) this.take(now);
    this.loads[place]! += by;
    if (this.nextAt === Infinity) this.router.loadChanged(place);
  }

  /**
   * A place takes nothing from now on. The router sees that at once, however old its loads, as a load above any other.
   */
  shut(place: number, now: number): void {
    this.changeSeen(place, OUT_OF_SERVICE, now);
  }

  /** A place takes requests again, and is seen with its load of the last scrape. */
  open(place: number, now: number): void {
    this.changeSeen(place, -OUT_OF_SERVICE, now);
  }

  /** A least-loaded router on current loads; the caller must report every change to it. */
  routerByLoad(): Router {
    return new LeastLoaded(this.loads);
  }

  /** The router, with its loads as of `now`. */
  at(now: number): Router {
    if (now >= this.nextAt) this.take(now);
    return this.router;
  }

  /** Time of the first scrape after `now` [s]. */
  private firstAfter(now: number): number {
    const { interval } = this;
    const taken = Math.floor(Math.round(now * NANOSECONDS_PER_SECOND) / interval);
    return ((taken + 1) * interval) / NANOSECONDS_PER_SECOND;
  }

  private changeSeen(place: number, by: number, now: number): void {
    if (now >= this.nextAt) this.take(now);
    this.loads[place]! += by;
    if (this.seen !== this.loads) this.seen[place]! += by;
    this.router.loadChanged(place);
  }

  /** Scrapes late: loads have not changed between the time of the scrape and this call. */
  private take(now: number): void {
    this.nextAt = this.firstAfter(now);
    for (let place = 0; place < this.loads.length; place++) {
      if (this.seen[place] === this.loads[place]) continue;
      this.seen[place] = this.loads[place]!;
      this.router.loadChanged(place);
    }
  }
}
