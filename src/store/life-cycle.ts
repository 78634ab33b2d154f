/**
 * The life of what servers are asked to run, batches and campaigns alike: queued, running, then finished, failed or
 * cancelled, with an event for each step. It knows the columns that both tables have, and not what is run. What is
 * written here outlives the server.
 */
import { insertSql, sealedRow, sealSql, soundSql } from './checksum.ts';
import type { Statement, StoreFile } from './database.ts';
import { IdempotencyKeys, type Idempotency } from './idempotency-keys.ts';
import { DamagedRecord } from './store-errors.ts';

export const JOB_STATUSES = ['queued', 'running', 'finished', 'cancelled', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const isActive = (status: string): boolean => status === 'queued' || status === 'running';

/** Why a job failed, in the words of a problem document. */
export interface JobProblem {
  readonly code: string;
  readonly detail: string;
}

/** An event of a job, with its number within the batch or campaign. */
export interface JobEvent {
  readonly event: number;
  readonly type: string;
  readonly data: unknown;
  readonly at: string;
}

/** How many replications are finished, of how many planned. */
export interface Progress {
  readonly finished: number;
  readonly planned: number;
}

/** A request to run something. */
export interface Submitted {
  /** Id of the batch or campaign. */
  readonly id: string;
  readonly caller: string;
  /** How many of a caller may be queued or running. */
  readonly most: number;
  readonly idempotency: Idempotency | null;
}

/** The outcome of a request to run something. */
export type Submission =
  | { readonly outcome: 'queued' | 'there' | 'replayed'; readonly id: string }
  /** The key was used for another request; it is active already under another request; the caller has too many. */
  | { readonly outcome: 'key reused' | 'runs otherwise' | 'too many' };

/** How a kind of job is added to its table. */
export interface Adding {
  /** What is there already: the same request, another one that is active, or nothing that could answer it. */
  standing(): 'there' | 'runs otherwise' | null;
  /** Adds the row, queued at an instant; its checksum is written afterwards. */
  add(at: string): void;
}

/** The tables of a kind of job. */
export interface JobTables {
  readonly noun: 'batch' | 'campaign';
  /** The table with the status, and the one that has the ids; they share the column `key`. */
  readonly jobs: 'jobs' | 'campaigns';
  readonly named: 'batches' | 'campaigns';
  readonly key: 'batch' | 'campaign';
  readonly events: 'job_events' | 'campaign_events';
}

export const OF_BATCHES: JobTables = {
  noun: 'batch',
  jobs: 'jobs',
  named: 'batches',
  key: 'batch',
  events: 'job_events',
};

export const OF_CAMPAIGNS: JobTables = {
  noun: 'campaign',
  jobs: 'campaigns',
  named: 'campaigns',
  key: 'campaign',
  events: 'campaign_events',
};

/** What both kinds of jobs do alike; each adds its own rows, and what they are shown as. */
export abstract class LifeCycle {
  protected readonly file: StoreFile;
  private readonly tables: JobTables;
  private readonly steps: ReturnType<typeof prepare>;
  private readonly keys: IdempotencyKeys;

  constructor(file: StoreFile, tables: JobTables) {
    this.file = file;
    this.tables = tables;
    this.steps = prepare(file, tables);
    this.keys = new IdempotencyKeys(file);
  }

  /** Queues a job, unless its key was seen before or it is there already. All or nothing. */
  protected queue({ id, caller, most, idempotency }: Submitted, { standing, add }: Adding): Submission {
    return this.file.writing((): Submission => {
      const earlier = idempotency === null ? null : this.keys.earlier(caller, idempotency.key);
      if (earlier !== null) {
        if (earlier.digest !== idempotency!.digest) return { outcome: 'key reused' };
        return { outcome: 'replayed', id: earlier.id };
      }
      const there = standing();
      if (there === 'runs otherwise') return { outcome: there };
      if (there === null) {
        const { active } = this.steps.active.get(caller) as { readonly active: number };
        if (active >= most) return { outcome: 'too many' };
        add(now());
        this.seal(id);
        this.addEvent(id, 'queued', { status: 'queued' });
      }
      if (idempotency !== null) this.keys.remember(caller, idempotency, id);
      return { outcome: there ?? 'queued', id };
    });
  }

  /** How many have this status. */
  count(status: JobStatus): number {
    const row = this.file.reading(() => this.steps.count.get(status));
    return (row as { readonly jobs: number }).jobs;
  }

  /**
   * Marks the next one running and returns its id: of the caller with the fewest running ones, the one that has waited
   * longest. `null` when none is queued.
   *
   * @param except ids that are not taken
   */
  protected start(except: readonly string[]): string | null {
    return this.file.writing(() => {
      const next = this.steps.next.get(JSON.stringify(except)) as { readonly id: string } | undefined;
      if (next === undefined) return null;
      this.steps.start.run(now(), next.id);
      this.seal(next.id);
      this.addEvent(next.id, 'started', { status: 'running' });
      return next.id;
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
      const text = problem === null ? null : JSON.stringify(problem);
      const endedAt = status === 'queued' ? null : now();
      if (this.steps.end.run(status, seconds, text, endedAt, id).changes === 0) return;
      this.seal(id);
      this.addEvent(id, status, { status, ...(problem === null ? {} : { problem }) });
    });
  }

  /** Cancels a job that is queued or running; returns whether there was one. */
  cancel(id: string): boolean {
    return this.file.writing(() => {
      if (this.steps.cancel.run(now(), id).changes === 0) return false;
      this.seal(id);
      this.addEvent(id, 'cancelled', { status: 'cancelled' });
      return true;
    });
  }

  /** Returns to the queue what a server that has ended left running; returns how many. */
  recover(): number {
    return this.file.writing(() => {
      const running = this.steps.running.all() as { readonly id: string }[];
      for (const { id } of running) this.end(id, 'queued', 0);
      return running.length;
    });
  }

  /**
   * Records the progress of a job, without waiting long.
   *
   * @param isRunning whether it still runs, asked in the same transaction; what it writes is kept too
   */
  protected advance(id: string, { finished, planned }: Progress, isRunning: () => boolean): void {
    this.file.once(() =>
      this.file.writing(() => {
        if (isRunning()) this.addEvent(id, 'progress', { status: 'running', finished, planned });
      }),
    );
  }

  /** The events after a given event number, in order. */
  events(id: string, after: number, limit: number): JobEvent[] {
    const rows = this.file.reading(() => this.steps.events.all(id, after, limit)) as (Omit<
      JobEvent,
      'data'
    > & { data: string; sound: number })[];
    return rows.map(({ sound, data, ...row }) => {
      if (sound !== 1) throw this.damage(`event ${row.event} of ${this.tables.noun} ${id}`);
      return { ...row, data: JSON.parse(data) as unknown };
    });
  }

  /** Forgets what is left of a job whose row is deleted. */
  protected forgetKeys(id: string): void {
    this.keys.forget(id);
  }

  /** Writes the checksum of a row that was just added or changed. */
  protected seal(id: string): void {
    this.steps.seal.run(id);
  }

  /** A `DamagedRecord`, for a row that is not as it was written. */
  protected damage(what: string): Error {
    return new DamagedRecord(this.file.path, what, `delete the ${this.tables.noun} and ask for it again`);
  }

  private addEvent(id: string, type: string, data: object): void {
    const next = this.steps.nextEvent.get(id) as { readonly key: number; readonly event: number } | undefined;
    if (next === undefined) return;
    const { key, event } = next;
    this.steps.addEvent.run(sealedRow(this.tables.events, key, event, type, JSON.stringify(data), now()));
  }
}

/** The columns of a job's life as fields; its problem is JSON. */
export const lifeColumns = (alias: string): string =>
  `${alias}.caller, ${alias}.problem, ${alias}.seconds, ${alias}.submitted_at AS submittedAt,
   ${alias}.started_at AS startedAt, ${alias}.ended_at AS endedAt`;

/** The problem that a row has as text. */
export const problemFrom = (text: string | null): JobProblem | null =>
  text === null ? null : (JSON.parse(text) as JobProblem);

const now = (): string => new Date().toISOString();

function prepare(file: StoreFile, { jobs, named, key, events }: JobTables) {
  const sql = (text: string): Statement => file.statement(text);
  const isIts = `${key} = (SELECT ${key} FROM ${named} WHERE id = ?)`;
  return {
    active: sql(
      `SELECT count(*) AS active FROM ${jobs} WHERE status IN ('queued', 'running') AND caller = ?`,
    ),
    count: sql(`SELECT count(*) AS jobs FROM ${jobs} WHERE status = ?`),
    running: sql(
      `SELECT named.id FROM ${jobs} AS j JOIN ${named} AS named USING (${key}) WHERE j.status = 'running'`,
    ),
    next: sql(
      `SELECT named.id FROM ${jobs} AS j JOIN ${named} AS named USING (${key})
       WHERE j.status = 'queued' AND ${soundSql(jobs, 'j')} AND named.id NOT IN (SELECT value FROM json_each(?))
       ORDER BY (SELECT count(*) FROM ${jobs} AS other WHERE other.status = 'running' AND other.caller = j.caller),
         j.submitted_at, j.${key} LIMIT 1`,
    ),
    start: sql(`UPDATE ${jobs} SET status = 'running', started_at = coalesce(started_at, ?) WHERE ${isIts}`),
    end: sql(
      `UPDATE ${jobs} SET status = ?, seconds = seconds + ?, problem = ?, ended_at = ?
       WHERE ${isIts} AND status = 'running' AND ${soundSql(jobs)}`,
    ),
    cancel: sql(
      `UPDATE ${jobs} SET status = 'cancelled', ended_at = ?
       WHERE ${isIts} AND status IN ('queued', 'running') AND ${soundSql(jobs)}`,
    ),
    seal: sql(sealSql(jobs, isIts)),
    nextEvent: sql(
      `SELECT its.key, coalesce(max(event), 0) + 1 AS event
       FROM (SELECT ${key} AS key FROM ${named} WHERE id = ?) AS its LEFT JOIN ${events} ON ${key} = its.key
       GROUP BY its.key`,
    ),
    addEvent: sql(insertSql(events)),
    events: sql(
      `SELECT event, type, data, at, ${soundSql(events)} AS sound FROM ${events}
       WHERE ${isIts} AND event > ? ORDER BY event LIMIT ?`,
    ),
  };
}
