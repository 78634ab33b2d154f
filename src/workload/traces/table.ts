/**
 * Reads comma-separated text with a header into named columns of text. It knows lines and commas; what the columns
 * mean is the layouts' affair. Traces hold numbers and plain names, so quoting is refused rather than guessed.
 */
import { InputError, ParameterError } from '../../errors.ts';
import { traceOf, type RecordedRequest, type Trace } from './trace.ts';

/** The trace whose lines `request` reads; `recognise` knows what the columns are, or says why it does not. */
export function readTable(text: string, file: string, recognise: Recognise<RecordedRequest>): Trace {
  const { rows, lines } = readRows(text, file, recognise);
  return traceOfLines(rows, lines, file);
}

/** The trace of requests that stand on these lines of a file. Throws `InputError` at the line of a wrong one. */
export function traceOfLines(
  requests: readonly RecordedRequest[],
  lines: readonly number[],
  file: string,
): Trace {
  try {
    return traceOf(requests);
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    const index = Number(/\d+/.exec(error.path)?.[0]);
    throw fault(file, lines[index]!, error.message);
  }
}

/** From the header to a reader of lines; a text says what is wrong with the header. */
export type Recognise<Row> = (
  header: readonly string[],
) => ((cells: readonly string[], refuse: Refuse) => Row) | string;

/** The rows of the text, and the line in which each stands. Throws `InputError` with file and line. */
export function readRows<Row>(
  text: string,
  file: string,
  recognise: Recognise<Row>,
): { readonly rows: Row[]; readonly lines: number[] } {
  const lines = text.split(/\r?\n/);
  const header = lines[0]!
    .replace(/^\uFEFF/, '')
    .split(',')
    .map((name) => name.trim());
  const rowOf = recognise(header);
  if (typeof rowOf === 'string') throw fault(file, 1, rowOf);
  const rows: Row[] = [];
  /** The line of each row, for messages found later. */
  const lineNumbers: number[] = [];
  lines.forEach((line, index) => {
    if (index === 0 || line === '') return;
    const number = index + 1;
    const cells = line.split(',');
    if (cells.length !== header.length || line.includes('"')) {
      throw fault(
        file,
        number,
        `has ${cells.length} cells where the header has ${header.length}, or quotes; write plain cells`,
      );
    }
    rows.push(
      rowOf(cells, (message) => {
        throw fault(file, number, message);
      }),
    );
    lineNumbers.push(number);
  });
  if (rows.length === 0) throw fault(file, 1, 'holds no requests; give at least one line below the header');
  return { rows, lines: lineNumbers };
}

export type Refuse = (message: string) => never;

/** A cell as a number; `refuse` is told when it is not one, or below `least`. */
export function numberIn(cell: string, name: string, least: number, refuse: Refuse): number {
  const value = cell.trim() === '' ? NaN : Number(cell);
  return Number.isFinite(value) && value >= least
    ? value
    : refuse(`${name} is "${cell}"; expected a number of at least ${least}`);
}

/** A cell as a whole number of at least `least`. */
export function wholeIn(cell: string, name: string, least: number, refuse: Refuse): number {
  const value = numberIn(cell, name, least, refuse);
  return Number.isInteger(value) ? value : refuse(`${name} is "${cell}"; expected a whole number`);
}

/** What is wrong on a line of a file. */
export function fault(file: string, line: number, message: string): InputError {
  return new InputError([{ place: `${file}:${line}`, path: '', message }]);
}
