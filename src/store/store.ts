/**
 * The store: the results of batches, kept in one file. It keeps replications as they finish and folds estimates from
 * them. Other processes may read and write it meanwhile. It knows neither threads nor how results are shown.
 */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Estimate } from '../experiments/estimate.ts';
import { batchId, NODE, SHORT_ID, type BatchDescription, type ScenarioOutline } from './batch-identity.ts';
import { heldBy } from './batch-claim.ts';
import type { BatchKey } from './batch-rows.ts';
import { clearBatch } from './batch-statements.ts';
import { summaryOf, type BatchSummary, type SummaryRow } from './batch-summary.ts';
import { shortChanges, simulatedChanges } from './changes.ts';
import { insertSql, sealedRow, sealSql, soundSql } from './checksum.ts';
import { openDatabase, temporaryDatabase, type StoreFile, type Waiting } from './database.ts';
import { batchMeant } from './find-batch.ts';
import { Jobs } from './jobs.ts';
import { lives, processFrom } from './runner.ts';
import { SAMPLES } from './records.ts';
import { DamagedRecord } from './store-errors.ts';
import { StoredBatch, type ReplicationValue } from './stored-batch.ts';
import { StoredCampaigns } from './stored-campaigns.ts';
import { StoredScenarios } from './stored-scenarios.ts';
import { Tokens } from './tokens.ts';
import { checkText } from './well-formed.ts';

/** A batch as it is read back. */
export interface ReadBatch {
  readonly batch: StoredBatch;
  readonly outline: ScenarioOutline;
  /** The scenario as it was written, the values replaced in it, and all of its values. */
  readonly text: string;
  readonly overrides: readonly string[];
  readonly resolved: string;
}

/** How many batch objects are cached. */
const BATCHES_AT_HAND = 16;

export class Store {
  readonly path: string;
  /** The file in which it is kept; `null` for one that is deleted when it is closed. */
  readonly keptIn: string | null;
  private readonly file: StoreFile;
  private readonly parts: {
    jobs?: Jobs;
    campaigns?: StoredCampaigns;
    scenarios?: StoredScenarios;
    tokens?: Tokens;
  } = {};
  private readonly atHand = new Map<string, StoredBatch>();

  private constructor(file: StoreFile, keptIn: string | null = file.path) {
    this.path = file.path;
    this.keptIn = keptIn;
    this.file = file;
  }

  /** What servers were asked to run. */
  get jobs(): Jobs {
    this.parts.jobs ??= new Jobs(this.file);
    return this.parts.jobs;
  }

  /** Campaigns that servers were asked for. */
  get campaigns(): StoredCampaigns {
    this.parts.campaigns ??= new StoredCampaigns(this.file);
    return this.parts.campaigns;
  }

  /** Scenarios that were sent to a server. */
  get scenarios(): StoredScenarios {
    this.parts.scenarios ??= new StoredScenarios(this.file);
    return this.parts.scenarios;
  }

  /** The tokens that authorise callers of a server. */
  get tokens(): Tokens {
    this.parts.tokens ??= new Tokens(this.file);
    return this.parts.tokens;
  }

  /** Opens a store to write, creating it if there is none. Throws `InputError` and `EnvironmentError`. */
  static open(path: string, waiting: Waiting = {}): Store {
    return new Store(openDatabase(path, 'write', waiting));
  }

  /** Opens an existing store for reading only. */
  static openToRead(path: string, waiting: Waiting = {}): Store {
    return new Store(openDatabase(path, 'read', waiting));
  }

  /** A store for one process, deleted when it is closed. */
  static temporary(): Store {
    return new Store(temporaryDatabase(), null);
  }

  close(): void {
    this.file.close();
  }

  /** Throws `StoreGone` if the file is no longer the one that was opened. */
  confirm(): void {
    this.file.checkPlace();
  }

  /** The size of the store on the disk [bytes]. */
  bytes(): number {
    const sizeOf = (ending: string) =>
      statSync(`${this.path}${ending}`, { throwIfNoEntry: false })?.size ?? 0;
    return sizeOf('') + sizeOf('-wal');
  }

  /** Runs work in a transaction: all of it is kept, or nothing if it throws. */
  whole<T>(work: () => T): T {
    return this.file.writing(work);
  }

