/**
 * The server's operations on the store: everything that writes, reads much or reads scenarios, so that the thread that
 * answers requests never waits. Plain data goes in and comes out.
 */
import { createHash } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import { repricedDocument } from '../batch/reprice-batch.ts';
import { resultDocument } from '../batch/result-document.ts';
import { descriptionOf } from '../campaigns/batches.ts';
import type { Campaign } from '../campaigns/campaign.ts';
import { possibleJobCost, RoomMissing } from '../batch/job-cost.ts';
import { SourceDocument } from '../input/source-document.ts';
import { InputError } from '../errors.ts';
import { FIRST_LOOK } from '../experiments/precision.ts';
import { shippedCatalog } from '../files/catalog-files.ts';
import { runningProgram, type Program } from '../files/program.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { aboutSeconds } from '../simulation/about.ts';
import { outlineOf, type ScenarioOutline } from '../store/batch-identity.ts';
import { EXPORT_COLUMNS, type ExportFormat, type ExportTable } from '../store/export-columns.ts';
import { tablePieces } from '../store/export-file.ts';
import { EXPORT_ROWS } from '../store/export-rows.ts';
import type { JobRequest } from '../store/jobs.ts';
import { isActive, type Submission } from '../store/life-cycle.ts';
import type { Idempotency } from '../store/idempotency-keys.ts';
import { storedComparison } from '../store/stored-comparison.ts';
import { campaignId } from '../store/campaign-identity.ts';
import type { ScenarioVersion } from '../store/stored-scenarios.ts';
import type { BatchSummary } from '../store/batch-summary.ts';
import { Store } from '../store/store.ts';
import { noCampaign, readSentCampaign, type SentCampaign } from './campaign-requests.ts';
import { askedOf, type Asked, type Named } from './asked-metrics.ts';
import { fitsInto, jsonPieces, LONGEST_DOCUMENT } from './json-pieces.ts';
import { packEstimates, type PackedEstimates } from './packed-estimates.ts';
import { noBatch, notFound, problemOf, Refusal, type Problem } from './problems.ts';
import { publicFailure } from './replication-failures.ts';
import type { Limits } from './settings.ts';
import {
  checkDepth,
  checkName,
  readChoice,
  operatorsPlugins,
  readUpload,
  useOperatorsPlugins,
  type ScenarioChoice,
} from './uploads.ts';

/** What a thread is started with. */
export interface StoreThreadData {
  readonly store: string;
  readonly limits: Limits;
  /** Threads of each batch that runs. */
  readonly threads: number;
  /** Files of the operator's plugins. */
  readonly plugins: readonly string[];
}

/** An answer as it crosses between threads, where errors would lose their class. */
export type Answer<T> = { readonly value: T } | { readonly problem: Problem; readonly log: string | null };

export interface SentScenario {
  readonly text: string;
  readonly overrides: readonly string[];
}

export interface SentBatch extends JobRequest {
  readonly scenario: ScenarioChoice;
  readonly overrides: readonly string[];
  readonly seed: string;
  readonly byHour: boolean;
  readonly caller: string;
  readonly key: string | null;
}

const { store: path, limits, threads, plugins } = workerData as StoreThreadData;
await useOperatorsPlugins(plugins);

/** A caller is asked to retry rather than kept waiting, and others queued behind it. */
const IMPATIENT = { patience: 0 };

let opened: { readonly toWrite: Store; readonly toRead: Store; readonly program: Program } | null = null;

function connection() {
  if (opened === null) {
    const toWrite = Store.open(path, IMPATIENT);
    opened = { toWrite, toRead: Store.openToRead(path, IMPATIENT), program: runningProgram() };
  }
  return opened;
}

/** Makes an operation return its errors as problems. */
const answering =
  <Question, T>(work: (question: Question) => T) =>
  (question: Question): Answer<T> => {
    try {
      return { value: work(question) };
    } catch (error) {
      return problemOf(error);
    }
  };

/** Reads a scenario and keeps nothing. */
export const validate = answering(({ text, overrides }: SentScenario) =>
  checked(readUpload(text, overrides, limits.depth).scenario),
);

