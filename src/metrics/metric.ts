/**
 * Metrics: functions from a ledger to numbers. A metric knows one quantity; replications and the uncertainty of
 * an estimate belong to `experiments/`.
 */
import type { Ledger } from '../simulation/ledger.ts';
import type { Observation } from '../stats/index.ts';

/** What a metric is measured over: everything, one tier, one pool, or one clock hour of the window. */
export type Scope =
  | { readonly kind: 'total' }
  | { readonly kind: 'tier'; readonly tier: number }
  | { readonly kind: 'pool'; readonly pool: number }
  | { readonly kind: 'hour'; readonly hour: number };

export interface Metric {
  readonly name: string;
  /** `SHARE` of a share, which is drawn in percent; of a count, what it counts. */
  readonly unit: string;
  /** One sentence for `fleetyield list metrics`. */
  readonly summary: string;
  readonly scopes: readonly Scope['kind'][];
  observe(ledger: Ledger, scope: Scope): Observation;
}

/** The tier a scope names, `null` for all of them. */
export function tierOf(scope: Scope): number | null {
  return scope.kind === 'tier' ? scope.tier : null;
}

/** The pool a scope names, `null` for all of them. */
export function poolOf(scope: Scope): number | null {
  return scope.kind === 'pool' ? scope.pool : null;
}

/** Seconds that a scope spans. */
export function secondsOf(ledger: Ledger, scope: Scope): number {
  return scope.kind === 'hour'
    ? ledger.secondsInHour(scope.hour)
    : ledger.shape.window.to - ledger.shape.window.from;
}

export const value = (number: number | null): Observation => ({ kind: 'value', value: number });
export const ratio = (numerator: number, denominator: number): Observation => ({
  kind: 'ratio',
  numerator,
  denominator,
});
