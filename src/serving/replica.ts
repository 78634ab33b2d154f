/**
 * Replicas: what serves requests. A replica takes requests from a queue, reports to an observer what happens to them,
 * and schedules its own events; it knows nothing of tiers, limits or money.
 */
import type { RequestRow } from '../ids.ts';
import type { RequestTable } from '../workload/request-table.ts';
import type { ReplicaMeter } from './replica-meter.ts';

/** Where requests wait for this replica: a queue of its own or one it shares. */
export interface Queue {
  /** Whether its head changes only when requests join or leave, and not with time or with service. */
  readonly steady: boolean;
  push(row: RequestRow): void;
  peek(): RequestRow;
  remove(row: RequestRow): void;
  /** The importance of a row, waiting or in service, as a number; smaller is more important. */
  importance(row: RequestRow): number;
}

/** Receives reports of what happens to requests. Times are those of the event that causes the call. */
export interface ServiceObserver {
  /** The request leaves the queue for service, for the first time or after a pre-emption. */
  admitted(row: RequestRow, replica: number, now: number): void;
  /** The first output token is emitted. */
  firstToken(row: RequestRow, now: number): void;
  /** `count` requests of a tier each got a further token, `gap` seconds after their last. */
  furtherTokens(tier: number, gap: number, count: number): void;
  /**
   * In each of `steps` successive steps the same requests each got a further token: `first` seconds after their last
   * token in the first step, and `increment` longer in each step after it. `counts` is the number of requests by tier.
   */
  furtherTokenRun(first: number, increment: number, steps: number, counts: Int32Array): void;
  /** The request was pre-empted and waits again. */
  preempted(row: RequestRow, now: number): void;
  /** The output is complete; on a prefill replica, its first token. */
  finished(row: RequestRow, now: number): void;
}

/** What a replica does for each request: all of it, prefill only, or decode only. */
export const PHASES = ['both', 'prefill', 'decode'] as const;
export type Phase = (typeof PHASES)[number];

/** Whether requests fit in a phase: a decode replica has nothing to prefill. */
export function fitsInPhase(fits: Service['fits'], phase: Phase): Service['fits'] {
  if (phase === 'prefill') return (prompt, cached) => fits(prompt, cached, 1);
  if (phase === 'decode') return (prompt, _cached, output) => fits(prompt, prompt, output);
  return fits;
}

/** Calls `Replica.resume` at an instant on the grid of the run's clock. */
export type Schedule = (at: number, replica: number, token: number) => void;

/** What a replica is built with. */
export interface ReplicaEnvironment {
  readonly id: number;
  readonly phase: Phase;
  readonly table: RequestTable;
  /** Tiers of the cell. */
  readonly tiers: number;
  readonly queue: Queue;
  readonly observer: ServiceObserver;
  readonly schedule: Schedule;
  /** The instant rounded to the grid of the run's clock. */
  onGrid(instant: number): number;
}

export interface Replica {
  readonly id: number;
  readonly meter: ReplicaMeter;
  /** KV tokens it holds, step boundaries of this very instant included; 0 where service has no KV. */
  kvTokens(now: number): number;
  /** Requests that it could take now: free servers or sequence slots; 0 while KV or budget block its queue. */
  readonly room: number;
  /**
   * Requests in service that could be pre-empted for one that has not joined yet, if there were no room for it: those
   * that the queue ranks strictly less important, where service pre-empts.
   */
  yieldingTo(row: RequestRow, now: number): number;
  /** The larger of the shares in use of its servers (or sequence slots) and of its KV. */
  readonly use: number;
  /** Whether it would start at once on a request enqueued now. */
  readonly canStart: boolean;
  /** Makes it start on its queue once every arrival of this instant has been enqueued. Call only if `canStart`. */
  start(now: number): void;
  /** Whether it has scheduled ahead and so must be notified when its queue changes. */
  readonly listens: boolean;
  /**
   * The head of its queue may have changed. `boundariesPassed` means that step boundaries of this very instant have
   * been processed. Returns whether it must be notified of further changes before it is next resumed.
   */
  onQueueChanged(now: number, boundariesPassed: boolean): boolean;
  /**
   * Updates its measurements, and what requests in service have received, to `now`; step boundaries of this very
   * instant count only if they have been processed.
   */
  settle(now: number, boundariesPassed: boolean): void;
  /**
   * Cancels a request in service, after the step boundaries of this very instant: what it has received is recorded, and
   * it has left the replica. An engine holds its KV and its slot until the step in progress ends.
   */
  cancel(row: RequestRow, now: number): void;
  /** Processes an event that it scheduled; `token` is the one passed to the scheduler. */
  resume(now: number, token: number): void;
}

/** Takes over a request that a replica has released: it is neither queued nor in service. */
export type Release = (row: RequestRow, now: number) => void;

/** A replica that may go out of service. */
export interface InterruptibleReplica extends Replica {
  /**
   * Stops all work and discards the step in progress: each request in service is passed to `release`, cached prefixes
   * are lost, and the replica is idle. Step boundaries of this very instant have been processed. It stays idle while
   * its queue offers nothing.
   */
  evict(now: number, release: Release): void;
}

/** A pool's kind of service, ready to make replicas. */
export interface Service {
  /** The number of servers of a replica; 1 where it works in steps. */
  readonly serversPerReplica: number;
  /** KV tokens one replica holds; `null` where service has no KV. */
  readonly kvCapacityTokens: number | null;
  /** Whether its replicas pre-empt for more important requests. */
  readonly preempts: boolean;
  /** Whether a request of these lengths [tokens] can ever be served. */
  fits(promptTokens: number, cachedTokens: number, outputTokens: number): boolean;
  /** The remaining true work of a request, in the unit of this service: seconds, or output tokens. It is latent. */
  workLeft(table: RequestTable, row: RequestRow): number;
  /** Expected GPU-seconds that a request of these lengths [tokens] takes in a full pool. */
  gpuSeconds(promptTokens: number, cachedTokens: number, outputTokens: number): number;
  /** Approximate seconds from admission to the last token of a request of these lengths [tokens] alone in a replica. */
  secondsAlone(promptTokens: number, cachedTokens: number, outputTokens: number): number;
  createReplica(environment: ReplicaEnvironment): Replica;
  /** The same, for a pool whose replicas may go out of service. */
  createInterruptible(environment: ReplicaEnvironment): InterruptibleReplica;
}
