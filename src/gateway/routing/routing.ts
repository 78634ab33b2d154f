/** Routing: which replica of its model a request goes to. */
import { strategiesOf } from '../../strategy.ts';
import type { ReplicaView } from '../telemetry.ts';

export type Routing =
  /** Requests wait in one line for the model; whichever replica has room takes the next. */
  | { readonly line: 'shared' }
  /** Each request is sent to a replica at once and waits there. */
  | {
      readonly line: 'per-replica';
      /** The place in `replicas` (never empty) of the one that is sent the next request. */
      choose(replicas: readonly ReplicaView[]): number;
    };

export const routingStrategy = strategiesOf<null, Routing>();