/** Keeps a version of a scenario. */
export const storeScenario = answering(
  ({ text, overrides }: SentScenario): { readonly isNew: boolean; readonly version: ScenarioVersion } => {
    const { toWrite } = connection();
    const { scenario } = readUpload(text, overrides, limits.depth);
    const { name, hash } = scenario;
    checkName(name);
    if (toWrite.scenarios.version(name, hash) === null && toWrite.scenarios.count() >= limits.scenarios)
      throw new Refusal(409, 'store-full', `${limits.scenarios} versions of scenarios are kept; delete some`);
    const isNew = toWrite.scenarios.add({ name, hash, text, overrides, outline: outlineOf(scenario) });
    return { isNew, version: toWrite.scenarios.version(name, hash)! };
  },
);

/** Characters of a description shown in lists. */
const SHOWN = 300;

/** A page of scenarios, without their texts: the newest version of each, or every version of one. */
export const listScenarios = answering(
  ({
    name,
    limit,
    before,
  }: {
    readonly name: string | null;
    readonly limit: number;
    readonly before: number | null;
  }) => {
    const { scenarios } = connection().toRead;
    if (name !== null && scenarios.version(name, null) === null)
      throw notFound(`there is no scenario "${name}"`);
    const { rows, next } =
      name === null ? scenarios.newest(limit, before) : scenarios.versions(name, limit, before);
    const items = rows.map(({ hash, overrides, outline, createdAt, ...version }) => ({
      ...{ name: version.name, hash, overrides, createdAt },
      ...{ tiers: outline.tiers, pools: outline.pools, description: beginningOf(outline.description) },
    }));
    return { items, next: next === null ? null : String(next) };
  },
);

const beginningOf = (text: string | null): string | null =>
  text === null || text.length <= SHOWN ? text : `${text.slice(0, SHOWN).replace(/\p{Surrogate}$/u, '')}…`;

export const deleteScenario = answering((name: string): null => {
  if (connection().toWrite.scenarios.delete(name) === 0) throw notFound(`there is no scenario "${name}"`);
  return null;
});

/** Queues a batch. If that is refused nothing is kept, not even the batch if it is new. */
export const submit = answering((sent: SentBatch): Submitted => {
  const { toWrite } = connection();
  const {
    scenario: choice,
    overrides,
    seed,
    byHour,
    caller,
    key,
    replications,
    precision,
    confidence,
  } = sent;
  const { request, scenario } = readChoice(toWrite, choice, overrides, limits.depth);
  checkCost(scenario, replications);
  const asked = { choice, overrides, seed, byHour, replications, precision, confidence };
  return toWrite.whole(() => {
    const { id } = toWrite.batch(descriptionOf(scenario, request, { seed, byHour }));
    return submitted(
      toWrite.jobs.submit({
        ...{ id, caller, request: { replications, precision, confidence }, most: limits.jobsPerCaller },
        idempotency: idempotencyOf(key, asked),
      }),
      id,
      'batch',
    );
  });
});

/**
 * Queues a campaign, unless the same one is queued, running or finished. If that is refused nothing is kept. Its batches
 * are not in the store before they run.
 */
export const submitCampaign = answering((sent: SentCampaign): Submitted => {
  const { toWrite, program } = connection();
  const { asked, campaign } = readSentCampaign(toWrite, sent, limits.depth);
  checkCampaignCost(campaign);
  const id = campaignId(asked, program, operatorsPlugins().files);
  const { caller, key, ...request } = sent;
  const submission = toWrite.campaigns.submit({
    ...{ id, caller, asked, most: limits.jobsPerCaller },
    idempotency: idempotencyOf(key, request),
  });
  return submitted(submission, id, 'campaign');
});

/** The key that a request came with, and the digest by which it is recognised. */
const idempotencyOf = (key: string | null, request: object): Idempotency | null =>
  key === null ? null : { key, digest: createHash('sha256').update(JSON.stringify(request)).digest('hex') };

