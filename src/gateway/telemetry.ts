/**
 * Everything a policy may read about the fleet. What is not here (true output lengths, the patience of clients, who
 * will come back) no policy sees.
 */

/** The waiting line for one model as admission sees it. */
export interface LineView {
  /** Requests that wait for a first or a further admission to service. */
  readonly waiting: number;
  /** Requests that could be put into service at once: free servers or sequence slots of the model's replicas. */
  readonly room: number;
}

/** The state of one model's service as a load trigger sees it, as old as the telemetry interval. */
export interface ModelView {
  /** How long the request that waits longest has waited [s]; 0 when none waits. */
  readonly longestWait: number;
}
