/**
 * Disciplines: in which order requests that wait are served, and what an engine makes of that order.
 *
 * | discipline | waiting | running in an engine: first scheduled, last evicted |
 * |---|---|---|
 * | `fcfs` | arrival | arrival |
 * | `strict-priority` | (priority, arrival) | (priority, arrival) |
 * | `earliest-deadline` | (deadline, arrival) | (deadline, arrival) |
 * | `shortest-predicted` | (work predicted to be left, arrival) | the same, as predicted when it joined the batch |
 * | `highest-value` | (−value per GPU-second, arrival) | (−value per GPU-second, arrival) |
 * | `ageing-priority` | slope × time waited, now | arrival |
 * | `weighted-fair` | the tier served least for its weight, then arrival | arrival |
 *
 * An engine schedules running sequences by an order of its own, and when KV is short the last of them is evicted. vLLM V1
 * knows two such orders (`vllm/v1/core/sched/scheduler.py` at 00024d3, read 2026-11-30): with `--scheduling-policy fcfs`, its default, the
 * last of `running` goes, whatever its priority; with `priority` the one with the largest (priority, arrival). An order
 * that is a number which a request has from the time it joins can be handed to the engine as that priority, and is. An
 * order that changes while requests wait cannot: the gateway keeps it, and the engine behind it runs in order of arrival.
 * Deferrable requests run behind all others, whatever the discipline, the less important of their tiers last.
 */
import type { RequestRow } from '../../ids.ts';
import { strategiesOf } from '../../strategy.ts';
import type { DeclaredColumns } from '../../workload/request-table.ts';
import type { QueueLinks } from './arrival-order.ts';

export interface WaitingQueue {
  readonly length: number;
  /** Whether who is next changes only when somebody joins or leaves, and not with time or with what is served. */
  readonly steady: boolean;
  /** Lets a row wait; one that comes back after pre-emption takes the place its arrival gives it. */
  push(row: RequestRow): void;
  /** Who is next, or `NO_ROW`. */
  peek(): RequestRow;
  /** Takes a row out, wherever it stands. */
  remove(row: RequestRow): void;
  /**
   * The last of those whom this arrival overtakes for what it is worth and who were never served, or `NO_ROW`: what a
   * pre-empted request has received would be lost.
   */
  lastBehind(arrival: RequestRow): RequestRow;
  /** How many of those that wait this arrival overtakes for what it is worth. */
  behind(arrival: RequestRow): number;
  /** How many of those were in service before and have come back. */
  servedBehind(arrival: RequestRow): number;
  /** Who came last of a tier and was never served, or `NO_ROW`. */
  lastOfTier(tier: number): RequestRow;
  /**
   * A number that is smaller the more important it is that the row is served now, waiting or in service: who may take the
   * place of whom, and in which order an engine runs its batch. The same for all where arrival alone decides.
   */
  importance(row: RequestRow): number;
  /** Whether `a` is put before `b`, both waiting in this queue or in another of the same discipline. */
  precedes(a: RequestRow, b: RequestRow): boolean;
  /** Arrival of the longest waiting attempt that was never served [s]; ∞ when there is none. */
  oldestAt(): number;
  /** What a discipline that goes by service received must be told; `null` where it need not be. */
  readonly account: ServiceAccount | null;
}

/** Told what those who waited in a queue are served. */
export interface ServiceAccount {
  /** A request from the queue is served for the first time. */
  started(row: RequestRow): void;
  /** Its service has ended with so many output tokens. */
  ended(row: RequestRow, outputTokens: number): void;
}

/** A tier as disciplines see it. */
export interface QueuedTier {
  readonly name: string;
  /** Its share of service beside others, relative to theirs. */
  readonly weight: number;
  /** Bound on the time to the first token that it was promised [s]; `null` for none. */
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
   * What is left of the work of a request, as a predictor says whose error has this coefficient of variation. The only
   * way in which a policy learns of what is latent: seconds of service in slots, output tokens in a batching engine.
   */
  predictedWork(row: RequestRow, errorCv: number): number;
  /** What a request is expected to bring for each second of a GPU that it is expected to take [USD/s]. */
  worth(row: RequestRow): number;
}

export const disciplineStrategy = strategiesOf<DisciplineEnvironment, WaitingQueue>();

/** Beyond what any queue orders its requests by: classes, seconds, tokens, dollars a second. */
const BEHIND_ALL = 2 ** 960;

/** The importance of a request to a queue that gives it this one unless it is deferrable. */
export function importanceOf(
  { deferrable, priority }: DeclaredColumns,
  row: RequestRow,
  own: number,
): number {
  return deferrable[row] === 1 ? BEHIND_ALL * (1 + priority[row]!) : own;
}
