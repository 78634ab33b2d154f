/**
 * Everything a policy may read about the fleet, and how old it is. Policies see nothing else (no true output lengths,
 * patience or retries); the one exception, a predictor of stated error, is `shortest-predicted`.
 *
 * | read by | what | how old | |---|---|---| | admission | `QueueView` | fresh: the gateway counts its own queue, and
 * replicas say when they are free | | load triggers | `ModelView` | taken every `telemetryInterval` | | routing |
 * unfinished requests of each replica | as `scrapeInterval` of the routing says; fresh without | | disciplines | what
 * requests declare, the clock, service received by requests of their queue | fresh |
 */
import type { RequestRow } from '../ids.ts';

/**
 * The queue for one model as admission sees it. What an arrival finds depends on its importance: requests that it
 * overtakes do not delay it, and the place of one in service that it would pre-empt counts as free.
 */
export interface QueueView {
  /** Requests that wait for a first or a further admission to service. */
  readonly waiting: number;
  /**
   * Of those, the ones that count against the bound for an arrival: all but pre-empted requests that it overtakes. Such
   * a request was admitted already; it returns to the queue however full, and is never shed.
   */
  placesTaken(arrival: RequestRow): number;
  /** Waiting requests that an arrival does not overtake by its importance. */
  ahead(arrival: RequestRow): number;
  /** Requests that could be put into service at once: free servers or sequence slots of the model's replicas. */
  readonly room: number;
  /** Room for an arrival: free room, and the places of requests in service that would be pre-empted for it. */
  roomFor(arrival: RequestRow, now: number): number;
  /** The room when no request is in service. */
  readonly capacity: number;
  /**
   * The recent mean time between starts of service while requests wait [s]: the plain mean of the first fifty, then an
   * exponential moving average of weight 1/50. NaN until a request has waited.
   */
  readonly gapBetweenStarts: number;
}

/** The state of one model's service as a load trigger sees it, as old as the telemetry interval. */
export interface ModelView {
  /** How long the request that waits longest has waited [s]; 0 when none waits. */
  readonly longestWait: number;
  /** Busy servers, or replicas in a step, as a share of all: from 0 to 1. */
  readonly busy: number;
  /** KV tokens held as a share of those that fit: from 0 to 1; 0 where service has no KV. */
  readonly kv: number;
}
