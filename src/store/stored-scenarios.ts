/** Scenarios that were sent, by name and by the digest of what they say. It knows no files and reads no scenario. */
import type { ScenarioOutline } from './batch-identity.ts';
import { guarded, type Database } from './database.ts';

/** One version of a scenario: never changed, so that its hash names what it says. */
export interface ScenarioVersion {
  readonly name: string;
  readonly hash: string;
  readonly text: string;
  readonly overrides: readonly string[];
  readonly outline: ScenarioOutline;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

type VersionRow = Omit<ScenarioVersion, 'overrides' | 'outline'> & {
  readonly overrides: string;
  readonly outline: string;
};

/** A page of rows, and what stands before the next; `null` where there is none. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: number | null;
}

export class StoredScenarios {
  private readonly path: string;
  private readonly database: Database;

  constructor(path: string, database: Database) {
    this.path = path;
    this.database = database;
  }

  /** Keeps a version; one of the same name and hash stays as it was. Whether it is new. */
  add({ name, hash, text, overrides, outline }: Omit<ScenarioVersion, 'createdAt'>): boolean {
    const { changes } = guarded(this.path, () =>
      this.database
        .prepare(
          `INSERT INTO scenarios (name, hash, text, overrides, outline, created_at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (name, hash) DO NOTHING`,
        )
        .run(
          ...[name, hash, text, JSON.stringify(overrides), JSON.stringify(outline)],
          new Date().toISOString(),
        ),
    );
    return changes === 1;
  }

  count(): number {
    return guarded(
      this.path,
      () => this.database.prepare('SELECT count(*) FROM scenarios').pluck().get() as number,
    );
  }

  /** The newest version of each name, the newest first; `before` is where a page before ended. */
  newest(limit: number, before: number | null): Page<ScenarioVersion> {
    return this.page(
      `${VERSIONS} WHERE scenario IN (SELECT max(scenario) FROM scenarios GROUP BY name) AND scenario < ?`,
      [before ?? Number.MAX_SAFE_INTEGER],
      limit,
    );
  }

  /** Every version of a name, the newest first. */
  versions(name: string, limit: number, before: number | null): Page<ScenarioVersion> {
    return this.page(
      `${VERSIONS} WHERE name = ? AND scenario < ?`,
      [name, before ?? Number.MAX_SAFE_INTEGER],
      limit,
    );
  }

  /** The version of a hash, or the newest of the name without one; `null` when there is none. */
  version(name: string, hash: string | null): ScenarioVersion | null {
    const row = guarded(this.path, () =>
      this.database
        .prepare(`${VERSIONS} WHERE name = ? AND (? IS NULL OR hash = ?) ORDER BY scenario DESC LIMIT 1`)
        .get(name, hash, hash),
    ) as (VersionRow & { scenario: number }) | undefined;
    return row === undefined ? null : versionOf(row);
  }

  /** Takes every version of a name away; how many there were. Batches that were run of them stay. */
  delete(name: string): number {
    return guarded(this.path, () => this.database.prepare('DELETE FROM scenarios WHERE name = ?').run(name))
      .changes;
  }

  private page(sql: string, values: readonly unknown[], limit: number): Page<ScenarioVersion> {
    const rows = guarded(this.path, () =>
      this.database.prepare(`${sql} ORDER BY scenario DESC LIMIT ?`).all(...values, limit + 1),
    ) as (VersionRow & { scenario: number })[];
    const shown = rows.slice(0, limit);
    return { rows: shown.map(versionOf), next: rows.length > limit ? shown.at(-1)!.scenario : null };
  }
}

const VERSIONS =
  'SELECT scenario, name, hash, text, overrides, outline, created_at AS createdAt FROM scenarios';

const versionOf = ({
  scenario: _key,
  overrides,
  outline,
  ...row
}: VersionRow & { scenario: number }): ScenarioVersion => ({
  ...row,
  overrides: JSON.parse(overrides) as string[],
  outline: JSON.parse(outline) as ScenarioOutline,
});
