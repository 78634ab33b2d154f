/**
 * Campaigns that servers were asked for: their requests, progress, events and documents. It knows them as rows, and
 * not which process runs them or how. What is written here outlives the server.
 */
import { createHash } from 'node:crypto';
import type { Program } from '../files/program.ts';
import type { PluginFile } from '../plugins/plugins.ts';
import { NODE } from './batch-identity.ts';
import { shortChanges } from './changes.ts';
import { insertSql, sealedRow, sealSql, soundSql } from './checksum.ts';
import type { Statement, StoreFile } from './database.ts';
import type { JobEvent, JobProblem, JobStatus } from './jobs.ts';
import { DamagedRecord } from './store-errors.ts';
import type { Page } from './stored-scenarios.ts';

/** The kinds of campaigns, as a column of a row has them. */
export const CAMPAIGN_KINDS = ['compare', 'sweep', 'sensitivity', 'scaling', 'subscribers'] as const;
export type CampaignKind = (typeof CAMPAIGN_KINDS)[number];

/** A scenario of a campaign. */
export interface CampaignScenario {
  readonly name: string;
  /** What it is called where two scenarios have the same name. */
  readonly given: string;
  readonly hash: string;
  readonly text: string;
  readonly overrides: readonly string[];
}

/** A scenario of a campaign as lists show it. */
export interface ShownScenario {
  readonly name: string;
  readonly hash: string;
  readonly changes: readonly string[];
}

/** What a campaign is asked. */
export interface CampaignToStore {
  readonly kind: CampaignKind;
  readonly scenarios: readonly CampaignScenario[];
  /** What its kind takes beside its scenarios. */
  readonly parameters: object;
}

/** A campaign with the state of its job. */
export interface CampaignState {
  readonly id: string;
  readonly kind: CampaignKind;
  /** Its scenarios; of the values replaced in them the beginning. */
  readonly scenarios: readonly ShownScenario[];
  readonly caller: string;
  readonly status: JobStatus;
  /** Replications that are finished, of how many are planned; 0 before it first ran. */
  readonly finished: number;
  readonly planned: number;
  readonly problem: JobProblem | null;
  /** How long it has run, over all servers [s]. */
  readonly seconds: number;
  /** ISO 8601, UTC. */
  readonly submittedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** Which campaigns are listed; all for what is left out. */
export interface CampaignFilter {
  readonly kind?: CampaignKind | undefined;
  readonly status?: JobStatus | undefined;
}

/** The progress of a running campaign. */
export interface CampaignAdvance {
  readonly finished: number;
  readonly planned: number;
}

/** The digest of everything that decides the document of a campaign, 64 hexadecimal digits. */
export function campaignId(
  { kind, scenarios, parameters }: CampaignToStore,
  program: Program,
  plugins: readonly PluginFile[],
): string {
  // Without plugins it is what it was before there were any.
  const digests = plugins.length === 0 ? [] : [plugins.map(({ digest }) => digest)];
  const decides = [kind, scenarios, parameters, program.version, program.code, NODE, ...digests];
  return createHash('sha256').update(JSON.stringify(decides)).digest('hex');
}

/** A page ends before it exceeds this many bytes: overrides may be long. */
const LONGEST_PAGE = 2 ** 20;
/** Bytes of a campaign beside its texts, at most. */
const NUMBERS_LENGTH = 1_000;

export class StoredCampaigns {
  private readonly file: StoreFile;
  private readonly statements: ReturnType<typeof prepare>;

  constructor(file: StoreFile) {
    this.file = file;
    this.statements = prepare(file);
  }

