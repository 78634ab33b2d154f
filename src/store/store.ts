/**
 * The store: what batches came to, at rest in one file. It keeps replications as they finish and folds estimates from
 * them. Another process may read it meanwhile. It knows neither threads nor how results are shown.
 */
import type { Statement } from 'better-sqlite3';
import type { Estimate } from '../experiments/estimate.ts';
import { batchId, NODE, type BatchDescription, type ScenarioOutline } from './batch-identity.ts';
import { guarded, openDatabase, temporaryDatabase, type Database } from './database.ts';
import { changesColumn } from './changes.ts';
import { batchMeant } from './find-batch.ts';
import { Jobs } from './jobs.ts';
import { clearBatch, StoredBatch } from './stored-batch.ts';
import { StoredScenarios } from './stored-scenarios.ts';
import { Tokens } from './tokens.ts';

export const BATCH_STATUSES = ['finished', 'unfinished', 'failed'] as const;

/** What the store says of a batch beside its numbers. */
export interface BatchSummary {
  readonly id: string;
  readonly scenario: string;
  readonly scenarioHash: string;
  /** What was replaced in the scenario, each `PATH=VALUE`: the first twenty, each to its hundredth character. */
  readonly changes: readonly string[];
  readonly seed: string;
  readonly byHour: boolean;
  readonly version: string;
  readonly node: string;
  readonly level: number;
  /** Replications asked for last, and of all that are kept those that are done and those that failed. */
  readonly planned: number;
  readonly done: number;
  readonly failed: number;
  readonly status: (typeof BATCH_STATUSES)[number];
  /** Seconds of one thread that the replications took. */
  readonly wallSeconds: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What one replication said of a metric; `null` where it failed, or has no data. */
export interface ReplicationValue {
  readonly replication: number;
  readonly status: 'done' | 'failed';
  readonly value: number | null;
  /** Time it took in one thread [s]. */
  readonly wallSeconds: number | null;
}

type SummaryRow = Omit<BatchSummary, 'byHour' | 'changes'> & {
  readonly byHour: number;
  readonly changes: string;
};

const summaryOf = (row: SummaryRow): BatchSummary => ({
  ...row,
  byHour: row.byHour === 1,
  changes: JSON.parse(row.changes) as string[],
});

/** A batch as it is read back. */
export interface ReadBatch {
  readonly batch: StoredBatch;
  readonly outline: ScenarioOutline;
  /** The scenario as it was written, what was replaced in it, and all its values. */
  readonly text: string;
  readonly overrides: readonly string[];
  readonly resolved: string;
}

export class Store {
  readonly path: string;
  private readonly database: Database;
  private readonly parts: { jobs?: Jobs; scenarios?: StoredScenarios; tokens?: Tokens; kept?: Statement } =
    {};

  private constructor(path: string, database: Database) {
    this.path = path;
    this.database = database;
  }

  /** What servers were asked to run. */
  get jobs(): Jobs {
    this.parts.jobs ??= new Jobs(this.path, this.database);
    return this.parts.jobs;
  }

  /** Scenarios that were sent to a server. */
  get scenarios(): StoredScenarios {
    this.parts.scenarios ??= new StoredScenarios(this.path, this.database);
    return this.parts.scenarios;
  }

  /** Who may ask a server. */
  get tokens(): Tokens {
    this.parts.tokens ??= new Tokens(this.path, this.database);
    return this.parts.tokens;
  }

  /** Opens a store to write, made where there is none. Throws `InputError` and `EnvironmentError`. */
  static open(path: string): Store {
    return new Store(path, openDatabase(path, 'write'));
  }

  /** Opens a store that is there to read it alone. */
  static openToRead(path: string): Store {
    return new Store(path, openDatabase(path, 'read'));
  }

  /** A store for one process, gone when it ends. */
  static temporary(): Store {
    return new Store('the temporary store', temporaryDatabase());
  }

  close(): void {
    this.database.close();
  }

  /** Runs work of which all is kept, or nothing where it throws. */
  whole<T>(work: () => T): T {
    return guarded(this.path, () => this.database.transaction(work).immediate());
  }

  /** The batch that a description means, with the replications that are there of it. */
  batch(description: BatchDescription): StoredBatch {
    const id = batchId(description);
    const { outline, program, kind, seed, byHour, text, overrides, resolved } = description;
    const at = new Date().toISOString();
    const key = guarded(
      this.path,
      () =>
        this.database
          .prepare(
            `INSERT INTO batches (id, kind, scenario, scenario_hash, seed, by_hour, version, code, node, level, planned,
               text, overrides, resolved, outline, created_at, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0.95, 0, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET ${WRITTEN_AGAIN} RETURNING batch`,
          )
          .pluck()
          .get(
            ...[
              id,
              kind,
              outline.name,
              outline.hash,
              seed,
              Number(byHour),
              program.version,
              program.code,
              NODE,
            ],
            ...[text, JSON.stringify(overrides), resolved, JSON.stringify(outline), at, at],
          ) as number,
    );
    return new StoredBatch(this.path, this.database, key, id);
  }

  /** Every batch, the one that changed last first. */
  summaries(): BatchSummary[] {
    return guarded(this.path, () =>
      (this.database.prepare(`${SUMMARY} ORDER BY updated_at DESC, batch DESC`).all() as SummaryRow[]).map(
        summaryOf,
      ),
    );
  }

