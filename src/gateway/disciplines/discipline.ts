/** Disciplines: in which order those who wait are served. */
import type { RequestRow } from '../../ids.ts';
import { strategiesOf } from '../../strategy.ts';
import type { DeclaredColumns } from '../../workload/request-table.ts';
import type { LineLinks } from './arrival-order.ts';

export interface WaitingLine {
  readonly length: number;
  /** Lets a row wait; one that comes back after pre-emption takes the place its arrival gives it. */
  push(row: RequestRow): void;
  /** Who is next, or `NO_ROW`. */
  peek(): RequestRow;
  /**
   * The last of those whom an arrival of this priority would overtake for being less important and who were never
   * served, or `NO_ROW`: what a pre-empted request has received would be lost.
   */
  lastBehind(priority: number): RequestRow;
  /** Takes a row out, wherever it stands. */
  remove(row: RequestRow): void;
  /** Arrival of the longest waiting attempt that was never served [s]; ∞ when there is none. */
  oldestAt(): number;
}

export interface DisciplineEnvironment {
  readonly declared: DeclaredColumns;
  readonly links: LineLinks;
  /** Whether a waiting request was in service before and was pre-empted. */
  wasServed(row: RequestRow): boolean;
  /** Priority classes in use: 0 ≤ priority < classes. */
  readonly classes: number;
}

export const disciplineStrategy = strategiesOf<DisciplineEnvironment, WaitingLine>();