  /** The batch for a description, with the replications already kept of it. */
  batch(description: BatchDescription): StoredBatch {
    const id = batchId(description);
    const { outline, program, kind, seed, byHour, text, overrides, resolved } = description;
    checkText('--seed', seed);
    checkText('name', outline.name);
    checkText('scenario', text);
    for (const override of overrides) checkText('--set', override);
    const at = now();
    const decided = [kind, outline.name, outline.hash, seed, Number(byHour)];
    const decidedBy = [program.version, program.code, NODE];
    return this.file.writing(() => {
      const known = this.keyOf(id);
      const texts = [text, JSON.stringify(overrides), resolved, JSON.stringify(outline)];
      const key =
        known?.batch ??
        (this.get(INSERT, randomUUID(), id, ...decided, ...decidedBy, at, at) as { batch: number }).batch;
      // A damaged row is restored from the description: what was requested is reset, and the totals are recounted.
      if (known?.sound === 0) this.run(RESTORE, id, ...decided, ...decidedBy, at, at, key);
      if (known?.sound !== 1 || this.isPlainer(overrides, key)) {
        const changes = JSON.stringify(shortChanges(overrides));
        this.run('UPDATE batches SET scenario = ?, changes = ? WHERE batch = ?', outline.name, changes, key);
        this.run(sealSql('batches', 'batch = ?'), key);
        this.run(insertSql('texts'), ...sealedRow('texts', key, ...texts));
      }
      const { generation } = this.keyOf(id)!;
      return new StoredBatch(this.file, { batch: key, generation, id, scenario: outline.name });
    });
  }

  /** Every batch, most recently changed first. */
  summaries(): BatchSummary[] {
    return this.rows().map((row) => this.soundOf(row));
  }

  /** The batch with this id; `null` if there is none. */
  summary(id: string): BatchSummary | null {
    const row = this.file.reading(() => this.get(`${SUMMARY} WHERE id = ?`, id)) as SummaryRow | undefined;
    return row === undefined ? null : this.soundOf(row);
  }

  /** How many replications of the batch with this id are done, as far as is known before its records are read. */
  doneOf(id: string): number {
    const row = this.file.reading(() => this.get(`${SUMMARY} WHERE id = ?`, id)) as SummaryRow | undefined;
    return row?.sound === 1 ? row.done : 0;
  }

  /**
   * The batch that a user means. Throws `InputError` if there is none, or several that differ (`batchMeant`), and
   * `DamagedRecord` if its row is damaged, unless `orDamaged` is set.
   */
  find(given: string, { orDamaged = false }: { readonly orDamaged?: boolean } = {}): BatchSummary {
    const rows = this.rows();
    const found = batchMeant(given, rows.map(summaryOf), this.path);
    return orDamaged ? found : this.soundOf(rows.find(({ id }) => id === found.id)!);
  }

  /** The numbers of a batch found by `find`, the outline of its scenario, and the scenario itself as it was run. */
  read({ id }: { readonly id: string }): ReadBatch {
    return this.file.reading(() => {
      const key = this.keyOf(id);
      if (key === undefined || key.sound !== 1)
        throw this.damage(`the row of batch ${id.slice(0, SHORT_ID)}`);
      const row = this.get(TEXTS, key.batch) as
        | (Record<'outline' | 'text' | 'overrides' | 'resolved', string> & { readonly sound: number })
        | undefined;
      if (row?.sound !== 1) throw this.damage(`the scenario of batch ${id.slice(0, SHORT_ID)}`);
      const { outline, text, overrides, resolved } = row;
      return {
        batch: this.stored(key),
        outline: {
          ...(JSON.parse(outline) as ScenarioOutline),
          changes: simulatedChanges(JSON.parse(overrides) as string[]),
        },
        text,
        overrides: JSON.parse(overrides) as string[],
        resolved,
      };
    });
  }

  /**
   * Estimates from all replications that are done, if `StoredBatch.estimates` kept them and no replication was added
   * since; otherwise empty.
   */
  keptEstimates(
    id: string,
    confidence: number,
    { scope = null, metric = null }: { readonly scope?: string | null; readonly metric?: string | null } = {},
  ): Estimate[] {
    return this.file.reading(() => {
      const key = this.keyOf(id);
      const last =
        key === undefined ? undefined : (this.get(LAST, key.batch) as { last: number } | undefined);
      if (last === undefined) return [];
      const kept = this.stored(key!).keptEstimates(confidence, last.last + 1) ?? [];
      return kept.filter(
        (one) => (scope === null || one.scope === scope) && (metric === null || one.metric === metric),
      );
    });
  }

