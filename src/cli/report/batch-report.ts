/** The contents of a page about one batch, read from the store before anything is drawn. */
import type { Estimate } from '../../experiments/estimate.ts';
import { hourlyEstimates, type HourlyEstimates } from '../../experiments/hourly-estimates.ts';
import { meanSeries, type OutcomeSeries } from '../../experiments/hourly-series.ts';
import type { ScenarioOutline } from '../../store/batch-identity.ts';
import type { BatchSummary } from '../../store/batch-summary.ts';
import type { BatchOrigin, ReplicationFailure } from '../../store/stored-batch.ts';
import { lookup, type Lookup } from '../shared/result-table.ts';
import type { OpenedBatch } from '../../store/stored-comparison.ts';
import type { Content } from './markup.ts';

export interface BatchReport {
  /** The name on the page. */
  readonly name: string;
  readonly summary: BatchSummary;
  readonly outline: ScenarioOutline;
  readonly origin: BatchOrigin;
  readonly text: string;
  readonly overrides: readonly string[];
  readonly failures: readonly ReplicationFailure[];
  readonly estimates: readonly Estimate[];
  readonly of: Lookup;
  readonly hours: HourlyEstimates;
  /** The mean of the replications. */
  readonly outcomes: OutcomeSeries;
  /** Of the first replication; all finished replications passed theirs. */
  readonly audit: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
}

export function batchReport(name: string, opened: OpenedBatch): BatchReport {
  const { batch, summary, outline, text, overrides } = opened;
  const done = batch.done();
  const series = [...batch.hourlySeries(done)];
  const estimates = batch.estimates(summary.confidence, batch.end());
  return {
    name,
    summary,
    outline,
    text,
    overrides,
    estimates,
    origin: batch.origin(),
    failures: batch.failures(),
    of: lookup(estimates),
    hours: hourlyEstimates(series, summary.confidence),
    outcomes: meanSeries(series),
    audit: batch.audit(done[0]!),
  };
}

/** Whether there is more than one hour to draw. */
export const hasHours = ({ hours }: BatchReport): boolean => hours.seconds.length > 1;

/** A row for each tier, and one for the total where there are several. */
export function byTier({ outline: { tiers } }: BatchReport, row: (scope: string) => Content[]): Content[][] {
  const rows = tiers.map((name) => [name, ...row(`tier:${name}`)]);
  return tiers.length > 1 ? [...rows, ['all', ...row('total')]] : rows;
}