/** Refuses a campaign that the time limit would end before it is done, or that does not fit into memory. */
function checkCampaignCost({ expected }: Campaign<object>): void {
  const parts = expected.map(({ scenario: { name, cell }, replications }) => ({ name, cell, replications }));
  const { seconds, each, replications, threads: used } = roomyCost(parts);
  if (seconds <= limits.jobSeconds) return;
  const message = `${replications} replications of about ${each} each, in ${parts.length} batches, would take about ${aboutSeconds(seconds)} on ${used} threads, and a campaign may run for ${limits.jobSeconds} s; ask for fewer points or replications, for a shorter horizon or for a share of the provider (cell.share)`;
  throw new InputError([{ place: 'body', path: 'replications', message }]);
}

/** Cancels a campaign that is queued or running. The replications it has finished are kept. */
export const cancelCampaign = answering((id: string): boolean => connection().toWrite.campaigns.cancel(id));

/** Deletes a campaign at rest. Its batches stay. */
export const deleteCampaign = answering((id: string): null => {
  const { toWrite } = connection();
  const state = toWrite.campaigns.campaign(id);
  if (state === null) throw noCampaign(id);
  if (isActive(state.status))
    throw new Refusal(409, 'campaign-active', `campaign ${id} is ${state.status}; cancel it first`);
  toWrite.campaigns.delete(id);
  return null;
});

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

/**
 * Refuses a batch that the time limit would end before it is done, or that does not fit into memory. For a batch that
 * requests a precision only the first stage is known and checked.
 */
function checkCost({ name, cell }: Scenario, replications: number | null): void {
  const asked = replications ?? FIRST_LOOK;
  const { seconds, each, threads } = roomyCost([{ name, cell, replications: asked }]);
  if (seconds <= limits.jobSeconds) return;
  const message = `${asked} replications of about ${each} each would take about ${aboutSeconds(seconds)} on ${threads} threads, and a batch may run for ${limits.jobSeconds} s; ask for fewer, for a shorter horizon or for a share of the provider (cell.share)`;
  throw new InputError([{ kind: 'option', place: 'body', path: 'replications', message }]);
}

/** The cost of replications for which there is room now. */
function roomyCost(parts: Parameters<typeof possibleJobCost>[0]): ReturnType<typeof possibleJobCost> {
  try {
    return possibleJobCost(parts, threads, path);
  } catch (error) {
    if (!(error instanceof RoomMissing)) throw error;
    throw new Refusal(503, 'store-full', `${error.says}; ask for fewer, or again when there is room`);
  }
}

const PLURAL = { batch: 'batches', campaign: 'campaigns' } as const;

type Submitted = Extract<Submission, { readonly id: string }>;

/** The outcome of a submission that was accepted. Throws `Refusal` for one that was not. */
function submitted(submission: Submission, id: string, noun: 'batch' | 'campaign'): Submitted {
  switch (submission.outcome) {
    case 'key reused':
      throw new Refusal(
        422,
        'idempotency-key-reused',
        'this Idempotency-Key was sent with another request; choose a new key for a new request',
      );
    case 'runs otherwise':
      throw new Refusal(
        409,
        `${noun}-active`,
        `${noun} ${id} is under way with other replications, precision or confidence; wait for it or cancel it`,
      );
    case 'too many':
      throw new Refusal(
        429,
        `too-many-${PLURAL[noun]}`,
        `${limits.jobsPerCaller} ${PLURAL[noun]} of yours wait or run; wait for one or cancel one`,
      );
    default:
      return submission;
  }
}

/** Cancels a batch that is queued or running. The replications it has finished are kept. */
export const cancel = answering((id: string): boolean => connection().toWrite.jobs.cancel(id));

/** Deletes a batch at rest; with `force` also one that another process runs, which then stops. */
export const deleteBatch = answering(
  ({ id, force }: { readonly id: string; readonly force: boolean }): null => {
    const { toWrite } = connection();
    const state = toWrite.jobs.batch(id);
    if (state === null) throw noBatch(id);
    if (isActive(state.status))
      throw new Refusal(409, 'batch-active', `batch ${id} is ${state.status}; cancel it first`);
    toWrite.delete({ id }, { room: 'keep', force });
    return null;
  },
);

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

/**
 * Begins an answer that is a single document. One that is too long is refused before any of it is sent.
 *
 * @param remedy how to request less
 */
