/**
 * Reads comma-separated text with a header, row by row. It knows the header and cells; what the columns mean is the
 * layouts' task.
 */
import { shown, shownText } from '../../shown.ts';
import { decimalOf } from '../../units.ts';
import { eachRecord } from './csv-records.ts';
import { chunksOf, fault, type Refuse, type Text } from './text.ts';

/** From the header to a reader of rows; a text says what is wrong with the header. */
export type Recognise<Row> = (
  header: readonly string[],
) => ((cells: readonly string[], refuse: Refuse) => Row) | string;

/**
 * Hands over each row with its line. `insteadOfJson` says what is to be done with a file of JSON. Throws `InputError`
 * with file and line; a file without rows is refused.
 */
export function eachRow<Row>(
  text: Text,
  file: string,
  recognise: Recognise<Row>,
  take: (row: Row, line: number) => void,
  insteadOfJson = 'give comma-separated text with a header',
): void {
  let header: readonly string[] | null = null;
  let rowOf: ((cells: readonly string[], refuse: Refuse) => Row) | null = null;
  let rows = 0;
  const begin = (cells: readonly string[], line: number) => {
    header = cells.map((name) => name.trim());
    const recognised = recognise(header);
    if (typeof recognised === 'string')
      throw fault(file, line, otherSeparator(cells.join(',')) ?? recognised);
    const twice = header.find((name, at) => name !== '' && header!.indexOf(name) < at);
    if (twice !== undefined)
      throw fault(file, line, `the column ${shown(twice)} is duplicated in the header; keep one of them`);
    rowOf = recognised;
  };
  eachRecord(notJson(text, file, insteadOfJson), file, (cells, line) => {
    if (header === null || rowOf === null) return begin(cells, line);
    const refuse: Refuse = (message) => {
      throw fault(file, line, message);
    };
    if (cells.length !== header.length)
      return refuse(
        `has ${cells.length} cells where the header has ${header.length}; give each column a cell, empty where there is nothing`,
      );
    rows += 1;
    return take(rowOf(cells, refuse), line);
  });
  if (header === null) begin([''], 1);
  if (rows === 0) throw fault(file, 1, 'holds no requests; give at least one line below the header');
}

/** The chunks of a text; throws where it begins as JSON does, whose quotes would be taken for those of cells. */
function* notJson(text: Text, file: string, insteadOfJson: string): Iterable<string> {
  let first = true;
  for (const chunk of chunksOf(text)) {
    if (first && /^\s*[[{]/.test(chunk))
      throw fault(file, 1, `is JSON and not comma-separated text; ${insteadOfJson}`);
    first = false;
    yield chunk;
  }
}

/** By what the cells of a header are separated, and what to do; `null` where it is by commas. */
function otherSeparator(header: string): string | null {
  const separators = { semicolons: ';', tabs: '\t', bars: '|' };
  for (const [name, separator] of Object.entries(separators)) {
    if (header.includes(separator) && !header.includes(','))
      return `the cells are separated by ${name}; write commas between them, and points in numbers`;
  }
  return null;
}

/** A header as quoted in messages: enough of it to recognise. */
export const headerText = (header: readonly string[]): string =>
  `the header is "${shownText(header.join(','), MOST_OF_HEADER)}"`;

const MOST_OF_HEADER = 120;

/** A cell as a number; `refuse` is called when it is not one, or below `least`. */
export function numberIn(cell: string, name: string, least: number, refuse: Refuse): number {
  const value = decimalOf(cell);
  return Number.isFinite(value) && value >= least
    ? value
    : refuse(`${name} is ${shown(cell)}; expected a decimal number of at least ${least}`);
}

/** A cell as a whole number of at least `least`. */
export function wholeIn(cell: string, name: string, least: number, refuse: Refuse): number {
  const value = numberIn(cell, name, least, refuse);
  return Number.isSafeInteger(value) ? value : refuse(`${name} is ${shown(cell)}; expected a whole number`);
}
