/** Stores as older programs left them: the tables of their form, and rows written by hand. */
import Sqlite from 'better-sqlite3';
import type { HourlySeries } from '../../src/experiments/hourly-series.ts';
import { checksumOf, sealSql } from '../../src/store/checksum.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import type { MetricLayout } from '../../src/experiments/observation-parts.ts';
import { textBytes, textFrom } from '../../src/store/text-bytes.ts';

/** `fly1` as a number. */
const APPLICATION_ID = 0x666c7931;

/** What an older program kept of a replication: a row of four numbers for each metric, and the sketches as bytes. */
export interface OldReplication {
  readonly numbers: readonly (readonly (number | null)[])[];
  readonly sketches: readonly Uint8Array[];
  readonly audit: string;
  readonly fingerprints: string;
  readonly hourly: string;
  /** `null` before books were kept. */
  readonly books: Uint8Array | null;
}

/** A store of form 1, 2 or 3 with one finished batch. */
export function writeOldStore(
  path: string,
  form: 1 | 2 | 3,
  id: string,
  layout: readonly MetricLayout[],
  replications: readonly OldReplication[],
): void {
  const database = new Sqlite(path);
  for (const step of MIGRATIONS.slice(0, form)) database.exec(step as string);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${form}`);
  const at = '2026-01-02T03:04:05.678Z';
  const insert = (table: string, ...values: unknown[]) =>
    database.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join()})`).run(values);
  const outline = {
    name: 'old',
    description: null,
    hash: 'h',
    share: 1,
    startOfWeek: 0,
    window: { from: 0, to: 3_600 },
    tiers: ['all'],
    pools: [{ name: 'main', gpus: 1 }],
  };
  insert(
    'batches',
    7,
    id,
    'run',
    'old',
    'h',
    'test',
    0,
    '0.1.0',
    'code',
    'v20 x64',
    0.95,
    replications.length,
    'name: old',
    '[]',
    '{}',
    JSON.stringify(outline),
    at,
    at,
  );
  insert('machines', 3, 'a machine');
  layout.forEach(({ scope, metric, unit, kind, p, sample }, place) =>
    insert('metrics', 7, place, scope, metric, unit, kind, p, sample),
  );
  replications.forEach(({ numbers, sketches, audit, fingerprints, hourly, books }, replication) => {
    const row = [7, replication, 'done', null, null, 0.5, 10, 3, at, fingerprints, audit, hourly];
    insert('replications', ...row, ...(form === 1 ? [] : [books]));
    numbers.forEach((four, metric) => insert('observations', 7, replication, metric, ...four));
    sketches.forEach((sketch, sample) => insert('samples', 7, replication, sample, sketch));
  });
  if (form === 3) insert('jobs', 7, 'local', 'finished', 2, null, 0.95, null, 1.5, at, at, at);
  database.close();
}

/** Makes the hourly series of a store, and its outlines, those of a program that kept less. */
export function rewriteHourly(path: string, change: (series: HourlySeries) => object): void {
  const database = new Sqlite(path);
  database.function('checksum', { varargs: true }, checksumOf);
  const rows = database
    .prepare("SELECT batch, replication, content FROM records WHERE part = 'hourly'")
    .all() as { batch: number; replication: number; content: Uint8Array }[];
  for (const { batch, replication, content } of rows) {
    const changed = textBytes(JSON.stringify(change(JSON.parse(textFrom(content)) as HourlySeries)));
    database
      .prepare(
        "UPDATE records SET content = ?, checksum = ? WHERE batch = ? AND replication = ? AND part = 'hourly'",
      )
      .run(changed, checksumOf('records', batch, replication, 'hourly', changed), batch, replication);
  }
  database.prepare("UPDATE texts SET outline = json_remove(outline, '$.slos')").run();
  database
    .prepare("UPDATE texts SET checksum = checksum('texts', batch, text, overrides, resolved, outline)")
    .run();
  database.close();
}

const NAMES_OF_FORM_4: readonly (readonly [now: string, then: string])[] = [
  ['queue.length', 'line.length'],
  ['system.size', 'system.length'],
  ['distribution:', 'law:'],
  ['"distribution":', '"law":'],
  ['.distribution.', '.law.'],
];

/** Gives a store of today the form and the names that version 0.1 wrote. */
export function turnIntoForm4(path: string): void {
  const database = new Sqlite(path);
  database.function('checksum', { varargs: true }, checksumOf);
  const before = (column: string) =>
    NAMES_OF_FORM_4.reduce((text, [now, then]) => `replace(${text}, '${now}', '${then}')`, column);
  for (const [table, columns] of [
    ['layouts', ['layout']],
    ['batches', ['changes']],
    ['texts', ['text', 'overrides']],
    ['scenarios', ['text', 'overrides']],
  ] as const) {
    database.exec(
      `UPDATE ${table} SET ${columns.map((column) => `${column} = ${before(column)}`).join(', ')}`,
    );
    database.exec(sealSql(table, 'true'));
  }
  for (const table of ['campaigns', 'campaign_requests', 'campaign_events', 'campaign_documents'])
    database.exec(`DROP TABLE ${table}`);
  database.pragma('user_version = 4');
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

/** The form of a store, and all names in it that a migration may change, as text. */
export function namesIn(path: string): { readonly form: number; readonly names: string } {
  const database = new Sqlite(path, { readonly: true });
  try {
    const names = database
      .prepare(
        `SELECT layout FROM layouts UNION ALL SELECT changes FROM batches
         UNION ALL SELECT text || overrides FROM texts UNION ALL SELECT text || overrides FROM scenarios`,
      )
      .pluck()
      .all()
      .join('\n');
    return { form: database.pragma('user_version', { simple: true }) as number, names };
  } finally {
    database.close();
  }
}
