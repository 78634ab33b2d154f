/**
 * The tables of a store, as the migrations from an empty file to the newest form. A migration that was ever released is
 * never changed: a new form needs a new migration.
 *
 * Replications and their records are facts; estimates are derived from them and kept until a replication is added.
 * Instants are ISO 8601 in UTC, objects are JSON, booleans 0 or 1.
 */
import type { Database } from 'better-sqlite3';
import { toFieldNames } from './migration-of-names.ts';
import { toRecords } from './migration-to-records.ts';

/** SQL, or a function for what SQL alone cannot do. */
export const MIGRATIONS: readonly (string | ((database: Database) => void))[] = [
  `
  CREATE TABLE batches (
    batch INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,             -- digest of what decides the numbers: see batch-identity.ts
    kind TEXT NOT NULL,
    scenario TEXT NOT NULL,              -- its name
    scenario_hash TEXT NOT NULL,
    seed TEXT NOT NULL,
    by_hour INTEGER NOT NULL,
    version TEXT NOT NULL,
    code TEXT NOT NULL,
    node TEXT NOT NULL,
    level REAL NOT NULL,                 -- of the intervals asked for last
    planned INTEGER NOT NULL,            -- replications asked for last
    text TEXT NOT NULL,                  -- the scenario as it was written
    overrides TEXT NOT NULL,             -- what --set replaced in it
    resolved TEXT NOT NULL,              -- all its values, and the facts its names stand for
    outline TEXT NOT NULL,               -- what tables and pictures show of it
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE machines (
    machine INTEGER PRIMARY KEY,
    description TEXT NOT NULL UNIQUE     -- processor, cores, memory, system
  ) STRICT;

  CREATE TABLE metrics (
    batch INTEGER NOT NULL,
    metric INTEGER NOT NULL,             -- its place in results
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,                  -- value, ratio, quantile or spread
    p REAL,                              -- of a quantile
    sample INTEGER,                      -- which sketch a quantile is of
    PRIMARY KEY (batch, metric)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE replications (
    batch INTEGER NOT NULL,
    replication INTEGER NOT NULL,
    status TEXT NOT NULL,                -- done or failed
    failure TEXT,                        -- invariant, defect or death of its thread
    error TEXT,
    wall_seconds REAL,
    events INTEGER,
    machine INTEGER NOT NULL,
    finished_at TEXT NOT NULL,
    fingerprints TEXT,                   -- by tier: equal where the offered work is equal
    audit TEXT,
    hourly TEXT,                         -- requests by hour, tier and outcome
    PRIMARY KEY (batch, replication)
  ) STRICT;

  CREATE TABLE observations (
    batch INTEGER NOT NULL,
    replication INTEGER NOT NULL,
    metric INTEGER NOT NULL,
    value REAL,                          -- in this replication alone; null where it has no data
    a REAL, b REAL, c REAL,              -- of a ratio its terms; of a spread count, mean and sum of squares
    PRIMARY KEY (batch, replication, metric)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE samples (
    batch INTEGER NOT NULL,
    replication INTEGER NOT NULL,
    sample INTEGER NOT NULL,
    sketch BLOB NOT NULL,                -- see sketch-bytes.ts
    PRIMARY KEY (batch, replication, sample)
  ) STRICT;

  CREATE TABLE estimates (
    batch INTEGER NOT NULL,
    level REAL NOT NULL,
    below INTEGER NOT NULL,              -- from replications with indices below this
    metric INTEGER NOT NULL,
    mean REAL,
    half_width REAL,
    n INTEGER NOT NULL,
    PRIMARY KEY (batch, level, below, metric)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE replications ADD COLUMN books BLOB; -- what its money is made of: see books-bytes.ts
  `,
  `
  -- What the replications of a batch add up to, kept in step by triggers: to list batches must not read replications.
  CREATE TABLE tallies (
    batch INTEGER PRIMARY KEY,
    done INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    wall_seconds REAL NOT NULL
  ) STRICT;

  INSERT INTO tallies
    SELECT batch, sum(status = 'done'), sum(status = 'failed'), coalesce(sum(wall_seconds), 0.0)
    FROM replications GROUP BY batch;

  CREATE TRIGGER replication_added AFTER INSERT ON replications BEGIN
    INSERT INTO tallies
      VALUES (NEW.batch, NEW.status = 'done', NEW.status = 'failed', coalesce(NEW.wall_seconds, 0.0))
      ON CONFLICT (batch) DO UPDATE SET done = done + excluded.done, failed = failed + excluded.failed,
        wall_seconds = wall_seconds + excluded.wall_seconds;
  END;

  CREATE TRIGGER replication_taken AFTER DELETE ON replications BEGIN
    UPDATE tallies SET done = done - (OLD.status = 'done'), failed = failed - (OLD.status = 'failed'),
      wall_seconds = wall_seconds - coalesce(OLD.wall_seconds, 0.0)
      WHERE batch = OLD.batch;
    DELETE FROM tallies WHERE batch = OLD.batch AND done + failed = 0;
  END;

  -- Scenarios that were sent; a version is never changed.
  CREATE TABLE scenarios (
    scenario INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    text TEXT NOT NULL,
    overrides TEXT NOT NULL,
    outline TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (name, hash)
  ) STRICT;

  -- What a server was asked to run; at most one for a batch, the newest.
  CREATE TABLE jobs (
    batch INTEGER PRIMARY KEY,
    caller TEXT NOT NULL,
    status TEXT NOT NULL,                -- queued, running, finished, cancelled or failed
    replications INTEGER,                -- how many, or
    precision REAL,                      -- how precise
    level REAL NOT NULL,
    problem TEXT,                        -- why it failed
    seconds REAL NOT NULL,               -- that it has run
    submitted_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT
  ) STRICT;
  CREATE INDEX jobs_by_status ON jobs (status, caller);

  CREATE TABLE job_events (
    batch INTEGER NOT NULL,
    event INTEGER NOT NULL,              -- from 1, without gaps
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (batch, event)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,               -- digest of what was asked
    batch TEXT NOT NULL,                 -- id of the batch that was answered
    at TEXT NOT NULL,
    PRIMARY KEY (caller, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,                -- SHA-256 of the secret, which is kept nowhere
    scopes TEXT NOT NULL,
    created_at TEXT NOT NULL,
    revoked_at TEXT
  ) STRICT;
  `,
  toRecords,
  toFieldNames,
  `
  -- Campaigns that servers were asked for: what needs several batches, which are batches like any other.
  CREATE TABLE campaigns (
    campaign INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again
    id TEXT NOT NULL UNIQUE,             -- digest of what decides the document
    kind TEXT NOT NULL,                  -- compare, sweep, sensitivity, scaling or subscribers
    caller TEXT NOT NULL,
    status TEXT NOT NULL,                -- queued, running, finished, cancelled or failed
    scenarios TEXT NOT NULL,             -- each with its name, its hash and the beginning of what was replaced in it
    finished INTEGER NOT NULL,           -- replications, out of how many are planned
    planned INTEGER NOT NULL,
    problem TEXT,                        -- why it failed
    seconds REAL NOT NULL,               -- that it has run
    submitted_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    checksum INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE campaign_requests (
    campaign INTEGER PRIMARY KEY,
    scenarios TEXT NOT NULL,             -- each with its name, text and overrides
    parameters TEXT NOT NULL,            -- what it was asked beside them
    checksum INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE campaign_events (
    campaign INTEGER NOT NULL,
    event INTEGER NOT NULL,              -- from 1, without gaps
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    at TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (campaign, event)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE campaign_documents (
    campaign INTEGER PRIMARY KEY,
    document TEXT NOT NULL,              -- what it came to
    checksum INTEGER NOT NULL
  ) STRICT;
  `,
];

/** The tables of the newest form. */
export const TABLES = [
  'batches',
  'texts',
  'layouts',
  'replications',
  'records',
  'estimates',
  'runs',
  'scenarios',
  'jobs',
  'job_events',
  'idempotency_keys',
  'tokens',
  'campaigns',
  'campaign_requests',
  'campaign_events',
  'campaign_documents',
] as const;
