/**
 * Everything a policy may read about the fleet, and how old it is. What is not here (true output lengths, the patience of
 * clients, who will come back) no policy sees; the one exception, a predictor of stated error, is `shortest-predicted`.
 *
 * | read by | what | how old |
 * |---|---|---|
 * | admission | `QueueView` | fresh: the gateway counts its own queue, and replicas say when they are free |
 * | load triggers | `ModelView` | taken every `telemetryInterval` |
 * | routing | unfinished requests of each replica | as `scrapeInterval` of the routing says; fresh without |
 * | disciplines | what requests declare, the clock, what those who waited were served | fresh |
 */
import type { RequestRow } from '../ids.ts';

/**
 * The queue for one model as admission sees it. What an arrival finds depends on what it is: those that it overtakes do
 * not keep it waiting, and the place of one in service that it would pre-empt is as good as free.
 */
export interface QueueView {
  /** Requests that wait for a first or a further admission to service. */
  readonly waiting: number;
  /**
   * Of those, the ones that take a place in the queue from an arrival: all but pre-empted requests that it overtakes. Such
   * a request was admitted already; it goes back to the queue however full that is, and is never shed.
   */
  placesTaken(arrival: RequestRow): number;
  /** Of those that wait, the ones that an arrival does not overtake for what it is worth. */
  ahead(arrival: RequestRow): number;
  /** Requests that could be put into service at once: free servers or sequence slots of the model's replicas. */
  readonly room: number;
  /** Room for an arrival: what is free, and the places of requests in service that would be pre-empted for it. */
  roomFor(arrival: RequestRow, now: number): number;
  /** The room there is when nothing is served. */
  readonly capacity: number;
  /**
   * The recent mean time from one start of service to the next while somebody waits [s]: a start counts 1/50 of the mean
   * from the fiftieth on, and as much as all before it together until then. NaN while nobody has waited yet.
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
