/** Routing: which replica of its model a request goes to. */
import { Type } from 'typebox';
import { Duration } from '../../input/schema.ts';
import { strategiesOf } from '../../input/strategy.ts';
import type { UniformSource } from '../../stats/index.ts';

export type Routing =
  /** Requests wait in one queue for the model; any replica with room takes the head. */
  | { readonly queue: 'shared' }
  /** Each request is sent to a replica at once and waits in its queue. */
  | {
      readonly queue: 'per-replica';
      /** How often the loads that it sees are scraped [s]; current loads when left out, or 0. */
      readonly scrapeInterval?: number;
      /**
       * Routes the requests of one model. `loads` has the unfinished requests sent to each of its replicas, current or
       * as of the last scrape; code that changes it calls `loadChanged`.
       */
      createRouter(loads: Int32Array): Router;
    };

/** Sends the requests of one model to its replicas, which are identified by place. */
export interface Router {
  /** The place for the next request: one that could ever serve it. There always is one. */
  choose(request: RoutedRequest): number;
  /** The load of a place, as the router sees it, has changed. */
  loadChanged(place: number): void;
}

/** A request as a router sees it. */
export interface RoutedRequest {
  /** Draws of this attempt alone, independent of other requests. */
  readonly draws: UniformSource;
  /** As `draws`, from a separate stream that only breaks ties. */
  readonly ties: UniformSource;
  /** Its tier, and its session within the tier; −1 for none. */
  readonly tier: number;
  readonly session: number;
  /** Whether the replica at a place could ever serve it; pools of one model may differ. */
  isHeldBy(place: number): boolean;
}

/** Breaks a tie among `count` equals: a uniform number below `count`; nothing is drawn for one. */
export function drawAmong(count: number, { ties }: Pick<RoutedRequest, 'ties'>): number {
  return count === 1 ? 0 : Math.floor(ties.next() * count);
}

/** The parameter of every routing that depends on loads. */
export const scrapeInterval = Type.Optional(
  Duration({
    description:
      'How often the loads of replicas are scraped. In between the router sees stale loads, without what it has sent since; when left out, or 0s, it sees current loads.',
    examples: ['15s'],
  }),
);

export const routingStrategy = strategiesOf<null, Routing>();