  /**
   * Queues a campaign, unless it is queued, running or finished already; returns whether the caller may have it, for
   * which fewer than `most` of its campaigns may be queued or running.
   */
  submit(id: string, asked: CampaignToStore, caller: string, most: number): boolean {
    const { statements } = this;
    return this.file.writing(() => {
      const before = this.campaign(id);
      if (before !== null && before.status !== 'failed' && before.status !== 'cancelled') return true;
      const { active } = statements.active.get(caller) as { readonly active: number };
      if (active >= most) return false;
      const { kind, scenarios, parameters } = asked;
      statements.add.run({
        id,
        kind,
        caller,
        scenarios: JSON.stringify(scenarios.map(shownScenario)),
        at: now(),
      });
      statements.seal.run(id);
      const texts = [JSON.stringify(scenarios), JSON.stringify(parameters)];
      statements.addRequest.run(sealedRow('campaign_requests', this.keyOf(id), ...texts));
      this.addEvent(id, 'queued', { status: 'queued' });
      return true;
    });
  }

  /** The campaign with this id; `null` if there is none. Throws `DamagedRecord`. */
  campaign(id: string): CampaignState | null {
    const row = this.file.reading(() => this.statements.campaign.get(id)) as CampaignRow | undefined;
    return row === undefined ? null : this.stateOf(row);
  }

  /** Campaigns, newest first; `before` is where the previous page ended. */
  page({ kind, status }: CampaignFilter, limit: number, before: number | null): Page<CampaignState> {
    return this.file.reading(() => {
      const found = this.statements.page.iterate({
        kind: kind ?? null,
        status: status ?? null,
        limit: limit + 1,
        before: before ?? Number.MAX_SAFE_INTEGER,
      }) as IterableIterator<CampaignRow>;
      const rows: CampaignState[] = [];
      let last = 0;
      let length = 0;
      for (const row of found) {
        if (rows.length === limit || length > LONGEST_PAGE) return { rows, next: last };
        rows.push(this.stateOf(row));
        last = row.campaign;
        length += NUMBERS_LENGTH + Buffer.byteLength(row.scenarios) + Buffer.byteLength(row.problem ?? '');
      }
      return { rows, next: null };
    });
  }

  /** How many campaigns have this status. */
  count(status: JobStatus): number {
    const { found } = this.file.reading(() => this.statements.count.get(status)) as {
      readonly found: number;
    };
    return found;
  }

  /** What a campaign was asked. Throws `DamagedRecord`. */
  request(id: string): CampaignToStore {
    const row = this.file.reading(() => this.statements.request.get(id)) as
      { kind: CampaignKind; scenarios: string; parameters: string; sound: number } | undefined;
    if (row?.sound !== 1) throw this.damage(`the request of campaign ${id}`);
    return {
      kind: row.kind,
      scenarios: JSON.parse(row.scenarios) as CampaignScenario[],
      parameters: JSON.parse(row.parameters) as object,
    };
  }

  /**
   * Takes the next campaign and marks it running: of the caller with the fewest running ones, the one that has waited
   * longest. `null` when none is queued.
   *
   * @param except ids that are not taken
   */
  take(except: readonly string[]): CampaignState | null {
    return this.file.writing(() => {
      const next = this.statements.next.get(JSON.stringify(except)) as { readonly id: string } | undefined;
      if (next === undefined) return null;
      this.statements.start.run(now(), next.id);
      this.statements.seal.run(next.id);
      this.addEvent(next.id, 'started', { status: 'running' });
      return this.campaign(next.id);
    });
  }

  /** Keeps the document of a running campaign, which is then finished. Does nothing for one that was cancelled. */
  finish(id: string, document: object, seconds: number, { finished, planned }: CampaignAdvance): void {
    this.file.writing(() => {
      if (this.campaign(id)?.status !== 'running') return;
      this.statements.advance.run(finished, planned, id);
      this.statements.seal.run(id);
      this.statements.addDocument.run(
        sealedRow('campaign_documents', this.keyOf(id), JSON.stringify(document)),
      );
      this.end(id, 'finished', seconds);
    });
  }

  /** Ends a running campaign without a document; `queued` returns it to the queue. Nothing for one that is cancelled. */
  end(
    id: string,
    status: 'finished' | 'failed' | 'queued',
    seconds: number,
    problem: JobProblem | null = null,
  ): void {
    this.file.writing(() => {
      const text = problem === null ? null : JSON.stringify(problem);
      const endedAt = status === 'queued' ? null : now();
      if (this.statements.end.run(status, seconds, text, endedAt, id).changes === 0) return;
      this.statements.seal.run(id);
      this.addEvent(id, status, { status, ...(problem === null ? {} : { problem }) });
    });
  }

