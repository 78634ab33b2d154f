/** Tables as files: CSV, JSON and Parquet, made piece by piece. It knows formats, and nothing of what the rows mean. */
import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { EnvironmentError } from '../errors.ts';
import { markedText } from '../input/csv-text.ts';
import type { ExportColumn, ExportFormat } from './export-columns.ts';
import type { Cell } from './export-rows.ts';

type Row = Readonly<Record<string, Cell>>;
type Pieces = (columns: readonly ExportColumn[], rows: Iterable<Row>) => Iterable<string | Uint8Array>;

/** Writes a table; the file gets its name once it is complete. Throws `EnvironmentError` if it cannot be written. */
export function writeTable(
  path: string,
  format: ExportFormat,
  columns: readonly ExportColumn[],
  rows: Iterable<Row>,
): void {
  const partial = `${path}.partial`;
  try {
    writePieces(partial, tablePieces(format, columns, rows));
    renameSync(partial, path);
  } catch (error) {
    if (existsSync(partial)) rmSync(partial);
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new EnvironmentError(`${path} cannot be written: ${error.message}`, { cause: error });
  }
}

/**
 * The file of a table, piece by piece: rows are read as pieces are requested, and a piece has the bytes of some
 * thousand rows, however many there are.
 */
export function* tablePieces(
  format: ExportFormat,
  columns: readonly ExportColumn[],
  rows: Iterable<Row>,
): Generator<Uint8Array> {
  for (const piece of PIECES[format](columns, rows))
    yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

/** Rows converted at once into text, and into a group of columns. */
const ROWS_OF_TEXT = 1_000;
const ROWS_OF_GROUP = 10_000;

/** The types of Parquet; counts of requests and indices fit in 32 bits. */
const PARQUET_TYPES = { text: 'STRING', integer: 'INT32', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;

const PIECES: Readonly<Record<ExportFormat, Pieces>> = {
  *csv(columns, rows) {
    const names = columns.map(({ name }) => name);
    yield `${names.join(',')}\n`;
    for (const chunk of chunksOf(rows, ROWS_OF_TEXT))
      yield stringify(chunk, { columns: names, cast: CSV_CAST });
  },

  *json(columns, rows) {
    const names = columns.map(({ name }) => name);
    let before = '[';
    for (const chunk of chunksOf(rows, ROWS_OF_TEXT)) {
      yield before + chunk.map((row) => `\n${JSON.stringify(row, names)}`).join(',');
      before = ',';
    }
    yield before === '[' ? '[]\n' : '\n]\n';
  },

  *parquet(columns, rows) {
    const writer = new ByteWriter();
    const taken = () => {
      const bytes = writer.getBytes().slice();
      // Rewinds the write position; the count of bytes so far is kept, and with it the offset of each column.
      writer.index = 0;
      return bytes;
    };
    const dataOf = (chunk: readonly Row[]) =>
      columns.map(({ name, type }) => ({
        name,
        type: PARQUET_TYPES[type],
        nullable: true,
        data: chunk.map((row) => row[name]),
      }));
    const schema = schemaFromColumnData({ columnData: dataOf([]) });
    const parquet = new ParquetWriter({ writer, schema, createdBy: 'fleetyield' });
    for (const chunk of chunksOf(rows, ROWS_OF_GROUP)) {
      void parquet.write({ columnData: dataOf(chunk), rowGroupSize: chunk.length });
      yield taken();
    }
    void parquet.finish();
    yield taken();
  },
};

const CSV_CAST = {
  string: markedText,
  boolean: (value: boolean) => String(value),
  // The shortest text that reads back as the same number.
  number: (value: number) => String(value),
};

function writePieces(path: string, pieces: Iterable<Uint8Array>): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of pieces) writeSync(file, piece);
  } finally {
    closeSync(file);
  }
}

function* chunksOf(rows: Iterable<Row>, most: number): Generator<Row[]> {
  let chunk: Row[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length === most) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