function begunDocument(batches: readonly string[], document: object, remedy: string): BegunAnswer {
  const fields = document as Readonly<Record<string, unknown>>;
  if (!fitsInto(fields, LONGEST_DOCUMENT)) {
    throw new Refusal(
      422,
      'answer-too-long',
      `the answer would have more than ${LONGEST_DOCUMENT / 2 ** 20} MiB; ${remedy}`,
    );
  }
  return begun(batches, jsonPieces(fields));
}

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
    ...{ batch: id, replications: done.length, hourOfWeek, seconds },
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

/** A piece of an answer, and whether more follow. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly more: boolean;
}

/** The first piece of an answer, and the number by which the others are requested. */
export interface BegunAnswer extends Piece {
  readonly number: number;
}

/** An answer of which no piece was requested for this long is forgotten [ms]: so slow a client counts as gone. */
const FORGOTTEN = 600_000;

interface OpenAnswer {
  /** The batches it is made from. */
  readonly batches: readonly string[];
  readonly pieces: Generator<Uint8Array>;
  /** Made ahead, so that the last piece is known to be the last; `null` after it. */
  next: Uint8Array | null;
  askedAt: number;
}

/** Unfinished answers, by their number. */
const open = new Map<number, OpenAnswer>();
let newest = 0;

const nextOf = (pieces: Generator<Uint8Array>): Uint8Array | null => {
  const { done, value } = pieces.next();
  return done === true ? null : value;
};

function begun(batches: readonly string[], pieces: Generator<Uint8Array>): BegunAnswer {
  const bytes = nextOf(pieces) ?? new Uint8Array(0);
  const next = nextOf(pieces);
  const askedAt = performance.now();
  for (const [number, one] of open) if (askedAt - one.askedAt > FORGOTTEN) forget(number);
  newest += 1;
  if (next !== null) open.set(newest, { batches, pieces, next, askedAt });
  return { number: newest, bytes, more: next !== null };
}

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

/** The next piece of an answer. Between pieces no transaction on the store stays open. */
export const nextPiece = answering((number: number): Piece => {
  const answer = open.get(number);
  if (answer === undefined)
    throw new Refusal(503, 'download-lost', 'the thread that made this answer was ended; ask for it again');
  const bytes = answer.next!;
  answer.askedAt = performance.now();
  answer.next = nextOf(answer.pieces);
  // The data of a batch deleted meanwhile would end early, and look complete.
  for (const batch of answer.batches) if (connection().toRead.summary(batch) === null) throw noBatch(batch);
  if (answer.next === null) open.delete(number);
  return { bytes, more: answer.next !== null };
});

/** Forgets an answer that is no longer read. */
export const endAnswer = answering((number: number): null => {
  forget(number);
  return null;
});

function forget(number: number): void {
  open.get(number)?.pieces.return(undefined);
  open.delete(number);
}

/** Replications as they are exported, with only those details of their failures that callers may see. */
function* replicationRows(store: Store, summary: BatchSummary) {
  const failures = store.read(summary).batch.failures();
  const details = new Map(failures.map((one) => [one.replication, publicFailure(one).detail]));
  for (const row of EXPORT_ROWS.replications(store, [summary]))
    yield { ...row, error: details.get(Number(row.replication)) ?? null };
}

function found(store: Store, id: string) {
  const summary = store.summary(id);
  if (summary === null) throw noBatch(id);
  if (summary.done === 0)
    throw new Refusal(409, 'no-results', `no replication of batch ${id} is done; wait for the first`);
  return { summary, ...store.read(summary) };
}

/** What reading a scenario found. */
export interface CheckedScenario extends Pick<
  ScenarioOutline,
  'name' | 'description' | 'hash' | 'tiers' | 'pools'
> {
  readonly gpus: number;
}

function checked(scenario: Parameters<typeof outlineOf>[0]): CheckedScenario {
  const { name, description, hash, tiers, pools } = outlineOf(scenario);
  return { name, description, hash, tiers, pools, gpus: pools.reduce((sum, { gpus }) => sum + gpus, 0) };
}
