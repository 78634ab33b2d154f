/**
 * The records of a replication: its results, in parts that are read separately. It knows how parts are written as
 * bytes, and nothing of databases.
 */
import type { Books } from '../economics/books.ts';
import type { AuditCheck } from '../simulation/ledger.ts';
import { QuantileSketch } from '../stats/index.ts';
import { numbersBytes } from './number-bytes.ts';
import { sketchState } from './sketch-bytes.ts';
import { textBytes, textFrom } from './text-bytes.ts';

/** Sketches kept in one record: a replication has many, and all of them at once would fill memory. */
export const SKETCHES_PER_RECORD = 16;

/** The records that every replication has beside those of its samples. */
export const PARTS = ['numbers', 'details', 'hourly', 'books'] as const;

/** The name of the record of samples that holds the sketch at this index. */
export const samplesPart = (sample: number): string => `samples ${Math.floor(sample / SKETCHES_PER_RECORD)}`;

/** The prefix of the names of records of samples, and of no others. */
export const SAMPLES = 'samples ';

/** The results of a replication, before they are written in parts. */
export interface ReplicationContent {
  /** By metric, then `NUMBERS_PER_METRIC`; NaN if there is none. */
  readonly numbers: Float64Array;
  readonly audit: readonly AuditCheck[];
  readonly fingerprints: readonly number[];
  /** JSON of the hourly series. */
  readonly hourly: string;
  /** The books from which its money is computed; `null` if an older program kept none. */
  readonly books: Books | null;
  /** By sample, as `sketchBytes` writes them. */
  readonly sketches: readonly Uint8Array[];
}

/** The bytes by part. */
export type Records = Readonly<Record<string, Uint8Array>>;

export function recordsOf(content: ReplicationContent): Records {
  const { numbers, audit, fingerprints, hourly, books, sketches } = content;
  const records: Record<string, Uint8Array> = {
    numbers: numbersBytes(numbers),
    details: textBytes(JSON.stringify({ audit, fingerprints })),
    hourly: textBytes(hourly),
    books: textBytes(JSON.stringify(books)),
  };
  for (let first = 0; first < sketches.length; first += SKETCHES_PER_RECORD)
    records[samplesPart(first)] = joined(sketches.slice(first, first + SKETCHES_PER_RECORD));
  return records;
}

export interface Details {
  readonly audit: readonly AuditCheck[];
  readonly fingerprints: readonly number[];
}

export const detailsFrom = (bytes: Uint8Array): Details => JSON.parse(textFrom(bytes)) as Details;
export const hourlyFrom = (bytes: Uint8Array): string => textFrom(bytes);
export const booksFrom = (bytes: Uint8Array): Books | null => JSON.parse(textFrom(bytes)) as Books | null;

const LENGTH_BYTES = 4;

/** Byte strings one after another, each after its length. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  const view = new DataView(all.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    all.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return all;
}

/** The sketches of a record of samples, in order. */
export function sketchesFrom(bytes: Uint8Array): QuantileSketch[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sketches: QuantileSketch[] = [];
  for (let at = 0; at < bytes.length;) {
    const from = at + LENGTH_BYTES;
    at = from + view.getUint32(at);
    sketches.push(QuantileSketch.fromState(sketchState(bytes.subarray(from, at))));
  }
  return sketches;
}
