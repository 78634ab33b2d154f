/** Actions: what a degraded request is granted instead of what it declared. */
import type { RequestRow } from '../../ids.ts';
import { strategiesOf } from '../../strategy.ts';
import type { GrantedColumns } from '../../workload/request-table.ts';

export interface DegradationAction {
  /** Writes what is granted; what was declared stays. */
  apply(granted: GrantedColumns, row: RequestRow): void;
}

export interface ActionEnvironment {
  /** The index of a model of the cell by name; −1 when no pool serves it. */
  model(name: string): number;
  readonly modelNames: readonly string[];
}

export const actionStrategy = strategiesOf<ActionEnvironment, DegradationAction>();