  /** The values of one metric in single replications, from an index on; `null` if the batch has no such metric. */
  values(
    id: string,
    { scope, metric }: { readonly scope: string; readonly metric: string },
    from: number,
    limit: number,
  ): { readonly unit: string; readonly rows: ReplicationValue[] } | null {
    return this.file.reading(() => {
      const { batch } = this.read({ id });
      const metrics = batch.metrics();
      const place = metrics.findIndex((one) => one.scope === scope && one.metric === metric);
      if (place < 0) return null;
      return { unit: metrics[place]!.unit, rows: batch.values(place, from, limit) };
    });
  }

  /**
   * Removes a batch from the store. Its space is reused, or given back to the disk, which takes long. Throws
   * `BatchHeld` while a process runs it, unless forced.
   */
  delete(
    { id }: { readonly id: string },
    {
      room = 'give back',
      force = false,
    }: { readonly room?: 'keep' | 'give back'; readonly force?: boolean } = {},
  ): void {
    this.file.writing(() => {
      const key = this.keyOf(id);
      if (key === undefined) return;
      this.checkFree(key, force);
      clearBatch(this.file.database, key.batch);
      this.jobs.delete(id);
      for (const table of ['texts', 'batches']) this.run(`DELETE FROM ${table} WHERE batch = ?`, key.batch);
    });
    this.atHand.delete(id);
    if (room === 'give back') this.giveBack();
  }

  /** Size of the records of each batch, or of its samples alone, by id [bytes]. */
  sizes(what: 'all' | 'samples' = 'all'): Map<string, number> {
    const some = what === 'all' ? '' : `WHERE part GLOB '${SAMPLES}*'`;
    const rows = this.file.reading(() =>
      this.all(
        `SELECT id, sum(length(content)) AS bytes FROM records JOIN batches USING (batch) ${some} GROUP BY id`,
      ),
    ) as { readonly id: string; readonly bytes: number }[];
    return new Map(rows.map(({ id, bytes }) => [id, bytes]));
  }

