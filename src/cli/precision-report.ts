/** `--precision` as the command line has it: what must be precise, and how precise it became. */
import { watchedOf } from '../batch/run-batch.ts';
import { InputError } from '../errors.ts';
import { formatMetricAddress } from '../experiments/metric-address.ts';
import {
  MOST_REPLICATIONS,
  precisionsOf,
  untilPrecise,
  type PrecisionTarget,
  type StoppingRule,
} from '../experiments/precision.ts';
import type { StoredBatch } from '../store/stored-batch.ts';
import { chosenOf } from './experiment-points.ts';
import { readMetrics } from './metric-option.ts';

export interface PrecisionOptions {
  readonly precision?: number | undefined;
  /** What must be so precise; the headline where none is named. */
  readonly metric: readonly string[];
  readonly maxReplications?: number | undefined;
  readonly level: number;
}

/** What `--precision` asks for, `null` without it. Throws `InputError` for options that only it takes. */
export function targetOf(options: PrecisionOptions): Required<PrecisionTarget> | null {
  const { precision: relative, level, maxReplications: most } = options;
  const metrics = readMetrics(options.metric);
  if (relative !== undefined) return { relative, level, metrics, most: most ?? MOST_REPLICATIONS };
  if (metrics === null && most === undefined) return null;
  const place = metrics === null ? '--max-replications' : '--metric';
  throw new InputError([{ place, path: '', message: 'says when --precision stops; add --precision 0.02' }]);
}

/** The rule for one batch; at its first look it throws `InputError` for a metric that the batch does not have. */
export function stoppingAt(target: PrecisionTarget, batch: StoredBatch): StoppingRule {
  const rule = untilPrecise(target);
  return {
    ...rule,
    more: (replications, watched) => {
      for (const address of target.metrics ?? []) chosenOf(batch.metrics(), address);
      return rule.more(replications, watched);
    },
  };
}

/** How precise the watched estimates became. */
export interface PrecisionReport {
  /** What was asked for. */
  readonly relative: number;
  readonly reached: boolean;
  /** Half-widths as shares of their estimates, at the level that all of them keep together. */
  readonly metrics: readonly {
    readonly metric: string;
    readonly relative: number | null;
    readonly reached: boolean;
  }[];
}

export function precisionReport(
  target: Required<PrecisionTarget>,
  batch: StoredBatch,
  planned: number,
): PrecisionReport {
  const found = precisionsOf(target, watchedOf(batch, untilPrecise(target), target.level, planned));
  return {
    relative: target.relative,
    reached: found.every(({ reached }) => reached),
    metrics: found.map(({ scope, metric, relative, reached }) => ({
      ...{ metric: formatMetricAddress({ scope, metric }), relative, reached },
    })),
  };
}

/** That a batch ended before it was as precise as asked. */
export function missedText(
  name: string,
  { relative: asked, metrics }: PrecisionReport,
  planned: number,
): string {
  const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`;
  const missed = metrics
    .filter(({ reached }) => !reached)
    .map(({ metric, relative }) =>
      relative === null ? `${metric} has no interval` : `${metric} ± ${percent(relative)}`,
    );
  return (
    `${name}: NOT as precise as ${percent(asked)} after ${planned} replications, the most there may be: ` +
    `${missed.join(', ')}; raise --max-replications, or lengthen the run`
  );
}
