/** `--precision` on the command line: the requested precision, and the precision reached. */
import { watchedOf } from '../batch/run-batch.ts';
import { InputError } from '../errors.ts';
import { formatMetricAddress, parseMetricAddress } from '../experiments/metric-address.ts';
import {
  MOST_REPLICATIONS,
  precisionsOf,
  untilPrecise,
  type PrecisionTarget,
} from '../experiments/precision.ts';
import type { Plugins } from '../plugins/plugins.ts';
import type { StoredBatch } from '../store/stored-batch.ts';
import { meaningOf, readMetrics } from './chosen-metrics.ts';

export interface PrecisionOptions {
  readonly precision?: number | undefined;
  /** The metrics that must reach the precision; the headline metrics by default. */
  readonly metric: readonly string[];
  readonly maxReplications?: number | undefined;
  readonly confidence: number;
  readonly plugins?: Plugins | undefined;
}

/** The target of `--precision`, `null` without it. Throws `InputError` for options that require it. */
export function targetOf(options: PrecisionOptions): Required<PrecisionTarget> | null {
  const { precision: relative, confidence, maxReplications: most } = options;
  const metrics = readMetrics(options.metric, undefined, options.plugins);
  if (relative !== undefined) return { relative, confidence, metrics, most: most ?? MOST_REPLICATIONS };
  if (metrics === null && most === undefined) return null;
  const place = metrics === null ? '--max-replications' : '--metric';
  throw new InputError([
    { kind: 'option', place, path: '', message: 'says when --precision stops; add --precision 0.02' },
  ]);
}

/** The precision that the watched estimates reached. */
export interface PrecisionReport {
  /** The requested precision. */
  readonly relative: number;
  readonly reached: boolean;
  /** Half-widths as shares of their estimates, at the simultaneous confidence level of all of them. */
  readonly metrics: readonly {
    readonly metric: string;
    readonly relative: number | null;
    readonly reached: boolean;
    /** Whether the metric has a value in any replication. */
    readonly hasValues: boolean;
  }[];
}

export function precisionReport(
  target: Required<PrecisionTarget>,
  batch: StoredBatch,
  planned: number,
): PrecisionReport {
  const found = precisionsOf(target, watchedOf(batch, untilPrecise(target), target.confidence, planned));
  return {
    relative: target.relative,
    reached: found.every(({ reached }) => reached),
    metrics: found.map(({ scope, metric, relative, reached, hasValues }) => ({
      metric: formatMetricAddress({ scope, metric }),
      relative,
      reached,
      hasValues,
    })),
  };
}

/** The message for a batch that ended before it reached the requested precision, with a remedy. */
export function missedText({ relative: asked, metrics }: PrecisionReport, planned: number): string {
  const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`;
  const missed = metrics.filter(({ reached }) => !reached);
  const valueless = missed.filter(({ hasValues }) => !hasValues);
  if (valueless.length > 0) {
    const what = valueless.map(({ metric }) => `${metric} (${meaningOf(parseMetricAddress(metric))})`);
    return (
      `NOT as precise as ${percent(asked)}: none of ${planned} replications has a value of ${what.join(' or of ')}; ` +
      'more of them will hardly have one, so name another --metric'
    );
  }
  const reached = missed.map(({ metric, relative }) =>
    relative === null ? `${metric} has no interval` : `${metric} ± ${percent(relative)}`,
  );
  return (
    `NOT as precise as ${percent(asked)} after ${planned} replications, the most there may be: ` +
    `${reached.join(', ')}; raise --max-replications, or lengthen the run`
  );
}
