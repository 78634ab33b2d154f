/**
 * Checksums of stored rows: the CRC-32 of a row's table, keys and values, written beside it and checked whenever it is
 * read. It detects every change within 32 neighbouring bits, so every flipped bit and byte, and all other changes but
 * one in 4 × 10⁹. It knows columns and nothing of what they mean.
 */
import { crc32 } from 'node:zlib';

/** The checksum of values in order: text, numbers, `null` and bytes, none of which can be mistaken for another. */
export function checksumOf(...values: readonly unknown[]): number {
  let sum = 0;
  let text = '';
  for (const value of values) {
    if (value instanceof Uint8Array) {
      sum = crc32(value, crc32(`${text}bytes ${value.length};`, sum));
      text = '';
    } else {
      const written = String(value);
      text += `${typeof value} ${written.length} ${written};`;
    }
  }
  return crc32(text, sum);
}

/** By table, the columns its checksum covers: all columns of the table except `checksum`. */
const SEALED = {
  batches:
    'batch generation id kind scenario scenario_hash changes seed by_hour version code node level planned done failed wall_seconds pruned_at created_at updated_at',
  texts: 'batch text overrides resolved outline',
  layouts: 'batch layout',
  replications: 'batch replication status failure error wall_seconds events machine finished_at',
  records: 'batch replication part content',
  estimates: 'batch level below numbers',
  scenarios: 'scenario name hash text overrides outline created_at',
  jobs: 'batch caller status replications precision level problem seconds submitted_at started_at ended_at',
  job_events: 'batch event type data at',
  idempotency_keys: 'caller key request batch at',
  tokens: 'id name digest scopes created_at revoked_at',
  campaigns:
    'campaign id kind caller status scenarios finished planned problem seconds submitted_at started_at ended_at',
  campaign_requests: 'campaign scenarios parameters',
  campaign_events: 'campaign event type data at',
  campaign_documents: 'campaign document',
} as const;

export type SealedTable = keyof typeof SEALED;

/** The columns that the checksum of a row covers, in order; the first is part of the key. */
export const sealedColumns = (table: SealedTable): readonly string[] => SEALED[table].split(' ');

/** SQL for the checksum of a row, using the function `checksum` that every connection has. */
function checksumSql(table: SealedTable, alias: string = table): string {
  const columns = sealedColumns(table).map((column) => `${alias}.${column}`);
  return `checksum('${table}', ${columns.join(', ')})`;
}

/** SQL that yields whether a row is as it was written: 1 or 0. */
export const soundSql = (table: SealedTable, alias: string = table): string =>
  `(${alias}.checksum = ${checksumSql(table, alias)})`;

/** SQL that writes the checksum of rows that were just added or changed. */
export const sealSql = (table: SealedTable, where: string): string =>
  `UPDATE ${table} SET checksum = ${checksumSql(table)} WHERE ${where}`;

type Value = string | number | null | Uint8Array;

/** SQL that adds a row with its checksum, taking values in the order of `sealedRow`. */
export function insertSql(table: SealedTable): string {
  const columns = sealedColumns(table);
  return `INSERT OR REPLACE INTO ${table} (${columns.join(', ')}, checksum) VALUES (${'?, '.repeat(columns.length)}?)`;
}

/** The values of a row, followed by their checksum. */
export const sealedRow = (table: SealedTable, ...values: readonly Value[]): Value[] => [
  ...values,
  checksumOf(table, ...values),
];
