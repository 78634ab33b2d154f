/** Routing: which replica of its model a request goes to. */
import { strategiesOf } from '../../strategy.ts';
import type { UniformSource } from '../../stats/index.ts';

export type Routing =
  /** Requests wait in one line for the model; whichever replica has room takes the next. */
  | { readonly line: 'shared' }
  /** Each request is sent to a replica at once and waits there. */
  | {
      readonly line: 'per-replica';
      /**
       * Routes the requests of one model. `loads` says of each of its replicas how many requests were sent there and are
       * not finished; whoever changes it tells the router.
       */
      createRouter(loads: Int32Array): Router;
    };

/** Sends the requests of one model to its replicas, which it knows by their places among them. */
export interface Router {
  /** The place that is sent the next request: one that could hold it. There always is one. */
  choose(request: RoutedRequest): number;
  /** The load of a place has changed. */
  loadChanged(place: number): void;
}

/** A request as a router sees it. */
export interface RoutedRequest {
  /** Draws of this attempt's own: what another request is given does not move them. */
  readonly draws: UniformSource;
  /** Whether a place could ever serve it; pools of one model may differ. */
  isHeldBy(place: number): boolean;
}

export const routingStrategy = strategiesOf<null, Routing>();
