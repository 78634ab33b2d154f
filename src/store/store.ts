/**
 * The store: what batches came to, at rest in one file. It keeps replications as they finish and folds estimates from
 * them. Another process may read it meanwhile. It knows neither threads nor how results are shown.
 */
import { InputError } from '../errors.ts';
import { alternatives } from '../validation.ts';
import { batchId, NODE, type BatchDescription, type ScenarioOutline } from './batch-identity.ts';
import { guarded, openDatabase, temporaryDatabase, type Database } from './database.ts';
import { clearBatch, StoredBatch } from './stored-batch.ts';

export const BATCH_STATUSES = ['finished', 'unfinished', 'failed'] as const;

/** What the store says of a batch beside its numbers. */
export interface BatchSummary {
  readonly id: string;
  readonly scenario: string;
  readonly scenarioHash: string;
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

  private constructor(path: string, database: Database) {
    this.path = path;
    this.database = database;
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
             ON CONFLICT (id) DO UPDATE SET scenario = excluded.scenario, text = excluded.text,
               overrides = excluded.overrides, outline = excluded.outline
             RETURNING batch`,
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
      (this.database.prepare(SUMMARIES).all() as (Omit<BatchSummary, 'byHour'> & { byHour: number })[]).map(
        (row) => ({ ...row, byHour: row.byHour === 1 }),
      ),
    );
  }

  /**
   * The batch that a user means: by the first digits of its id, or the scenario's name for the one that changed last.
   * Throws `InputError` when there is none, or several.
   */
  find(given: string): BatchSummary {
    const all = this.summaries();
    const refuse = (message: string): never => {
      throw new InputError([{ place: given, path: '', message }]);
    };
    const byId = /^[0-9a-f]{4,64}$/.test(given) ? all.filter(({ id }) => id.startsWith(given)) : [];
    if (byId.length > 1) refuse(`is the beginning of ${byId.length} batches; give more digits`);
    const found = byId[0] ?? all.find(({ scenario }) => scenario === given);
    if (found !== undefined) return found;
    const names = [...new Set(all.map(({ scenario }) => scenario))];
    return refuse(
      names.length === 0
        ? `there is no batch in ${this.path}`
        : `no batch in ${this.path} has this id, of four digits or more, or is of a scenario of this name; ${alternatives(given, names)}`,
    );
  }

  /** The numbers of a batch that `find` found, what is shown of its scenario, and all that came of its file. */
  read({ id }: BatchSummary): ReadBatch {
    return guarded(this.path, () => {
      const { batch, outline, text, overrides, resolved } = this.database
        .prepare('SELECT batch, outline, text, overrides, resolved FROM batches WHERE id = ?')
        .get(id) as Record<'outline' | 'text' | 'overrides' | 'resolved', string> & { batch: number };
      return {
        batch: new StoredBatch(this.path, this.database, batch, id),
        outline: JSON.parse(outline) as ScenarioOutline,
        text,
        overrides: JSON.parse(overrides) as string[],
        resolved,
      };
    });
  }

  /** Takes a batch out of the store, and its room back from the disk. */
  delete({ id }: BatchSummary): void {
    const forget = this.database.transaction(() => {
      const key = this.database.prepare('SELECT batch FROM batches WHERE id = ?').pluck().get(id) as number;
      clearBatch(this.database, key);
      this.database.prepare('DELETE FROM batches WHERE batch = ?').run(key);
    });
    guarded(this.path, () => {
      forget.immediate();
      this.database.exec('VACUUM');
    });
  }
}

const SUMMARIES = `
  SELECT id, scenario, scenario_hash AS scenarioHash, seed, by_hour AS byHour, version, node, level, planned,
    coalesce(done, 0) AS done, coalesce(failed, 0) AS failed,
    CASE WHEN coalesce(failed, 0) > 0 THEN 'failed' WHEN done >= planned THEN 'finished' ELSE 'unfinished' END
      AS status,
    coalesce(wall, 0.0) AS wallSeconds, created_at AS createdAt, updated_at AS updatedAt
  FROM batches LEFT JOIN (
    SELECT batch, sum(status = 'done') AS done, sum(status = 'failed') AS failed, sum(wall_seconds) AS wall
    FROM replications GROUP BY batch
  ) USING (batch)
  ORDER BY updated_at DESC, batch DESC`;
