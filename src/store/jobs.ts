/**
 * Jobs: what servers were asked to run, their progress, and their events. It knows batches as rows, and not which
 * process runs them or when. What is written here outlives the server.
 */
import type { BatchSummary } from './batch-summary.ts';
import { soundSql } from './checksum.ts';
import type { Statement, StoreFile } from './database.ts';
import {
  isActive,
  JOB_STATUSES,
  lifeColumns,
  LifeCycle,
  OF_BATCHES,
  problemFrom,
  type JobProblem,
  type JobStatus,
  type Progress,
  type Submission,
  type Submitted,
} from './life-cycle.ts';
import { ABOVE_ALL, pageOf, type Page } from './pages.ts';
import { WhileUnchanged } from './while-unchanged.ts';

/** What is requested of a batch: a number of replications, or as many as a precision requires. */
export interface JobRequest {
  readonly replications: number | null;
  readonly precision: number | null;
  readonly confidence: number;
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

/** A request to run a batch, which is in the store. */
export interface SubmittedJob extends Submitted {
  readonly request: JobRequest;
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

/** A page ends before it exceeds this many bytes: names may be long, and so may overrides. */
const LONGEST_PAGE = 2 ** 20;
/** Bytes of a batch beside its texts, at most. */
const NUMBERS_LENGTH = 1_000;

const lengthOf = ({ scenario, seed, changes, problem }: StateRow): number =>
  NUMBERS_LENGTH + Buffer.byteLength(JSON.stringify([scenario, seed, problem])) + Buffer.byteLength(changes);

export class Jobs extends LifeCycle {
  private readonly statements: ReturnType<typeof prepare>;
  private readonly pages: WhileUnchanged<Page<BatchState>>;

  constructor(file: StoreFile) {
    super(file, OF_BATCHES);
    this.pages = new WhileUnchanged(file);
    this.statements = prepare(file);
  }

  /** Queues a job, unless its key was seen before or it is queued already. All or nothing. */
  submit({ request, ...submitted }: SubmittedJob): Submission {
    const { id, caller } = submitted;
    const { replications, precision, confidence } = request;
    return this.queue(submitted, {
      standing: () => {
        const before = this.job(id);
        if (before === null || !isActive(before.status)) return null;
        const isSame =
          before.replications === replications &&
          before.precision === precision &&
          before.confidence === confidence;
        return isSame ? 'there' : 'runs otherwise';
      },
      add: (at) => this.statements.add.run({ id, caller, replications, precision, confidence, at }),
    });
  }

  job(id: string): Job | null {
    const row = this.file.reading(() => this.statements.job.get(id)) as JobRow | undefined;
    return row === undefined ? null : this.jobOf(row);
  }

  /**
   * Takes the next job and marks it running: of the caller with the fewest running jobs, the one that has waited
   * longest. `null` when none is queued.
   *
   * @param except ids that are not taken
   */
  take(except: readonly string[]): JobToRun | null {
    return this.file.writing((): JobToRun | null => {
      const id = this.start(except);
      if (id === null) return null;
      const row = this.statements.toRun.get(id) as JobRow & {
        readonly name: string;
        readonly text: string;
        readonly overrides: string;
        readonly seed: string;
        readonly byHour: number;
      };
      return {
        ...this.jobOf(row),
        name: row.name,
        text: row.text,
        overrides: JSON.parse(row.overrides) as string[],
        seed: row.seed,
        byHour: row.byHour === 1,
      };
    });
  }

  /** Records the progress of a job; does nothing for one that is no longer running, or is gone. */
  progress(id: string, progress: Progress): void {
    this.advance(id, progress, () => this.job(id)?.status === 'running');
  }

  /** Batches, newest first; `before` is where the previous page ended. */
  batches(filter: BatchFilter, limit: number, before: number | null): Page<BatchState> {
    const { scenario = null, seed = null, status = null } = filter;
    const key = JSON.stringify([scenario, seed, status, limit, before]);
    return this.pages.of(key, () =>
      this.file.reading(() => {
        const rows = this.statements.page.iterate({
          scenario,
          seed,
          status,
          limit: limit + 1,
          before: before ?? ABOVE_ALL,
        }) as IterableIterator<StateRow>;
        return pageOf(rows, {
          limit,
          longest: LONGEST_PAGE,
          keyOf: (row) => row.key,
          lengthOf,
          shown: (row) => this.stateOf(row),
        });
      }),
    );
  }

  /** The batch with this id; `null` if there is none. */
  batch(id: string): BatchState | null {
    const row = this.file.reading(() => this.statements.state.get(id)) as StateRow | undefined;
    return row === undefined ? null : this.stateOf(row);
  }

  /** Removes the job of a batch that is deleted, and what is left of it. */
  delete(id: string): void {
    this.forgetKeys(id);
    for (const statement of this.statements.delete) statement.run(id);
  }

  private jobOf(row: JobRow): Job {
    if (row.jobSound !== 1) throw this.damage(`the job of batch ${row.id}`);
    const { id, caller, status, replications, precision, confidence, seconds } = row;
    const { submittedAt, startedAt, endedAt } = row;
    return {
      id,
      caller,
      status,
      replications,
      precision,
      confidence,
      problem: problemFrom(row.problem),
      seconds,
      submittedAt,
      startedAt,
      endedAt,
    };
  }

  private stateOf(row: StateRow): BatchState {
    if (row.sound !== 1) throw this.damage(`the row of batch ${row.id}`);
    return stateOf(row, row.caller === null ? null : this.jobOf({ ...row, ...jobPartOf(row, row.caller) }));
  }
}

type JobRow = Omit<Job, 'problem'> & { readonly problem: string | null; readonly jobSound: number | null };

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
    id,
    scenario,
    scenarioHash,
    seed,
    byHour: row.byHour === 1,
    version,
    node,
    confidence,
    planned,
    done,
    failed,
    status,
    wallSeconds,
    prunedAt,
    createdAt,
    updatedAt,
    job,
    changes: JSON.parse(row.changes) as string[],
  };
}

const BATCH = '(SELECT batch FROM batches WHERE id = ?)';

const JOB = `
  SELECT b.id, j.status, j.replications, j.precision, j.level AS confidence, ${lifeColumns('j')},
    ${soundSql('jobs', 'j')} AS jobSound`;

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
      j.status AS jobStatus, j.replications, j.precision, j.level AS jobConfidence, ${lifeColumns('j')},
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
    page: sql(
      // A damaged row is not filtered out: it may be one of those requested.
      `${STATE} WHERE key < @before AND (NOT sound OR ((@scenario IS NULL OR scenario = @scenario)
         AND (@seed IS NULL OR seed = @seed) AND (@status IS NULL OR status = @status)))
       ORDER BY key DESC LIMIT @limit`,
    ),
    state: sql(`${STATE} WHERE id = ?`),
    delete: ['job_events', 'jobs'].map((table) => sql(`DELETE FROM ${table} WHERE batch = ${BATCH}`)),
  };
}
