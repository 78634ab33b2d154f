/** Operations that read results: estimates, values, documents, comparisons and files. */
import { repricedDocument } from '../../batch/reprice-batch.ts';
import { resultDocument } from '../../batch/result-document.ts';
import { shippedCatalog } from '../../files/catalog-files.ts';
import { SourceDocument } from '../../input/source-document.ts';
import type { BatchSummary } from '../../store/batch-summary.ts';
import { EXPORT_COLUMNS, type ExportFormat, type ExportTable } from '../../store/export-columns.ts';
import { tablePieces } from '../../store/export-file.ts';
import { EXPORT_ROWS } from '../../store/export-rows.ts';
import { isActive } from '../../store/life-cycle.ts';
import type { Store } from '../../store/store.ts';
import { storedComparison } from '../../store/stored-comparison.ts';
import { askedOf, type Asked, type Named } from '../asked-metrics.ts';
import { noCampaign } from '../campaign-requests.ts';
import { packEstimates, type PackedEstimates } from '../packed-estimates.ts';
import { noBatch, Refusal } from '../problems.ts';
import { publicFailure } from '../replication-failures.ts';
import { checkDepth } from '../uploads.ts';
import { begun, begunDocument, type BegunAnswer } from './answers-in-pieces.ts';
import { answering, connection, found, limits } from './connection.ts';

export interface FoldedEstimates {
  readonly replications: number;
  readonly estimates: PackedEstimates;
}

/** Estimates from all replications that are done; those of a batch at rest are kept for the next request. */
export const estimates = answering(
  ({ id, confidence }: { readonly id: string; readonly confidence: number }): FoldedEstimates => {
    const { toRead, toWrite } = connection();
    const { summary, batch } = found(toRead, id);
    const { status } = toRead.jobs.batch(id)!;
    const isResting = !isActive(status) && status !== 'running-elsewhere';
    const kept = isResting ? toWrite.read(summary).batch : batch;
    const end = kept.end();
    return { replications: kept.done(end).length, estimates: packEstimates(kept.estimates(confidence, end)) };
  },
);

/** Estimates of one metric, from the same replications; folding it takes at most a hundredth of the time for all. */
export const estimatesOf = answering(
  ({
    id,
    confidence,
    scope,
    metric,
  }: { readonly id: string; readonly confidence: number } & Named): FoldedEstimates => {
    const { batch } = found(connection().toRead, id);
    const end = batch.end();
    return {
      replications: batch.done(end).length,
      estimates: packEstimates(batch.estimatesOf(scope, [metric], confidence, end)),
    };
  },
);

/** The values of one metric in single replications, from an index on; `null` if the batch has no such metric. */
export const values = answering(
  ({ id, from, limit, ...name }: { id: string; from: number; limit: number } & Named) => {
    const { toRead } = connection();
    if (toRead.summary(id) === null) throw noBatch(id);
    return toRead.values(id, name, from, limit);
  },
);

const FEWER = 'name a scope, a metric or both (?scope=total&metric=revenue)';

/** The document that `run --json` prints, from all replications that are done. */
export const result = answering((id: string): BegunAnswer => {
  const { summary, batch, outline } = found(connection().toRead, id);
  const { version, seed, confidence, status, wallSeconds } = summary;
  const run = {
    version,
    seed,
    confidence,
    wallSeconds,
    planned: batch.end(),
    interrupted: status !== 'finished',
  };
  const remedy = `GET /v1/batches/${id}/estimates has the estimates in pages`;
  return begunDocument([id], resultDocument(outline, batch, run), remedy);
});

/** Requests by hour of the window, tier and outcome. */
export const hourly = answering((id: string): BegunAnswer => {
  const { batch } = found(connection().toRead, id);
  const done = batch.done();
  const { hourOfWeek, seconds, tiers } = batch.hourly(done);
  const document = {
    batch: id,
    replications: done.length,
    hourOfWeek,
    seconds,
    tiers: tiers.map(({ name, outcomes, degraded }) => ({ name, outcomes, degraded })),
  };
  const remedy = `GET /v1/batches/${id}/export?table=hourly has the same as rows`;
  return begunDocument([id], document, remedy);
});

/** The document that `reprice --json` prints, or the requested part of its estimates. */
export const reprice = answering(
  ({ id, text, ...asked }: { readonly id: string; readonly text: string } & Asked): BegunAnswer => {
    const { toRead, program } = connection();
    const { summary, ...read } = found(toRead, id);
    checkDepth(new SourceDocument(text, 'prices').toData(), limits.depth, 'prices');
    const prices = { text, name: 'prices' };
    const document = repricedDocument(id, summary, read, prices, shippedCatalog(), program.version);
    const estimates = askedOf(document.estimates, asked, `the money of batch ${id}`);
    return begunDocument([id], { ...document, estimates }, FEWER);
  },
);

export const compare = answering(
  ({
    baseline,
    batch,
    confidence,
    ...asked
  }: {
    readonly baseline: string;
    readonly batch: string;
    readonly confidence: number;
  } & Asked): BegunAnswer => {
    const { toRead } = connection();
    const [a, b] = [found(toRead, baseline), found(toRead, batch)];
    const given = [
      { given: baseline, ...a },
      { given: batch, ...b },
    ];
    const comparison = storedComparison(given, undefined, confidence);
    const differences = askedOf(comparison.differences, asked, `the comparison with batch ${batch}`);
    const document = { seed: a.summary.seed, confidence, ...comparison, differences };
    return begunDocument([baseline, batch], document, FEWER);
  },
);

/** The document that the command of a finished campaign prints. */
export const campaignResult = answering((id: string): BegunAnswer => {
  const { campaigns } = connection().toRead;
  const state = campaigns.campaign(id);
  if (state === null) throw noCampaign(id);
  const document = campaigns.document(id);
  if (document === null)
    throw new Refusal(
      409,
      'campaign-unfinished',
      `campaign ${id} is ${state.status}; there is a document once it is finished`,
    );
  return begunDocument([], JSON.parse(document) as object, 'name metrics');
});

/** Begins a file of a table of one batch. */
export const beginDownload = answering(
  ({
    id,
    table,
    format,
  }: {
    readonly id: string;
    readonly table: ExportTable;
    readonly format: ExportFormat;
  }): BegunAnswer => {
    const { toRead } = connection();
    const { summary } = found(toRead, id);
    const rows =
      table === 'replications' ? replicationRows(toRead, summary) : EXPORT_ROWS[table](toRead, [summary]);
    return begun([id], tablePieces(format, EXPORT_COLUMNS[table], rows));
  },
);

/** Replications as they are exported, with only those details of their failures that callers may see. */
function* replicationRows(store: Store, summary: BatchSummary) {
  const failures = store.read(summary).batch.failures();
  const details = new Map(failures.map((one) => [one.replication, publicFailure(one).detail]));
  for (const row of EXPORT_ROWS.replications(store, [summary]))
    yield { ...row, error: details.get(Number(row.replication)) ?? null };
}
