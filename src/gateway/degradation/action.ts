/** Actions: what a degraded request is granted instead of what it declared. */
import type { RequestRow } from '../../ids.ts';
import { strategiesOf } from '../../input/strategy.ts';
import type { DeclaredColumns, GrantedColumns } from '../../workload/request-table.ts';

export interface DegradationAction {
  /** Writes what is granted; what was declared is unchanged. */
  apply(granted: GrantedColumns, row: RequestRow, declared: DeclaredColumns): void;
}

/** The models of the cell. */
export interface ModelNames {
  /** The index of a model of the cell by name; −1 when no pool serves it. */
  model(name: string): number;
  readonly modelNames: readonly string[];
}

export interface ActionEnvironment extends ModelNames {
  /** The pools of the cell, with the indices of their models. */
  readonly pools: readonly { readonly name: string; readonly model: number }[];
  /** By tier: the index of its model, and the names of its features. */
  readonly offers: readonly { readonly model: number; readonly features: readonly string[] }[];
}

export const actionStrategy = strategiesOf<ActionEnvironment, DegradationAction>();
