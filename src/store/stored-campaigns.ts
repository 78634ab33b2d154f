/**
 * Campaigns that servers were asked for: their requests, progress, events and documents. It knows them as rows, and
 * not which process runs them or how. What is written here outlives the server.
 */
import type { CampaignKind, CampaignScenario, CampaignToStore } from './campaign-identity.ts';
import { shortChanges } from './changes.ts';
import { insertSql, sealedRow, soundSql } from './checksum.ts';
import type { Statement, StoreFile } from './database.ts';
import {
  isActive,
  lifeColumns,
  LifeCycle,
  OF_CAMPAIGNS,
  problemFrom,
  type JobProblem,
  type JobStatus,
  type Progress,
  type Submission,
  type Submitted,
} from './life-cycle.ts';
import { ABOVE_ALL, pageOf, type Page } from './pages.ts';

/** A scenario of a campaign as lists show it. */
export interface ShownScenario {
  readonly name: string;
  readonly hash: string;
  readonly changes: readonly string[];
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

/** A request to run a campaign. */
export interface SubmittedCampaign extends Submitted {
  readonly asked: CampaignToStore;
}

/** Which campaigns are listed; all for what is left out. */
export interface CampaignFilter {
  readonly kind?: CampaignKind | undefined;
  readonly status?: JobStatus | undefined;
}

/** A page ends before it exceeds this many bytes: overrides may be long. */
const LONGEST_PAGE = 2 ** 20;
/** Bytes of a campaign beside its texts, at most. */
const NUMBERS_LENGTH = 1_000;

const lengthOf = ({ scenarios, problem }: CampaignRow): number =>
  NUMBERS_LENGTH + Buffer.byteLength(scenarios) + Buffer.byteLength(problem ?? '');

export class StoredCampaigns extends LifeCycle {
  private readonly statements: ReturnType<typeof prepare>;

  constructor(file: StoreFile) {
    super(file, OF_CAMPAIGNS);
    this.statements = prepare(file);
  }

  /** Queues a campaign, unless its key was seen before or it is queued, running or finished. All or nothing. */
  submit({ asked, ...submitted }: SubmittedCampaign): Submission {
    const { id, caller } = submitted;
    const { kind, scenarios, parameters } = asked;
    return this.queue(submitted, {
      standing: () => {
        const status = this.campaign(id)?.status;
        return status === 'finished' || (status !== undefined && isActive(status)) ? 'there' : null;
      },
      add: (at) => {
        const shown = JSON.stringify(scenarios.map(shownScenario));
        this.statements.add.run({ id, kind, caller, scenarios: shown, at });
        const texts = [JSON.stringify(scenarios), JSON.stringify(parameters)];
        this.statements.addRequest.run(sealedRow('campaign_requests', this.keyOf(id), ...texts));
      },
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
      const rows = this.statements.page.iterate({
        kind: kind ?? null,
        status: status ?? null,
        limit: limit + 1,
        before: before ?? ABOVE_ALL,
      }) as IterableIterator<CampaignRow>;
      return pageOf(rows, {
        limit,
        longest: LONGEST_PAGE,
        keyOf: (row) => row.campaign,
        lengthOf,
        shown: (row) => this.stateOf(row),
      });
    });
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
      const id = this.start(except);
      return id === null ? null : this.campaign(id);
    });
  }

  /** Keeps the document of a running campaign, which is then finished. Does nothing for one that was cancelled. */
  finish(id: string, document: object, seconds: number, { finished, planned }: Progress): void {
    this.file.writing(() => {
      if (this.campaign(id)?.status !== 'running') return;
      this.statements.advance.run(finished, planned, id);
      this.seal(id);
      this.statements.addDocument.run(
        sealedRow('campaign_documents', this.keyOf(id), JSON.stringify(document)),
      );
      this.end(id, 'finished', seconds);
    });
  }

  /** Records the progress of a campaign; does nothing for one that is no longer running, or is gone. */
  progress(id: string, progress: Progress): void {
    this.advance(id, progress, () => {
      const { changes } = this.statements.advance.run(progress.finished, progress.planned, id);
      if (changes > 0) this.seal(id);
      return changes > 0;
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
      this.forgetKeys(id);
      for (const statement of this.statements.delete) statement.run(id);
    });
  }

  private keyOf(id: string): number {
    return (this.statements.campaign.get(id) as CampaignRow).campaign;
  }

  private stateOf(row: CampaignRow): CampaignState {
    if (row.sound !== 1) throw this.damage(`the row of campaign ${row.id}`);
    const { campaign: _campaign, sound: _sound, scenarios, problem, ...rest } = row;
    return { ...rest, scenarios: JSON.parse(scenarios) as ShownScenario[], problem: problemFrom(problem) };
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

const CAMPAIGN = '(SELECT campaign FROM campaigns WHERE id = ?)';

const STATE = `
  SELECT campaign, id, kind, status, scenarios, finished, planned, ${lifeColumns('campaigns')},
    ${soundSql('campaigns')} AS sound
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
    advance: sql(
      `UPDATE campaigns SET finished = ?, planned = ? WHERE id = ? AND status = 'running' AND ${soundSql('campaigns')}`,
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
