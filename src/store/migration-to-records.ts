/**
 * The fourth migration of a store. A batch gets a number that is never reused and a generation that every write names;
 * a replication becomes a row and some records of bytes, in place of a row for each number; every row gets a checksum.
 */
import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { AuditCheck } from '../simulation/ledger.ts';
import { insertSql, sealedRow, type SealedTable } from './checksum.ts';
import { recordsOf } from './records.ts';

const OLD_TABLES = [
  'batches',
  'machines',
  'metrics',
  'replications',
  'observations',
  'samples',
  'estimates',
  'tallies',
  'scenarios',
  'jobs',
  'job_events',
  'idempotency_keys',
  'tokens',
];

const NEW_TABLES = `
  CREATE TABLE batches (
    batch INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again
    generation TEXT NOT NULL,                -- another when the batch is begun afresh
    id TEXT NOT NULL UNIQUE,                 -- digest of what decides the numbers: see batch-identity.ts
    kind TEXT NOT NULL,
    scenario TEXT NOT NULL,                  -- its name
    scenario_hash TEXT NOT NULL,
    changes TEXT NOT NULL,                   -- the beginning of what --set replaced in it
    seed TEXT NOT NULL,
    by_hour INTEGER NOT NULL,
    version TEXT NOT NULL,
    code TEXT NOT NULL,
    node TEXT NOT NULL,
    level REAL NOT NULL,                     -- of the intervals asked for last
    planned INTEGER NOT NULL,                -- replications asked for last
    done INTEGER NOT NULL,                   -- what its replications add up to
    failed INTEGER NOT NULL,
    wall_seconds REAL NOT NULL,
    pruned_at TEXT,                          -- when its samples were taken out; null where they are there
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE texts (
    batch INTEGER PRIMARY KEY,
    text TEXT NOT NULL,                      -- the scenario as it was written
    overrides TEXT NOT NULL,                 -- what --set replaced in it
    resolved TEXT NOT NULL,                  -- all its values, and the facts its names stand for
    outline TEXT NOT NULL,                   -- what tables and pictures show of it
    checksum INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE layouts (
    batch INTEGER PRIMARY KEY,
    layout TEXT NOT NULL,                    -- its metrics in the order of results: see packed-replication.ts
    checksum INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE replications (
    batch INTEGER NOT NULL,
    replication INTEGER NOT NULL,
    status TEXT NOT NULL,                    -- done or failed
    failure TEXT,                            -- invariant, defect or death of its thread
    error TEXT,
    wall_seconds REAL,
    events INTEGER,
    machine TEXT NOT NULL,                   -- processor, cores, memory, system
    finished_at TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (batch, replication)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE records (
    batch INTEGER NOT NULL,
    replication INTEGER NOT NULL,
    part TEXT NOT NULL,                      -- see records.ts
    content BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (batch, part, replication)
  ) STRICT;

  CREATE TABLE estimates (
    batch INTEGER NOT NULL,
    level REAL NOT NULL,
    below INTEGER NOT NULL,                  -- from replications with indices below this
    numbers BLOB NOT NULL,                   -- by metric: mean, half-width, replications
    checksum INTEGER NOT NULL,
    PRIMARY KEY (batch, level, below)
  ) STRICT;

  -- Who runs a batch now; a row that its process left behind means nothing.
  CREATE TABLE runs (
    batch INTEGER PRIMARY KEY,
    runner TEXT NOT NULL,                    -- drawn for this run
    process TEXT NOT NULL,                   -- see runner.ts
    since TEXT NOT NULL,
    signed_at TEXT NOT NULL                  -- its last sign of life
  ) STRICT;

  -- Scenarios that were sent; a version is never changed.
  CREATE TABLE scenarios (
    scenario INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    text TEXT NOT NULL,
    overrides TEXT NOT NULL,
    outline TEXT NOT NULL,
    created_at TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (name, hash)
  ) STRICT;

  -- What a server was asked to run; at most one for a batch, the newest.
  CREATE TABLE jobs (
    batch INTEGER PRIMARY KEY,
    caller TEXT NOT NULL,
    status TEXT NOT NULL,                    -- queued, running, finished, cancelled or failed
    replications INTEGER,                    -- how many, or
    precision REAL,                          -- how precise
    level REAL NOT NULL,
    problem TEXT,                            -- why it failed
    seconds REAL NOT NULL,                   -- that it has run
    submitted_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX jobs_by_status ON jobs (status, caller);

  CREATE TABLE job_events (
    batch INTEGER NOT NULL,
    event INTEGER NOT NULL,                  -- from 1, without gaps
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    at TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (batch, event)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,                   -- digest of what was asked
    batch TEXT NOT NULL,                     -- id of the batch that was answered
    at TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,                    -- SHA-256 of the secret, which is kept nowhere
    scopes TEXT NOT NULL,
    created_at TEXT NOT NULL,
    revoked_at TEXT,
    checksum INTEGER NOT NULL
  ) STRICT;
`;

