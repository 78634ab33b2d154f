/** Disciplines: in which order those who wait are served. */
import type { RequestRow } from '../../ids.ts';
import { strategiesOf } from '../../strategy.ts';
import type { DeclaredColumns } from '../../workload/request-table.ts';
import type { LineLinks } from './arrival-order.ts';

export interface WaitingLine {
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
  /** Who came last of a tier and was never served, or `NO_ROW`. */
  lastOfTier(tier: number): RequestRow;
  /**
   * A number that is smaller the more important it is that the row is served now, waiting or in service: who may take the
   * server of whom. The same for all where nobody may.
   */
  importance(row: RequestRow): number;
  /** Whether `a` is put before `b`, both waiting in this line or in another of the same discipline. */
  precedes(a: RequestRow, b: RequestRow): boolean;
  /** Arrival of the longest waiting attempt that was never served [s]; ∞ when there is none. */
  oldestAt(): number;
  /** What a discipline that goes by service received must be told; `null` where it need not be. */
  readonly account: ServiceAccount | null;
}

/** Told what those who waited in a line are served. */
export interface ServiceAccount {
  /** A request from the line is served for the first time. */
  started(row: RequestRow): void;
  /** Its service has ended with so many output tokens. */
  ended(row: RequestRow, outputTokens: number): void;
}

/** A tier as disciplines see it. */
export interface TierOfLine {
  readonly name: string;
  /** Its share of service beside others, relative to theirs. */
  readonly weight: number;
  /** Bound on the time to the first token that it was promised [s]; `null` for none. */
  readonly ttft: number | null;
}

export interface DisciplineEnvironment {
  readonly declared: DeclaredColumns;
  readonly links: LineLinks;
  /** Whether a waiting request was in service before and was pre-empted. */
  wasServed(row: RequestRow): boolean;
  /** Priority classes in use: 0 ≤ priority < classes. */
  readonly classes: number;
  readonly tiers: readonly TierOfLine[];
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

export const disciplineStrategy = strategiesOf<DisciplineEnvironment, WaitingLine>();