  /** Cancels a campaign that is queued or running; returns whether there was one. */
  cancel(id: string): boolean {
    return this.file.writing(() => {
      if (this.statements.cancel.run(now(), id).changes === 0) return false;
      this.statements.seal.run(id);
      this.addEvent(id, 'cancelled', { status: 'cancelled' });
      return true;
    });
  }

  /** Returns to the queue what a server that is gone left running. */
  recover(): void {
    this.file.writing(() => {
      const running = this.statements.running.all() as { readonly id: string }[];
      for (const { id } of running) this.end(id, 'queued', 0);
    });
  }

  /** Records the progress of a campaign; does nothing for one that is no longer running, or is gone. */
  progress(id: string, { finished, planned }: CampaignAdvance): void {
    this.file.once(() =>
      this.file.writing(() => {
        if (this.statements.advance.run(finished, planned, id).changes === 0) return;
        this.statements.seal.run(id);
        this.addEvent(id, 'progress', { status: 'running', finished, planned });
      }),
    );
  }

  /** The events of a campaign after a given event number, in order. */
  events(id: string, after: number, limit: number): JobEvent[] {
    const rows = this.file.reading(() => this.statements.events.all(id, after, limit)) as (Omit<
      JobEvent,
      'data'
    > & { data: string; sound: number })[];
    return rows.map(({ sound, data, ...row }) => {
      if (sound !== 1) throw this.damage(`event ${row.event} of campaign ${id}`);
      return { ...row, data: JSON.parse(data) as unknown };
    });
  }

  /** The document of a finished campaign, as JSON; `null` for any other. */
  document(id: string): string | null {
    const row = this.file.reading(() => this.statements.document.get(id)) as
      { readonly document: string; readonly sound: number } | undefined;
    if (row === undefined) return null;
    if (row.sound !== 1) throw this.damage(`the document of campaign ${id}`);
    return row.document;
  }

  /** Removes a campaign; its batches stay. Does nothing where there is none. */
  delete(id: string): void {
    this.file.writing(() => {
      for (const statement of this.statements.delete) statement.run(id);
    });
  }

  private addEvent(id: string, type: string, data: object): void {
    const { campaign, event } = this.statements.nextEvent.get(id) as {
      readonly campaign: number;
      readonly event: number;
    };
    this.statements.addEvent.run(
      sealedRow('campaign_events', campaign, event, type, JSON.stringify(data), now()),
    );
  }

  private keyOf(id: string): number {
    return (this.statements.campaign.get(id) as CampaignRow).campaign;
  }

  private stateOf(row: CampaignRow): CampaignState {
    if (row.sound !== 1) throw this.damage(`the row of campaign ${row.id}`);
    const { campaign: _campaign, sound: _sound, scenarios, problem, ...rest } = row;
    return {
      ...rest,
      scenarios: JSON.parse(scenarios) as ShownScenario[],
      problem: problem === null ? null : (JSON.parse(problem) as JobProblem),
    };
  }