  /**
   * Ids of the batches that this program does not continue, because another program or another version of Node ran
   * them.
   */
  ofOtherPrograms({ version, code }: BatchDescription['program']): Set<string> {
    const rows = this.file.reading(() =>
      this.file
        .statement('SELECT id FROM batches WHERE version <> ? OR code <> ? OR node <> ?')
        .all(version, code, NODE),
    ) as { readonly id: string }[];
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Removes the samples of a batch, after keeping the estimates at its confidence level: from then on whatever needs samples is
   * refused. Throws `BatchHeld` while a process runs it. The space is reused; `giveBack` gives it back to the disk.
   */
  pruneSamples({ id, confidence }: Pick<BatchSummary, 'id' | 'confidence'>): void {
    const { batch } = this.read({ id });
    batch.estimates(confidence, batch.end());
    this.file.writing(() => {
      const key = this.keyOf(id)!;
      this.checkFree(key, false);
      // Repeated inside the transaction, in case a replication was added meanwhile.
      batch.estimates(confidence, batch.end());
      this.run(`DELETE FROM records WHERE batch = ? AND part GLOB '${SAMPLES}*'`, key.batch);
      this.run('UPDATE batches SET pruned_at = ? WHERE batch = ?', now(), key.batch);
      this.run(sealSql('batches', 'batch = ?'), key.batch);
    });
  }

  /** Gives free space in the file back to the disk; takes long if the file is large. */
  giveBack(): void {
    this.file.guarded(() => {
      this.file.database.exec('VACUUM');
      this.file.database.pragma('wal_checkpoint(TRUNCATE)');
    });
  }

  /**
   * Whether these overrides replace the kept form of the same scenario. Overriding a value with itself makes no other
   * scenario: the form with the fewest changes is kept, so that a name continues to refer to it.
   */
  private isPlainer(overrides: readonly string[], key: number): boolean {
    const kept = this.get(TEXTS, key) as { readonly overrides: string; readonly sound: number } | undefined;
    if (kept?.sound !== 1) return true;
    const before = simulatedChanges(JSON.parse(kept.overrides) as string[]);
    return simulatedChanges(overrides).length <= before.length;
  }

  private checkFree(key: KeyRow, force: boolean): void {
    const held = this.get(
      'SELECT process, since, signed_at AS signedAt FROM runs WHERE batch = ?',
      key.batch,
    ) as { process: string; since: string; signedAt: string } | undefined;
    const process = held === undefined ? null : processFrom(held.process);
    if (force || process === null || !lives(process, held!.signedAt)) return;
    throw heldBy(
      `batch ${key.id.slice(0, SHORT_ID)} of ${key.scenario}`,
      { process, since: held!.since },
      '',
    );
  }

  private stored(key: KeyRow): StoredBatch {
    const name = `${key.batch} ${key.generation} ${key.scenario}`;
    const there = this.atHand.get(name) ?? new StoredBatch(this.file, key);
    this.atHand.delete(name);
    this.atHand.set(name, there);
    const [oldest] = this.atHand.keys();
    if (this.atHand.size > BATCHES_AT_HAND) this.atHand.delete(oldest!);
    return there;
  }

  private rows(): SummaryRow[] {
    return this.file.reading(() =>
      this.all(`${SUMMARY} ORDER BY updated_at DESC, batch DESC`),
    ) as SummaryRow[];
  }

  private soundOf(row: SummaryRow): BatchSummary {
    if (row.sound !== 1) throw this.damage(`the row of batch ${row.id.slice(0, SHORT_ID)}`);
    return summaryOf(row);
  }

  private keyOf(id: string): KeyRow | undefined {
    return this.get(KEY, id) as KeyRow | undefined;
  }

  private damage(what: string): DamagedRecord {
    return new DamagedRecord(
      this.path,
      what,
      'the same fleetyield run writes it anew, and results delete takes the batch away',
    );
  }

  private get(sql: string, ...values: unknown[]): unknown {
    return this.file.statement(sql).get(values);
  }

  private all(sql: string): unknown[] {
    return this.file.statement(sql).all();
  }

  private run(sql: string, ...values: unknown[]): void {
    this.file.statement(sql).run(values);
  }
}

type KeyRow = BatchKey & { readonly sound: number };

const now = (): string => new Date().toISOString();

const KEY = `SELECT batch, generation, id, scenario, ${soundSql('batches')} AS sound FROM batches WHERE id = ?`;

const TEXTS = `SELECT text, overrides, resolved, outline, ${soundSql('texts')} AS sound FROM texts WHERE batch = ?`;

const LAST = `
  SELECT replication AS last FROM replications WHERE batch = ? AND status = 'done'
  ORDER BY replication DESC LIMIT 1`;

const INSERT = `
  INSERT INTO batches (generation, id, kind, scenario, scenario_hash, seed, by_hour, version, code, node, level,
    planned, done, failed, wall_seconds, changes, created_at, updated_at, checksum)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0.95, 0, 0, 0, 0.0, '[]', ?, ?, 0) RETURNING batch`;

const RESTORE = `
  UPDATE batches SET id = ?, kind = ?, scenario = ?, scenario_hash = ?, seed = ?, by_hour = ?, version = ?, code = ?,
    node = ?, level = 0.95, planned = 0, pruned_at = NULL, created_at = ?, updated_at = ?,
    done = (SELECT count(*) FROM replications AS r WHERE r.batch = batches.batch AND status = 'done'),
    failed = (SELECT count(*) FROM replications AS r WHERE r.batch = batches.batch AND status = 'failed'),
    wall_seconds =
      (SELECT coalesce(sum(wall_seconds), 0.0) FROM replications AS r WHERE r.batch = batches.batch)
  WHERE batch = ?`;

const SUMMARY = `
  SELECT id, scenario, scenario_hash AS scenarioHash, changes, seed, by_hour AS byHour, version, node, level AS confidence,
    planned, done, failed,
    CASE WHEN EXISTS (SELECT 1 FROM runs WHERE runs.batch = batches.batch AND lives(process, signed_at))
        THEN 'running'
      WHEN failed > 0 THEN 'failed' WHEN done >= max(planned, 1) THEN 'finished' ELSE 'unfinished' END AS status,
    wall_seconds AS wallSeconds, pruned_at AS prunedAt, created_at AS createdAt, updated_at AS updatedAt,
    ${soundSql('batches')} AS sound
  FROM batches`;
