/** Scenarios that were sent, by name and by the digest of their content. It knows no files and reads no scenario. */
import type { ScenarioOutline } from './batch-identity.ts';
import { sealSql, soundSql } from './checksum.ts';
import type { StoreFile } from './database.ts';
import { ABOVE_ALL, pageOf, type Page } from './pages.ts';
import { DamagedRecord } from './store-errors.ts';
import { checkText } from './well-formed.ts';

/** One version of a scenario: never changed, so that its hash identifies its content. */
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
  readonly scenario: number;
  readonly overrides: string;
  readonly outline: string;
  readonly sound: number;
};

/** Characters read for a page: it ends once it has more, however few its rows are. */
const MOST_READ = 2 ** 22;

export class StoredScenarios {
  private readonly file: StoreFile;

  constructor(file: StoreFile) {
    this.file = file;
  }

  /** Keeps a version; an existing one with the same name and hash stays unchanged. Returns whether it is new. */
  add({ name, hash, text, overrides, outline }: Omit<ScenarioVersion, 'createdAt'>): boolean {
    for (const [place, one] of [
      ['name', name],
      ['scenario', text],
      ...overrides.map((one) => ['--set', one]),
    ])
      checkText(place!, one!);
    return this.file.writing(() => {
      const { changes } = this.file
        .statement(
          `INSERT INTO scenarios (name, hash, text, overrides, outline, created_at, checksum)
           VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (name, hash) DO NOTHING`,
        )
        .run(name, hash, text, JSON.stringify(overrides), JSON.stringify(outline), new Date().toISOString());
      if (changes === 1) this.file.statement(sealSql('scenarios', 'name = ? AND hash = ?')).run(name, hash);
      return changes === 1;
    });
  }

  count(): number {
    const row = this.file.reading(() =>
      this.file.statement('SELECT count(*) AS versions FROM scenarios').get(),
    );
    return (row as { readonly versions: number }).versions;
  }

  /** The newest version of each name, newest first; `before` is where the previous page ended. */
  newest(limit: number, before: number | null): Page<ScenarioVersion> {
    return this.page(
      `${VERSIONS} WHERE scenario IN (SELECT max(scenario) FROM scenarios GROUP BY name) AND scenario < ?`,
      [before ?? ABOVE_ALL],
      limit,
    );
  }

  /** Every version of a name, newest first. */
  versions(name: string, limit: number, before: number | null): Page<ScenarioVersion> {
    return this.page(`${VERSIONS} WHERE name = ? AND scenario < ?`, [name, before ?? ABOVE_ALL], limit);
  }

  /** The version with this hash, or the newest of the name without one; `null` if there is none. */
  version(name: string, hash: string | null): ScenarioVersion | null {
    const row = this.file.reading(() =>
      this.file
        .statement(`${VERSIONS} WHERE name = ? AND (? IS NULL OR hash = ?) ORDER BY scenario DESC LIMIT 1`)
        .get(name, hash, hash),
    ) as VersionRow | undefined;
    return row === undefined ? null : this.versionOf(row);
  }

  /** Deletes every version of a name; returns how many there were. Batches that were run from them are kept. */
  delete(name: string): number {
    return this.file.writing(
      () => this.file.statement('DELETE FROM scenarios WHERE name = ?').run(name).changes,
    );
  }

  private page(sql: string, values: readonly unknown[], limit: number): Page<ScenarioVersion> {
    return this.file.reading(() => {
      const found = this.file.statement(`${sql} ORDER BY scenario DESC`).iterate(...values);
      return pageOf(found as IterableIterator<VersionRow>, {
        limit,
        longest: MOST_READ,
        keyOf: (row) => row.scenario,
        lengthOf: ({ text, outline, overrides }) => text.length + outline.length + overrides.length,
        shown: (row) => this.versionOf(row),
      });
    });
  }

  private versionOf({ scenario: _key, sound, overrides, outline, ...row }: VersionRow): ScenarioVersion {
    if (sound !== 1) {
      throw new DamagedRecord(
        this.file.path,
        `scenario "${row.name}"`,
        'delete it and send it again; batches that were run of it stay',
      );
    }
    return {
      ...row,
      overrides: JSON.parse(overrides) as string[],
      outline: JSON.parse(outline) as ScenarioOutline,
    };
  }
}

const VERSIONS = `SELECT scenario, name, hash, text, overrides, outline, created_at AS createdAt,
  ${soundSql('scenarios')} AS sound FROM scenarios`;
