/**
 * Disciplines: the order in which waiting requests are served, and how an engine uses that order.
 *
 * | discipline | waiting | running in an engine: first scheduled, last evicted | |---|---|---| | `fcfs` | arrival |
 * arrival | | `strict-priority` | (priority, arrival) | (priority, arrival) | | `earliest-deadline` | (deadline,
 * arrival) | (deadline, arrival) | | `shortest-predicted` | (work predicted to be left, arrival) | the same, as
 * predicted when it joined the batch | | `highest-value` | (−value per GPU-second, arrival) | (−value per GPU-second,
 * arrival) | | `ageing-priority` | slope × time waited, now | arrival | | `weighted-fair` | the tier served least for
 * its weight, then arrival | arrival |
 *
 * An engine schedules running sequences in an order of its own, and when KV is short the last of them is pre-empted.
 * vLLM V1 has two such orders (`vllm/v1/core/sched/scheduler.py` at 00024d3, read 2026-11-30): with
 * `--scheduling-policy fcfs`, its default, the last of `running` is pre-empted, whatever its priority; with `priority`
 * the one with the largest (priority, arrival). An order by a key that is fixed when a request joins can be passed to
 * the engine as that priority, and is. An order that changes while requests wait cannot: the gateway keeps it, and the
 * engine behind it runs in order of arrival. Deferrable requests run behind all others, whatever the discipline, the
 * less important of their tiers last.
 */
import type { RequestRow } from '../../ids.ts';
import { declaringStrategiesOf } from '../../input/strategy.ts';
import type { DeclaredColumns } from '../../workload/request-table.ts';
import type { QueueLinks } from './arrival-order.ts';

export interface WaitingQueue {
  readonly length: number;
  /** Whether its head changes only when requests join or leave, and not with time or with service. */
  readonly steady: boolean;
  /** Enqueues a row; one that returns after pre-emption is placed by its arrival. */
  push(row: RequestRow): void;
  /** The head of the queue, or `NO_ROW`. */
  peek(): RequestRow;
  /** Removes a row, wherever it is. */
  remove(row: RequestRow): void;
  /**
   * The last request that this arrival overtakes by its importance and that was never served, or `NO_ROW`: what a
   * pre-empted request has received would be lost.
   */
  lastBehind(arrival: RequestRow): RequestRow;
  /** How many waiting requests this arrival overtakes by its importance. */
  behind(arrival: RequestRow): number;
  /** How many of those were in service before and were pre-empted. */
  servedBehind(arrival: RequestRow): number;
  /** The last arrival of a tier that was never served, or `NO_ROW`. */
  lastOfTier(tier: number): RequestRow;
  /**
   * The importance of a row, waiting or in service, as a number; smaller is more important. It decides which request
   * may pre-empt which, and the order in which an engine runs its batch. The same for all where arrival alone decides.
   */
  importance(row: RequestRow): number;
  /** Whether `a` comes before `b`, each waiting in this queue or in another of the same discipline. */
  precedes(a: RequestRow, b: RequestRow): boolean;
  /** Arrival of the longest waiting attempt that was never served [s]; ∞ when there is none. */
  oldestAt(): number;
  /** Receives reports of service, for disciplines that depend on service received; `null` for others. */
  readonly account: ServiceAccount | null;
}

/** Receives reports of the service that requests of a queue get. */
export interface ServiceAccount {
  /** A request from the queue is served for the first time. */
  started(row: RequestRow): void;
  /** Its service has ended with this many output tokens. */
  ended(row: RequestRow, outputTokens: number): void;
}

/** A tier as disciplines see it. */
export interface QueuedTier {
  readonly name: string;
  /** Its share of service, relative to the other tiers'. */
  readonly weight: number;
  /** Its SLO bound on the time to the first token [s]; `null` for none. */
  readonly ttft: number | null;
}

export interface DisciplineEnvironment {
  readonly declared: DeclaredColumns;
  readonly links: QueueLinks;
  /** Whether a waiting request was in service before and was pre-empted. */
  wasServed(row: RequestRow): boolean;
  /** Priority classes in use: 0 ≤ priority < classes. */
  readonly classes: number;
  readonly tiers: readonly QueuedTier[];
  /** The present [s]. */
  now(): number;
  /**
   * The remaining work of a request, from a predictor whose error has this coefficient of variation: seconds of service
   * in slots, output tokens in a batching engine. The only way in which a policy sees a latent quantity.
   */
  predictedWork(row: RequestRow, errorCv: number): number;
  /** Expected revenue of a request per GPU-second that it is expected to take [USD/s]. */
  worth(row: RequestRow): number;
}

export interface DisciplineDeclarations {
  /**
   * What may pre-empt by the importance it gives: nothing, where the relative importance of two requests changes
   * (`none`); engines (`sequences`); engines and slots (`all`).
   */
  readonly ranks: 'none' | 'sequences' | 'all';
  /** Whether what requests pay decides about their order. */
  readonly looksAtPrices: boolean;
}

export const disciplineStrategy = declaringStrategiesOf<
  DisciplineEnvironment,
  WaitingQueue,
  DisciplineDeclarations
>();

/** Larger than any key that a queue uses: classes, seconds, tokens, dollars per second. */
const BEHIND_ALL = 2 ** 960;

/** The importance of a request: `own`, unless it is deferrable and so behind all others. */
export function importanceOf(
  { deferrable, priority }: DeclaredColumns,
  row: RequestRow,
  own: number,
): number {
  return deferrable[row] === 1 ? BEHIND_ALL * (1 + priority[row]!) : own;
}
