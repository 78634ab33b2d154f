/** Routing: which replica of its model a request goes to. */
import { Type } from 'typebox';
import { Duration } from '../../schema.ts';
import { strategiesOf } from '../../strategy.ts';
import type { UniformSource } from '../../stats/index.ts';

export type Routing =
  /** Requests wait in one queue for the model; whichever replica has room takes the next. */
  | { readonly queue: 'shared' }
  /** Each request is sent to a replica at once and waits there. */
  | {
      readonly queue: 'per-replica';
      /** How often the loads that it sees are taken [s]; always those of now when left out, or 0. */
      readonly scrapeInterval?: number;
      /**
       * Routes the requests of one model. `loads` says of each of its replicas how many requests were sent there and are
       * not finished, as they are or as they were when last taken; whoever changes it tells the router.
       */
      createRouter(loads: Int32Array): Router;
    };

/** Sends the requests of one model to its replicas, which it knows by their places among them. */
export interface Router {
  /** The place that is sent the next request: one that could hold it. There always is one. */
  choose(request: RoutedRequest): number;
  /** The load of a place, as the router sees it, has changed. */
  loadChanged(place: number): void;
}

/** A request as a router sees it. */
export interface RoutedRequest {
  /** Draws of this attempt's own: what another request is given does not move them. */
  readonly draws: UniformSource;
  /** As `draws`, from a stream of their own that decides among equals and nothing else. */
  readonly ties: UniformSource;
  /** Its tier, and the session that it belongs to within that; −1 for none. */
  readonly tier: number;
  readonly session: number;
  /** Whether a place could ever serve it; pools of one model may differ. */
  isHeldBy(place: number): boolean;
}

/** A number below `count`, each with equal probability, that decides among so many equals; nothing is drawn for one. */
export function drawAmong(count: number, { ties }: Pick<RoutedRequest, 'ties'>): number {
  return count === 1 ? 0 : Math.floor(ties.next() * count);
}

/** The key of every routing that goes by loads. */
export const scrapeInterval = Type.Optional(
  Duration({
    description:
      'How often the loads of replicas are taken. In between the router sees them as they were, and not what it sent since; when left out, or 0s, it sees them as they are.',
  }),
);

export const routingStrategy = strategiesOf<null, Routing>();