  private damage(what: string): DamagedRecord {
    return new DamagedRecord(this.file.path, what, 'delete the campaign and ask for it again');
  }
}

interface CampaignRow extends Omit<CampaignState, 'scenarios' | 'problem'> {
  readonly campaign: number;
  readonly scenarios: string;
  readonly problem: string | null;
  readonly sound: number;
}

const shownScenario = ({ name, hash, overrides }: CampaignScenario): ShownScenario => ({
  name,
  hash,
  changes: shortChanges(overrides),
});

const now = (): string => new Date().toISOString();

const CAMPAIGN = '(SELECT campaign FROM campaigns WHERE id = ?)';

const STATE = `
  SELECT campaign, id, kind, caller, status, scenarios, finished, planned, problem, seconds,
    submitted_at AS submittedAt, started_at AS startedAt, ended_at AS endedAt, ${soundSql('campaigns')} AS sound
  FROM campaigns`;

const TABLES_OF_CAMPAIGNS = ['campaign_requests', 'campaign_events', 'campaign_documents', 'campaigns'];

function prepare(file: StoreFile) {
  const sql = (text: string): Statement => file.statement(text);
  return {
    campaign: sql(`${STATE} WHERE id = ?`),
    // A damaged row is not filtered out: it may be one of those requested.
    page: sql(
      `${STATE} WHERE campaign < @before AND (NOT ${soundSql('campaigns')} OR ((@kind IS NULL OR kind = @kind)
         AND (@status IS NULL OR status = @status)))
       ORDER BY campaign DESC LIMIT @limit`,
    ),
    add: sql(
      `INSERT INTO campaigns (id, kind, caller, status, scenarios, finished, planned, problem, seconds,
         submitted_at, started_at, ended_at, checksum)
       VALUES (@id, @kind, @caller, 'queued', @scenarios, 0, 0, NULL, 0.0, @at, NULL, NULL, 0)
       ON CONFLICT (id) DO UPDATE SET caller = excluded.caller, status = excluded.status, problem = NULL,
         seconds = 0.0, submitted_at = excluded.submitted_at, started_at = NULL, ended_at = NULL`,
    ),
    addRequest: sql(insertSql('campaign_requests')),
    request: sql(
      `SELECT kind, r.scenarios, r.parameters, ${soundSql('campaign_requests', 'r')} AS sound
       FROM campaigns JOIN campaign_requests AS r USING (campaign) WHERE id = ?`,
    ),
    active: sql(
      "SELECT count(*) AS active FROM campaigns WHERE status IN ('queued', 'running') AND caller = ?",
    ),
    count: sql('SELECT count(*) AS found FROM campaigns WHERE status = ?'),
    running: sql("SELECT id FROM campaigns WHERE status = 'running'"),
    next: sql(
      `SELECT id FROM campaigns AS c
       WHERE status = 'queued' AND ${soundSql('campaigns', 'c')} AND id NOT IN (SELECT value FROM json_each(?))
       ORDER BY (SELECT count(*) FROM campaigns AS other WHERE other.status = 'running' AND other.caller = c.caller),
         submitted_at, campaign LIMIT 1`,
    ),
    start: sql("UPDATE campaigns SET status = 'running', started_at = coalesce(started_at, ?) WHERE id = ?"),
    advance: sql(
      `UPDATE campaigns SET finished = ?, planned = ? WHERE id = ? AND status = 'running' AND ${soundSql('campaigns')}`,
    ),
    end: sql(
      `UPDATE campaigns SET status = ?, seconds = seconds + ?, problem = ?, ended_at = ?
       WHERE id = ? AND status = 'running' AND ${soundSql('campaigns')}`,
    ),
    cancel: sql(
      `UPDATE campaigns SET status = 'cancelled', ended_at = ?
       WHERE id = ? AND status IN ('queued', 'running') AND ${soundSql('campaigns')}`,
    ),
    seal: sql(sealSql('campaigns', 'id = ?')),
    nextEvent: sql(
      `SELECT c.campaign, coalesce(max(event), 0) + 1 AS event
       FROM (SELECT campaign FROM campaigns WHERE id = ?) AS c LEFT JOIN campaign_events USING (campaign)
       GROUP BY c.campaign`,
    ),
    addEvent: sql(insertSql('campaign_events')),
    events: sql(
      `SELECT event, type, data, at, ${soundSql('campaign_events')} AS sound FROM campaign_events
       WHERE campaign = ${CAMPAIGN} AND event > ? ORDER BY event LIMIT ?`,
    ),
    addDocument: sql(insertSql('campaign_documents')),
    document: sql(
      `SELECT document, ${soundSql('campaign_documents')} AS sound FROM campaign_documents WHERE campaign = ${CAMPAIGN}`,
    ),
    delete: TABLES_OF_CAMPAIGNS.map((table) =>
      sql(`DELETE FROM ${table} WHERE ${table === 'campaigns' ? 'id = ?' : `campaign = ${CAMPAIGN}`}`),
    ),
  };
}