/** What is copied unchanged: by table, the rows in the order of its columns. */
const COPIED: Readonly<Partial<Record<SealedTable, string>>> = {
  texts: 'SELECT batch, text, overrides, resolved, outline FROM old_batches',
  scenarios: 'SELECT scenario, name, hash, text, overrides, outline, created_at FROM old_scenarios',
  jobs: `SELECT batch, caller, status, replications, precision, level, problem, seconds, submitted_at, started_at, ended_at
    FROM old_jobs`,
  job_events: 'SELECT batch, event, type, data, at FROM old_job_events',
  idempotency_keys: 'SELECT caller, key, request, batch, at FROM old_idempotency_keys',
  tokens: 'SELECT id, name, digest, scopes, created_at, revoked_at FROM old_tokens',
  layouts: `SELECT batch, json_group_array(json_object('scope', scope, 'metric', name, 'unit', unit, 'kind', kind, 'p', p, 'sample', sample))
    FROM (SELECT * FROM old_metrics ORDER BY batch, metric) GROUP BY batch`,
  replications: `SELECT batch, replication, status, failure, error, wall_seconds, events, description, finished_at
    FROM old_replications JOIN old_machines USING (machine)`,
};

type Row = (string | number | null)[];

/**
 * Migrates a store of the third form, with everything it holds except kept estimates, which are remade when requested.
 */
export function toRecords(database: Database): void {
  database.exec('DROP TRIGGER replication_added; DROP TRIGGER replication_taken; DROP INDEX jobs_by_status');
  for (const table of OLD_TABLES) database.exec(`ALTER TABLE ${table} RENAME TO old_${table}`);
  database.exec(NEW_TABLES);
  const rowsOf = (sql: string) => database.prepare(sql).raw().all() as Row[];
  const copy = (table: SealedTable, rows: Iterable<Row>) => {
    const insert = database.prepare(insertSql(table));
    for (const row of rows) insert.run(sealedRow(table, ...row));
  };
  const batches = rowsOf(
    `SELECT batch, '', id, kind, scenario, scenario_hash,
       (SELECT json_group_array(iif(length(value) > 100, substr(value, 1, 99) || '…', value))
        FROM (SELECT value FROM json_each(overrides) LIMIT 20)),
       seed, by_hour, version, code, node, level, planned,
       coalesce(done, 0), coalesce(failed, 0), coalesce(wall_seconds, 0.0), NULL, created_at, updated_at
     FROM old_batches LEFT JOIN old_tallies USING (batch) ORDER BY batch`,
  ).map(([batch, , ...rest]): Row => [batch!, randomUUID(), ...rest]);
  copy('batches', batches);
  for (const [table, sql] of Object.entries(COPIED)) copy(table as SealedTable, rowsOf(sql));
  copyRecords(database);
  for (const table of OLD_TABLES) database.exec(`DROP TABLE old_${table}`);
}

/** Copies one replication after another, so that its old rows make room for its records. */
function copyRecords(database: Database): void {
  const insert = database.prepare(insertSql('records'));
  const done = database
    .prepare(
      "SELECT batch, replication FROM old_replications WHERE status = 'done' ORDER BY batch, replication",
    )
    .raw()
    .all() as [number, number][];
  const texts = database.prepare(
    'SELECT audit, fingerprints, hourly, books FROM old_replications WHERE batch = ? AND replication = ?',
  );
  const numbers = database
    .prepare(
      'SELECT value, a, b, c FROM old_observations WHERE batch = ? AND replication = ? ORDER BY metric',
    )
    .raw();
  const sketches = database
    .prepare('SELECT sketch FROM old_samples WHERE batch = ? AND replication = ? ORDER BY sample')
    .pluck();
  const forget = ['old_observations', 'old_samples'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE batch = ? AND replication = ?`),
  );
  for (const key of done) {
    const row = texts.get(...key) as {
      audit: string;
      fingerprints: string;
      hourly: string;
      books: Uint8Array | null;
    };
    const records = recordsOf({
      numbers: Float64Array.from((numbers.all(...key) as Row[]).flat(), (value) => Number(value ?? NaN)),
      audit: JSON.parse(row.audit) as AuditCheck[],
      fingerprints: JSON.parse(row.fingerprints) as number[],
      hourly: row.hourly,
      books: null,
      sketches: sketches.all(...key) as Uint8Array[],
    });
    // Books keep the format in which they were written.
    const all = { ...records, books: row.books ?? records['books']! };
    for (const [part, content] of Object.entries(all))
      insert.run(sealedRow('records', ...key, part, content));
    for (const statement of forget) statement.run(...key);
  }
}
