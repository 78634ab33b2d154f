/**
 * Replicas: what serves requests. A replica takes requests from a queue, tells an observer what happens to them, and
 * asks a scheduler to be called again; it knows nothing of tiers, limits or money.
 */
import type { RequestRow } from '../ids.ts';
import type { RequestTable } from '../workload/request-table.ts';
import type { ReplicaMeter } from './replica-meter.ts';

/** Where requests wait for this replica: a queue of its own or one it shares. */
export interface Queue {
  /** Whether who is next changes only when somebody joins or leaves, and not with time or with what is served. */
  readonly steady: boolean;
  push(row: RequestRow): void;
  peek(): RequestRow;
  remove(row: RequestRow): void;
  /** A number that is smaller the more important it is that the row is served now, waiting or in service. */
  importance(row: RequestRow): number;
}

/** Who is told what happens to requests. Times are those of the event that causes the call. */
export interface ServiceObserver {
  /** The request leaves the queue for service, for the first time or after a pre-emption. */
  admitted(row: RequestRow, replica: number, now: number): void;
  /** The first token of the output is there. */
  firstToken(row: RequestRow, now: number): void;
  /** `count` requests of a tier each got a further token, `gap` seconds after their last. */
  furtherTokens(tier: number, gap: number, count: number): void;
  /**
   * In each of so many successive steps the same requests each got a further token: `first` seconds after their last
   * token in the first of them, and `increment` later in each step after it. `counts` says how many of each tier.
   */
  furtherTokenRun(first: number, increment: number, steps: number, counts: Int32Array): void;
  /** The request has lost its place and waits again. */
  preempted(row: RequestRow, now: number): void;
  /** The output is complete; of a replica for prefill, its first token. */
  finished(row: RequestRow, now: number): void;
}

/** What a replica does of each request: all of it, or reading its prompt or decoding alone. */
export const PHASES = ['both', 'prefill', 'decode'] as const;
export type Phase = (typeof PHASES)[number];

/** What can be held of the requests of a phase: of a prompt read elsewhere nothing is to be read. */
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
  /** The instant as the clock of the run has it. */
  onGrid(instant: number): number;
}

export interface Replica {
  readonly id: number;
  readonly meter: ReplicaMeter;
  /** KV tokens it holds, step boundaries of this very instant included; 0 where service has no KV. */
  kvTokens(now: number): number;
  /** Requests that it could take now: free servers or sequence slots, none while KV or budget hold up its queue. */
  readonly room: number;
  /**
   * Requests in service that would be pre-empted for one that is not here yet, if there were no room for it: what the
   * queue holds to be strictly less important, where service pre-empts.
   */
  yieldingTo(row: RequestRow, now: number): number;
  /** The larger of the shares of its servers, or sequences, and of its KV that are in use. */
  readonly use: number;
  /** Whether it would start at once on a request put in its queue now. */
  readonly canStart: boolean;
  /** Asks it to start on what is in its queue once every arrival of this instant is there. Call only if `canStart`. */
  start(now: number): void;
  /** Whether it works ahead of the present and so must hear when its queue changes. */
  readonly listens: boolean;
  /**
   * Who is next in its queue may have changed. `boundariesPassed` says that step boundaries of this very instant have
   * had their turn. Returns whether it must hear of further changes before it is next resumed.
   */
  onQueueChanged(now: number, boundariesPassed: boolean): boolean;
  /**
   * Brings what is measured, and what requests in service have received, up to `now`; with what step boundaries of this
   * very instant bring only if they have had their turn.
   */
  settle(now: number, boundariesPassed: boolean): void;
  /**
   * Gives up a request in service, after the step boundaries of this very instant: what it has received is written
   * down, and it has left the replica. An engine keeps its KV and its place until the step in progress ends.
   */
  cancel(row: RequestRow, now: number): void;
  /** What it asked to be called for has come; `token` is what it gave to the scheduler. */
  resume(now: number, token: number): void;
}

/** Takes over a request that a replica has let go of: it is in no queue and in no service. */
export type Release = (row: RequestRow, now: number) => void;

/** A replica that may go out of service. */
export interface InterruptibleReplica extends Replica {
  /**
   * Ends all that it does, as if it had done nothing of the step in progress: each request in service is given to
   * `release`, what was kept of sessions is lost, and the replica is idle. Step boundaries of this very instant have had
   * their turn. A queue that offers nothing keeps it idle.
   */
  evict(now: number, release: Release): void;
}

/** A pool's kind of service, ready to make replicas. */
export interface Service {
  /** What can be busy in one replica: its servers, or the replica itself where it works in steps. */
  readonly serversPerReplica: number;
  /** KV tokens one replica holds; `null` where service has no KV. */
  readonly kvCapacityTokens: number | null;
  /** Whether its replicas pre-empt for more important requests. */
  readonly preempts: boolean;
  /** Whether a request of these lengths [tokens] can ever be served. */
  fits(promptTokens: number, cachedTokens: number, outputTokens: number): boolean;
  /** What is left of the true work of a request, in the unit of this service: seconds, or output tokens. It is latent. */
  workLeft(table: RequestTable, row: RequestRow): number;
  /** Seconds of a GPU that a request of these lengths [tokens] takes from a pool that is full, as is to be expected. */
  gpuSeconds(promptTokens: number, cachedTokens: number, outputTokens: number): number;
  /** Seconds from admission to the last token of a request of these lengths [tokens] that is alone in a replica, about. */
  secondsAlone(promptTokens: number, cachedTokens: number, outputTokens: number): number;
  createReplica(environment: ReplicaEnvironment): Replica;
  /** The same, of a pool whose replicas may go out of service. */
  createInterruptible(environment: ReplicaEnvironment): InterruptibleReplica;
}
