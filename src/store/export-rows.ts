/** Stored batches as the rows of exported tables, one after another. It knows columns, and nothing of file formats. */
import type { ExportTable, EXPORT_COLUMNS } from './export-columns.ts';
import type { BatchSummary } from './batch-summary.ts';
import type { Store } from './store.ts';
import { NUMBERS_PER_METRIC } from './packed-replication.ts';
import type { StoredBatch } from './stored-batch.ts';

/** What identifies a batch in every exported row of it. */
export interface BatchHead {
  readonly batch: string;
  readonly scenario: string;
  readonly scenario_hash: string;
  readonly seed: string;
}

/** One metric of one replication, as it is exported. */
export interface ReplicationRow extends BatchHead {
  readonly replication: number;
  readonly status: 'done' | 'failed';
  readonly error: string | null;
  readonly wall_seconds: number | null;
  readonly scope: string | null;
  readonly metric: string | null;
  readonly unit: string | null;
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
}

export type Cell = string | number | boolean | null;

type RowOf<Table extends ExportTable> = Readonly<
  Record<(typeof EXPORT_COLUMNS)[Table][number]['name'], Cell>
>;

/** Rows in the order of the given batches, then of replications. */
export const EXPORT_ROWS: {
  readonly [Table in ExportTable]: (store: Store, batches: readonly BatchSummary[]) => Iterable<RowOf<Table>>;
} = {
  *replications(store, batches) {
    for (const [head, batch] of opened(store, batches)) yield* replicationRows(head, batch);
  },

  *estimates(store, batches) {
    for (const [head, batch, { confidence }] of opened(store, batches)) {
      for (const { halfWidth, ...estimate } of batch.estimates(confidence, batch.end()))
        yield { ...head, ...estimate, half_width: halfWidth, confidence };
    }
  },

  *hourly(store, batches) {
    for (const [head, batch] of opened(store, batches)) {
      for (const replication of batch.done()) {
        const [series] = batch.hourlySeries([replication]);
        const { hourOfWeek, seconds, tiers } = series!;
        for (const { name: tier, outcomes, degraded, service } of tiers) {
          for (const [hour, hour_of_week] of hourOfWeek.entries()) {
            yield {
              ...head,
              replication,
              tier,
              hour,
              hour_of_week,
              seconds: seconds[hour]!,
              served: outcomes.served[hour]!,
              limited: outcomes.limited[hour]!,
              shed: outcomes.shed[hour]!,
              abandoned: outcomes.abandoned[hour]!,
              failed: outcomes.failed[hour]!,
              unfinished: outcomes.unfinished[hour]!,
              degraded: degraded[hour]!,
              within_slo: service?.withinSlo?.[hour] ?? null,
              ttft_p50: service?.ttft.p50[hour] ?? null,
              ttft_p99: service?.ttft.p99[hour] ?? null,
              completed: service?.completed[hour] ?? null,
              prompt_tokens: service?.promptTokens[hour] ?? null,
              output_tokens: service?.outputTokens[hour] ?? null,
              revenue: service?.revenue?.[hour] ?? null,
            };
          }
        }
      }
    }
  },

  *batches(_store, batches) {
    for (const one of batches) {
      const { status, planned, done, failed, confidence, version, node } = one;
      yield {
        ...headOf(one),
        status,
        planned,
        done,
        failed,
        by_hour: one.byHour,
        confidence,
        version,
        node,
        wall_seconds: one.wallSeconds,
        created_at: one.createdAt,
        updated_at: one.updatedAt,
        changes: one.changes.join('\n'),
      };
    }
  },
};

/** Every metric of every replication, in order; a replication that failed has one row, without a metric. */
export function* replicationRows(head: BatchHead, batch: StoredBatch): Generator<ReplicationRow> {
  const metrics = batch.metrics();
  for (const { replication, status, error, wallSeconds, numbers } of batch.replications()) {
    const row = { ...head, replication, status, error, wall_seconds: wallSeconds };
    if (numbers === null) {
      yield { ...row, ...NO_METRIC };
      continue;
    }
    for (const [place, { scope, metric, unit, kind }] of metrics.entries()) {
      const of = (part: number) => orNull(numbers[NUMBERS_PER_METRIC * place + part]!);
      const [numerator, denominator] = kind === 'ratio' ? [of(1), of(2)] : [null, null];
      yield { ...row, scope, metric, unit, value: of(0), numerator, denominator };
    }
  }
}

const NO_METRIC = {
  scope: null,
  metric: null,
  unit: null,
  value: null,
  numerator: null,
  denominator: null,
} as const;

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

const headOf = ({ id, scenario, scenarioHash, seed }: BatchSummary): BatchHead => ({
  batch: id,
  scenario,
  scenario_hash: scenarioHash,
  seed,
});

function* opened(
  store: Store,
  batches: readonly BatchSummary[],
): Generator<[BatchHead, StoredBatch, BatchSummary]> {
  for (const summary of batches) yield [headOf(summary), store.read(summary).batch, summary];
}
