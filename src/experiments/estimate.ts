/**
 * Estimates: replications folded into numbers with intervals. It knows how columns are put together, and nothing of what
 * is observed. The order in which replications are given does not matter beyond rounding; give them by index for the
 * same bytes.
 */
import type { Interval, Measurement } from '../stats/index.ts';
import { Columns } from './columns.ts';
import { contributionsOf, intervalOf } from './contributions.ts';
import type { Column, ColumnSource, MetricLayout } from './observation-parts.ts';

/** One number of the result, as it travels through store, API, command line and screen. */
export interface Estimate {
  readonly scope: string;
  readonly metric: string;
  readonly unit: string;
  /** `null` when there is no data. */
  readonly mean: number | null;
  /** Half the width of the confidence interval; `null` with fewer than two replications. */
  readonly halfWidth: number | null;
  /** Replications it rests on. */
  readonly n: number;
}

/** Folds the measurements of replications, which all have the same names in the same order. */
export function estimate(replications: readonly (readonly Measurement[])[], confidence: number): Estimate[] {
  return estimatesFrom(new Columns(replications), confidence, () => true);
}

/** The estimates of the metrics that are asked for, in the order of results. */
export function estimatesFrom(
  source: ColumnSource,
  confidence: number,
  isAsked: (metric: MetricLayout) => boolean,
): Estimate[] {
  return source.layout.flatMap((one, place) => {
    if (!isAsked(one)) return [];
    const { scope, metric, unit } = one;
    return [{ scope, metric, unit, ...estimateColumn(source.column(place), confidence) }];
  });
}

/** The estimate of one metric. */
export function estimateColumn(column: Column, confidence: number): Interval {
  return intervalOf(contributionsOf(column), confidence);
}
