/**
 * Jobs: what servers were asked to run, their progress, and their events. It knows batches as rows, and not which
 * process runs them or when. What is written here outlives the server.
 */
import { sealedRow, insertSql, sealSql, soundSql } from './checksum.ts';
import type { Statement, StoreFile } from './database.ts';
import { DamagedRecord } from './store-errors.ts';
import type { BatchSummary } from './batch-summary.ts';
import type { Page } from './stored-scenarios.ts';
import { WhileUnchanged } from './while-unchanged.ts';

export const JOB_STATUSES = ['queued', 'running', 'finished', 'cancelled', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** What is requested of a batch: a number of replications, or as many as a precision requires. */
export interface JobRequest {
  readonly replications: number | null;
  readonly precision: number | null;
  readonly confidence: number;
}

/** Why a job failed, in the words of a problem document. */
export interface JobProblem {
  readonly code: string;
  readonly detail: string;
}

export interface Job extends JobRequest {
  /** Id of the batch. */
  readonly id: string;
  readonly caller: string;
  readonly status: JobStatus;
  readonly problem: JobProblem | null;
  /** How long it has run, over all servers [s]. */
  readonly seconds: number;
  /** ISO 8601, UTC. */
  readonly submittedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** A job with what is needed to run it. */
export interface JobToRun extends Job {
  readonly name: string;
  readonly text: string;
  readonly overrides: readonly string[];
  readonly seed: string;
  readonly byHour: boolean;
}

/** An event of a job, with its number within the batch. */
export interface JobEvent {
  readonly event: number;
  readonly type: string;
  readonly data: unknown;
  readonly at: string;
}

/** The outcome of a request to run a batch. */
export type Submission =
  | { readonly outcome: 'queued' | 'there' | 'replayed'; readonly id: string }
  /**
   * The key was used for another request; the batch is already active under another request; the caller has too many.
   */
  | { readonly outcome: 'key reused' | 'runs otherwise' | 'too many' };

export interface SubmittedJob {
  /** Id of the batch, which is in the store. */
  readonly id: string;
  readonly caller: string;
  readonly request: JobRequest;
  /** How many jobs of a caller may be queued or running. */
  readonly most: number;
  readonly idempotency: { readonly key: string; readonly digest: string } | null;
}

export interface BatchFilter {
  readonly scenario?: string | undefined;
  readonly seed?: string | undefined;
  readonly status?: BatchStatus | undefined;
}

/** `running-elsewhere` is a batch run by another process than the server, such as `fleetyield run`. */
export const BATCH_STATES = [...JOB_STATUSES, 'unfinished', 'running-elsewhere'] as const;
export type BatchStatus = (typeof BATCH_STATES)[number];

/** A batch with the last request for it; `job` is `null` if no server was asked to run it. */
export interface BatchState extends Omit<BatchSummary, 'status'> {
  readonly status: BatchStatus;
  readonly job: Job | null;
}

/** How long an idempotency key is remembered [ms]. */
const KEY_LIFE = 24 * 3_600_000;

/** A page ends before it exceeds this many bytes: names may be long, and so may overrides. */
const LONGEST_PAGE = 2 ** 20;
/** Bytes of a batch beside its texts, at most. */
const NUMBERS_LENGTH = 1_000;

const lengthOf = ({ scenario, seed, changes, problem }: StateRow): number =>
  NUMBERS_LENGTH + Buffer.byteLength(JSON.stringify([scenario, seed, problem])) + Buffer.byteLength(changes);

export class Jobs {
  private readonly file: StoreFile;
  private readonly statements: ReturnType<typeof prepare>;
  private readonly pages: WhileUnchanged<Page<BatchState>>;

  constructor(file: StoreFile) {
    this.file = file;
    this.pages = new WhileUnchanged(file);
    this.statements = prepare(file);
  }

  /** Queues a job, unless its key was seen before or it is queued already. All or nothing. */
  submit({ id, caller, request, most, idempotency }: SubmittedJob): Submission {
    const { statements } = this;
    return this.file.writing((): Submission => {
      const at = now();
      statements.forgetKeys.run(new Date(Date.now() - KEY_LIFE).toISOString());
      if (idempotency !== null) {
        const known = statements.key.get(caller, idempotency.key) as
          { request: string; batch: string; sound: number } | undefined;
        // A damaged key is treated as forgotten.
        if (known?.sound === 1) {
          if (known.request !== idempotency.digest) return { outcome: 'key reused' };
          return { outcome: 'replayed', id: known.batch };
        }
      }
      const remember = () => {
        if (idempotency !== null)
          statements.addKey.run(
            sealedRow('idempotency_keys', caller, idempotency.key, idempotency.digest, id, at),
          );
      };
      const { replications, precision, confidence } = request;
      const before = this.job(id);
      if (before !== null && isActive(before.status)) {
        const same =
          before.replications === replications &&
          before.precision === precision &&
          before.confidence === confidence;
        if (!same) return { outcome: 'runs otherwise' };
        remember();
        return { outcome: 'there', id };
      }
      const { jobs } = statements.active.get(caller) as { readonly jobs: number };
      if (jobs >= most) return { outcome: 'too many' };
      statements.add.run({ id, caller, replications, precision, confidence, at });
      statements.seal.run(id);
      this.addEvent(id, 'queued', { status: 'queued' });
      remember();
      return { outcome: 'queued', id };
    });
  }

  job(id: string): Job | null {
    const row = this.file.reading(() => this.statements.job.get(id)) as JobRow | undefined;
    return row === undefined ? null : this.jobOf(row);
  }

  /** How many jobs have this status. */
  count(status: JobStatus): number {
    const { jobs } = this.file.reading(() => this.statements.count.get(status)) as { readonly jobs: number };
    return jobs;
  }

  /**
   * Takes the next job and marks it running: of the caller with the fewest running jobs, the one that has waited
   * longest. `null` when none is queued.
   *
   * @param except ids that are not taken
   */
  take(except: readonly string[]): JobToRun | null {
    return this.file.writing((): JobToRun | null => {
      const next = this.statements.next.get(JSON.stringify(except)) as { readonly id: string } | undefined;
      if (next === undefined) return null;
      const { id } = next;
      this.statements.start.run(now(), id);
      this.statements.seal.run(id);
      this.addEvent(id, 'started', { status: 'running' });
      const row = this.statements.toRun.get(id) as JobRow & {
        name: string;
        text: string;
        overrides: string;
        seed: string;
        byHour: number;
      };
      const { name, text, seed } = row;
      return {
        ...this.jobOf(row),
        ...{ name, text, seed, byHour: row.byHour === 1 },
        overrides: JSON.parse(row.overrides) as string[],
      };
    });
  }

  /**
   * Ends a running job: finished, failed, or with `queued` returned to the queue. Does nothing for one that was
   * cancelled.
   */
  end(
    id: string,
    status: 'finished' | 'failed' | 'queued',
    seconds: number,
    problem: JobProblem | null = null,
  ): void {
    this.file.writing(() => {
      const written = problem === null ? null : JSON.stringify(problem);
      const endedAt = status === 'queued' ? null : now();
      const { changes } = this.statements.end.run(status, seconds, written, endedAt, id);
      if (changes === 0) return;
      this.statements.seal.run(id);
      this.addEvent(id, status, { status, ...(problem === null ? {} : { problem }) });
    });
  }

  /** Cancels a job that is queued or running; returns whether there was one. */
  cancel(id: string): boolean {
    return this.file.writing(() => {
      const { changes } = this.statements.cancel.run(now(), id);
      if (changes === 0) return false;
      this.statements.seal.run(id);
      this.addEvent(id, 'cancelled', { status: 'cancelled' });
      return true;
    });
  }

  /** Returns to the queue what a server that has ended left running; returns how many jobs. */
  recover(): number {
    return this.file.writing(() => {
      const running = this.statements.running.all() as { readonly id: string }[];
      for (const { id } of running) this.end(id, 'queued', 0);
      return running.length;
    });
  }

  /** Records the progress of a job; does nothing for one that is no longer running, or is gone. */
  progress(id: string, data: { readonly finished: number; readonly planned: number }): void {
    this.file.once(() =>
      this.file.writing(() => {
        if (this.job(id)?.status === 'running') this.addEvent(id, 'progress', { status: 'running', ...data });
      }),
    );
  }

  /** The events of a batch after a given event number, in order. */
  events(id: string, after: number, limit: number): JobEvent[] {
    const rows = this.file.reading(() => this.statements.events.all(id, after, limit)) as (Omit<
      JobEvent,
      'data'
    > & { data: string; sound: number })[];
    return rows.map(({ sound, data, ...row }) => {
      if (sound !== 1) throw this.damage(`event ${row.event} of batch ${id}`);
      return { ...row, data: JSON.parse(data) as unknown };
    });
  }

  /** Batches, newest first; `before` is where the previous page ended. */
  batches(filter: BatchFilter, limit: number, before: number | null): Page<BatchState> {
    const { scenario = null, seed = null, status = null } = filter;
    const key = JSON.stringify([scenario, seed, status, limit, before]);
    return this.pages.of(key, () => this.readBatches({ scenario, seed, status }, limit, before));
  }

  private readBatches(
    filter: { readonly [Name in keyof BatchFilter]-?: NonNullable<BatchFilter[Name]> | null },
    limit: number,
    before: number | null,
  ): Page<BatchState> {
    return this.file.reading(() => {
      const rows = this.statements.page.iterate({
        ...{ ...filter, limit: limit + 1 },
        before: before ?? Number.MAX_SAFE_INTEGER,
      }) as IterableIterator<StateRow>;
      const page: BatchState[] = [];
      let last = 0;
      let length = 0;
      for (const row of rows) {
        if (page.length === limit || length > LONGEST_PAGE) return { rows: page, next: last };
        page.push(this.stateOf(row));
        last = row.key;
        length += lengthOf(row);
      }
      return { rows: page, next: null };
    });
  }

  /** The batch with this id; `null` if there is none. */
  batch(id: string): BatchState | null {
    const row = this.file.reading(() => this.statements.state.get(id)) as StateRow | undefined;
    return row === undefined ? null : this.stateOf(row);
  }

  private addEvent(id: string, type: string, data: object): void {
    const next = this.statements.nextEvent.get(id) as
      { readonly batch: number; readonly event: number } | undefined;
    if (next === undefined) return;
    const { batch, event } = next;
    this.statements.addEvent.run(sealedRow('job_events', batch, event, type, JSON.stringify(data), now()));
  }

  private jobOf(row: JobRow): Job {
    if (row.jobSound !== 1) throw this.damage(`the job of batch ${row.id}`);
    return jobOf(row);
  }

  private stateOf(row: StateRow): BatchState {
    if (row.sound !== 1) throw this.damage(`the row of batch ${row.id}`);
    return stateOf(row, row.caller === null ? null : this.jobOf({ ...row, ...jobPartOf(row, row.caller) }));
  }

  private damage(what: string): DamagedRecord {
    return new DamagedRecord(this.file.path, what, 'delete the batch and ask for it again');
  }
}

export const isActive = (status: BatchStatus): boolean => status === 'queued' || status === 'running';

type JobRow = Omit<Job, 'problem'> & { readonly problem: string | null; readonly jobSound: number | null };

const jobOf = (row: JobRow): Job => ({
  id: row.id,
  caller: row.caller,
  status: row.status,
  replications: row.replications,
  precision: row.precision,
  confidence: row.confidence,
  problem: row.problem === null ? null : (JSON.parse(row.problem) as JobProblem),
  seconds: row.seconds,
  submittedAt: row.submittedAt,
  startedAt: row.startedAt,
  endedAt: row.endedAt,
});

interface StateRow extends Omit<BatchSummary, 'byHour' | 'status' | 'changes'> {
  readonly key: number;
  readonly changes: string;
  readonly sound: number;
  readonly jobSound: number | null;
  readonly byHour: number;
  readonly status: BatchStatus;
  readonly caller: string | null;
  readonly jobStatus: JobStatus;
  readonly replications: number | null;
  readonly precision: number | null;
  readonly jobConfidence: number;
  readonly problem: string | null;
  readonly seconds: number;
  readonly submittedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

const jobPartOf = (row: StateRow, caller: string) => ({
  caller,
  status: row.jobStatus,
  confidence: row.jobConfidence,
});

function stateOf(row: StateRow, job: Job | null): BatchState {
  const { id, scenario, scenarioHash, seed, version, node, confidence, planned, done, failed, status } = row;
  const { wallSeconds, prunedAt, createdAt, updatedAt } = row;
  return {
    ...{ id, scenario, scenarioHash, seed, byHour: row.byHour === 1, version, node, confidence, planned },
    ...{ done, failed, status, wallSeconds, prunedAt, createdAt, updatedAt, job },
    changes: JSON.parse(row.changes) as string[],
  };
}

const now = (): string => new Date().toISOString();

const BATCH = '(SELECT batch FROM batches WHERE id = ?)';

const JOB = `
  SELECT b.id, j.caller, j.status, j.replications, j.precision, j.level AS confidence, j.problem, j.seconds,
    j.submitted_at AS submittedAt, j.started_at AS startedAt, j.ended_at AS endedAt, ${soundSql('jobs', 'j')} AS jobSound`;

/**
 * The last job determines the state of a batch while it is active or ended without finishing; otherwise its
 * replications do.
 */
const STATE = `
  SELECT * FROM (
    SELECT b.batch AS key, b.id, b.scenario, b.scenario_hash AS scenarioHash, b.changes, b.seed,
      b.by_hour AS byHour, b.version, b.node, b.level AS confidence, b.planned, b.done, b.failed,
      CASE WHEN j.status IN ('queued', 'running', 'cancelled') THEN j.status
        WHEN EXISTS (SELECT 1 FROM runs WHERE runs.batch = b.batch AND lives(process, signed_at))
          THEN 'running-elsewhere'
        WHEN j.status = 'failed' OR b.failed > 0 THEN 'failed' WHEN b.done >= max(b.planned, 1) THEN 'finished'
        ELSE 'unfinished' END AS status,
      b.wall_seconds AS wallSeconds, b.pruned_at AS prunedAt, b.created_at AS createdAt, b.updated_at AS updatedAt,
      j.caller, j.status AS jobStatus, j.replications, j.precision, j.level AS jobConfidence, j.problem, j.seconds,
      j.submitted_at AS submittedAt, j.started_at AS startedAt, j.ended_at AS endedAt,
      ${soundSql('batches', 'b')} AS sound, ${soundSql('jobs', 'j')} AS jobSound
    FROM batches AS b LEFT JOIN jobs AS j USING (batch)
  )`;

function prepare(file: StoreFile) {
  const sql = (text: string): Statement => file.statement(text);
  return {
    job: sql(`${JOB} FROM jobs AS j JOIN batches AS b USING (batch) WHERE b.id = ?`),
    toRun: sql(
      `${JOB}, b.scenario AS name, t.text, t.overrides, b.seed, b.by_hour AS byHour
       FROM jobs AS j JOIN batches AS b USING (batch) JOIN texts AS t USING (batch) WHERE b.id = ?`,
    ),
    add: sql(
      `INSERT INTO jobs SELECT batch, @caller, 'queued', @replications, @precision, @confidence, NULL, 0.0, @at, NULL, NULL, 0
       FROM batches WHERE id = @id
       ON CONFLICT (batch) DO UPDATE SET caller = excluded.caller, status = excluded.status,
         replications = excluded.replications, precision = excluded.precision, level = excluded.level, problem = NULL,
         seconds = 0.0, submitted_at = excluded.submitted_at, started_at = NULL, ended_at = NULL`,
    ),
    active: sql("SELECT count(*) AS jobs FROM jobs WHERE status IN ('queued', 'running') AND caller = ?"),
    seal: sql(sealSql('jobs', `batch = ${BATCH}`)),
    count: sql('SELECT count(*) AS jobs FROM jobs WHERE status = ?'),
    running: sql("SELECT id FROM jobs JOIN batches USING (batch) WHERE status = 'running'"),
    next: sql(
      `SELECT id FROM jobs AS j JOIN batches USING (batch)
       WHERE status = 'queued' AND ${soundSql('jobs', 'j')} AND id NOT IN (SELECT value FROM json_each(?))
       ORDER BY (SELECT count(*) FROM jobs AS other WHERE other.status = 'running' AND other.caller = j.caller),
         submitted_at, batch LIMIT 1`,
    ),
    start: sql(
      `UPDATE jobs SET status = 'running', started_at = coalesce(started_at, ?) WHERE batch = ${BATCH}`,
    ),
    end: sql(
      `UPDATE jobs SET status = ?, seconds = seconds + ?, problem = ?, ended_at = ?
       WHERE batch = ${BATCH} AND status = 'running' AND ${soundSql('jobs')}`,
    ),
    cancel: sql(
      `UPDATE jobs SET status = 'cancelled', ended_at = ?
       WHERE batch = ${BATCH} AND status IN ('queued', 'running') AND ${soundSql('jobs')}`,
    ),
    nextEvent: sql(
      `SELECT b.batch, coalesce(max(event), 0) + 1 AS event
       FROM (SELECT batch FROM batches WHERE id = ?) AS b LEFT JOIN job_events USING (batch) GROUP BY b.batch`,
    ),
    addEvent: sql(insertSql('job_events')),
    events: sql(
      `SELECT event, type, data, at, ${soundSql('job_events')} AS sound FROM job_events WHERE batch = ${BATCH} AND event > ? ORDER BY event LIMIT ?`,
    ),
    key: sql(
      `SELECT request, batch, ${soundSql('idempotency_keys')} AS sound FROM idempotency_keys WHERE caller = ? AND key = ?`,
    ),
    addKey: sql(insertSql('idempotency_keys')),
    forgetKeys: sql('DELETE FROM idempotency_keys WHERE at < ?'),
    page: sql(
      // A damaged row is not filtered out: it may be one of those requested.
      `${STATE} WHERE key < @before AND (NOT sound OR ((@scenario IS NULL OR scenario = @scenario)
         AND (@seed IS NULL OR seed = @seed) AND (@status IS NULL OR status = @status)))
       ORDER BY key DESC LIMIT @limit`,
    ),
    state: sql(`${STATE} WHERE id = ?`),
  };
}