  /** The batch of an id; `null` when there is none. */
  summary(id: string): BatchSummary | null {
    const row = guarded(this.path, () => this.database.prepare(`${SUMMARY} WHERE id = ?`).get(id)) as
      SummaryRow | undefined;
    return row === undefined ? null : summaryOf(row);
  }

  /** The batch that a user means. Throws `InputError` when there is none, or several that differ (`batchMeant`). */
  find(given: string): BatchSummary {
    return batchMeant(given, this.summaries(), this.path);
  }

  /** The numbers of a batch that `find` found, what is shown of its scenario, and all that came of its file. */
  read({ id }: { readonly id: string }): ReadBatch {
    return guarded(this.path, () => {
      const { batch, outline, text, overrides, resolved } = this.database
        .prepare('SELECT batch, outline, text, overrides, resolved FROM batches WHERE id = ?')
        .get(id) as Record<'outline' | 'text' | 'overrides' | 'resolved', string> & { batch: number };
      return {
        batch: new StoredBatch(this.path, this.database, batch, id),
        outline: { ...(JSON.parse(outline) as ScenarioOutline), changes: JSON.parse(overrides) as string[] },
        text,
        overrides: JSON.parse(overrides) as string[],
        resolved,
      };
    });
  }

  /**
   * Estimates of all replications that are done, as far as they were folded before: by `StoredBatch.estimates`, and not
   * since. Empty where none were.
   */
  keptEstimates(
    id: string,
    level: number,
    { scope = null, metric = null }: { readonly scope?: string | null; readonly metric?: string | null } = {},
  ): Estimate[] {
    return guarded(this.path, () => {
      this.parts.kept ??= this.database.prepare(KEPT);
      return this.parts.kept.all({ id, level, scope, metric }) as Estimate[];
    });
  }

  /** What single replications, from an index on, said of one metric; `null` where the batch has no such metric. */
  values(
    id: string,
    { scope, metric }: { readonly scope: string; readonly metric: string },
    from: number,
    limit: number,
  ): { readonly unit: string; readonly rows: ReplicationValue[] } | null {
    return guarded(this.path, () => {
      const found = this.database
        .prepare(
          'SELECT batch, metrics.metric, unit FROM metrics JOIN batches USING (batch) WHERE id = ? AND scope = ? AND name = ?',
        )
        .get(id, scope, metric) as { batch: number; metric: number; unit: string } | undefined;
      if (found === undefined) return null;
      const rows = this.database.prepare(VALUES).all(found.metric, found.batch, from, limit);
      return { unit: found.unit, rows: rows as ReplicationValue[] };
    });
  }

  /** Takes a batch out of the store. Its room is used again, or given back to the disk, which takes long. */
  delete({ id }: { readonly id: string }, room: 'keep' | 'give back' = 'give back'): void {
    const forget = this.database.transaction(() => {
      const key = this.database.prepare('SELECT batch FROM batches WHERE id = ?').pluck().get(id) as number;
      clearBatch(this.database, key);
      // Whoever sends a request anew with its key asks for a new batch.
      this.database.prepare('DELETE FROM idempotency_keys WHERE batch = ?').run(id);
      for (const table of ['job_events', 'jobs', 'batches'])
        this.database.prepare(`DELETE FROM ${table} WHERE batch = ?`).run(key);
    });
    guarded(this.path, () => {
      forget.immediate();
      if (room === 'give back') this.database.exec('VACUUM');
    });
  }
}

/**
 * What is kept of how a scenario was written where the same one comes again. To replace a value by itself makes no other
 * scenario: the form with the fewest changes stays, so that a name goes on to mean it.
 */
const WRITTEN_AGAIN = ['scenario', 'text', 'overrides', 'outline']
  .map(
    (column) =>
      `${column} = iif(json_array_length(excluded.overrides) <= json_array_length(batches.overrides), excluded.${column}, batches.${column})`,
  )
  .join();

const SUMMARY = `
  SELECT id, scenario, scenario_hash AS scenarioHash, ${changesColumn('overrides')} AS changes, seed, by_hour AS byHour, version, node, level, planned,
    coalesce(done, 0) AS done, coalesce(failed, 0) AS failed,
    CASE WHEN coalesce(failed, 0) > 0 THEN 'failed' WHEN done >= planned THEN 'finished' ELSE 'unfinished' END
      AS status,
    coalesce(wall_seconds, 0.0) AS wallSeconds, created_at AS createdAt, updated_at AS updatedAt
  FROM batches LEFT JOIN tallies USING (batch)`;

const KEPT = `
  SELECT scope, name AS metric, unit, mean, half_width AS halfWidth, n
  FROM (
    SELECT batch, (
      SELECT replication + 1 FROM replications AS r WHERE r.batch = b.batch AND status = 'done'
      ORDER BY replication DESC LIMIT 1
    ) AS below FROM batches AS b WHERE id = @id
  ) JOIN estimates USING (batch, below) JOIN metrics USING (batch, metric)
  WHERE level = @level AND (@scope IS NULL OR scope = @scope) AND (@metric IS NULL OR name = @metric)
  ORDER BY metrics.metric`;

const VALUES = `
  SELECT r.replication, r.status, o.value, r.wall_seconds AS wallSeconds
  FROM replications AS r LEFT JOIN observations AS o
    ON o.batch = r.batch AND o.replication = r.replication AND o.metric = ?
  WHERE r.batch = ? AND r.replication >= ? ORDER BY r.replication LIMIT ?`;
