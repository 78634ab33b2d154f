/** Tables as files: CSV, JSON and Parquet, written row by row. It knows formats, and nothing of what the rows say. */
import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { EnvironmentError } from '../errors.ts';
import type { ExportColumn } from './export-columns.ts';
import type { Cell } from './export-rows.ts';

export const EXPORT_FORMATS = ['csv', 'json', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

type Row = Readonly<Record<string, Cell>>;
type Write = (path: string, columns: readonly ExportColumn[], rows: Iterable<Row>) => void;

/** Writes a table; the file takes its name when it is whole. Throws `EnvironmentError` where it cannot. */
export function writeTable(
  path: string,
  format: ExportFormat,
  columns: readonly ExportColumn[],
  rows: Iterable<Row>,
): void {
  const partial = `${path}.partial`;
  try {
    WRITERS[format](partial, columns, rows);
    renameSync(partial, path);
  } catch (error) {
    if (existsSync(partial)) rmSync(partial);
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new EnvironmentError(`${path} cannot be written: ${error.message}`, { cause: error });
  }
}

/** Rows that are turned into text, or into a group of columns, at once. */
const ROWS_AT_ONCE = 10_000;

/** The types of Parquet; counts of requests and indices fit in 32 bits. */
const PARQUET_TYPES = { text: 'STRING', integer: 'INT32', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;

const WRITERS: Readonly<Record<ExportFormat, Write>> = {
  csv: (path, columns, rows) =>
    writeText(path, function* () {
      const names = columns.map(({ name }) => name);
      yield `${names.join(',')}\n`;
      for (const chunk of chunksOf(rows)) yield stringify(chunk, { columns: names, cast: CSV_CAST });
    }),

  json: (path, columns, rows) =>
    writeText(path, function* () {
      const names = columns.map(({ name }) => name);
      let before = '[';
      for (const chunk of chunksOf(rows)) {
        yield before + chunk.map((row) => `\n${JSON.stringify(row, names)}`).join(',');
        before = ',';
      }
      yield before === '[' ? '[]\n' : '\n]\n';
    }),

  parquet: (path, columns, rows) => {
    void parquetWriteRows({
      writer: fileWriter(path),
      rows: rows as Iterable<Record<string, Cell>>,
      columns: columns.map(({ name, type }) => ({ name, type: PARQUET_TYPES[type] })),
      rowGroupSize: ROWS_AT_ONCE,
      createdBy: 'fleetyield',
    });
  },
};

const CSV_CAST = {
  boolean: (value: boolean) => String(value),
  // The shortest text that reads back as the same number.
  number: (value: number) => String(value),
};

function writeText(path: string, pieces: () => Iterable<string>): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of pieces()) writeSync(file, piece);
  } finally {
    closeSync(file);
  }
}

function* chunksOf(rows: Iterable<Row>): Generator<Row[]> {
  let chunk: Row[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length === ROWS_AT_ONCE) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
