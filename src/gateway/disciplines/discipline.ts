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
  /** The last of those whom an arrival of this priority would overtake for being less important, or `NO_ROW`. */
  lastBehind(priority: number): RequestRow;
  /** Takes a row out, wherever it stands. */
  remove(row: RequestRow): void;
  /** Arrival of the attempt that waits longest [s]; ∞ when nobody waits. */
  oldestAt(): number;
}

export interface DisciplineEnvironment {
  readonly declared: DeclaredColumns;
  readonly links: LineLinks;
  /** Priority classes in use: 0 ≤ priority < classes. */
  readonly classes: number;
}

export const disciplineStrategy = strategiesOf<DisciplineEnvironment, WaitingLine>();
