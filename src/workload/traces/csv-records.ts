/**
 * Comma-separated text (RFC 4180) as cells, record by record. It knows commas, quotes and lines; what the cells mean is
 * up to the caller.
 *
 * Records without quotes, as traces are published, are cut at their commas here; a stretch of text with quotes in it
 * goes through `csv-parse`, which takes about eight times as long (measured).
 */
import { CsvError, parse } from 'csv-parse/sync';
import { chunksOf, fault, linesIn, refuseEndless, type Text } from './text.ts';

/** Is handed the cells of a record and the line on which it ends. */
export type TakeCells = (cells: readonly string[], line: number) => void;

/** Hands over every record; blank lines are none. Throws `InputError` for quotes that are not right. */
export function eachRecord(text: Text, file: string, take: TakeCells): void {
  let rest = '';
  let line = 1;
  for (const chunk of chunksOf(text)) {
    const known = rest + chunk;
    const end = endOfRecords(known);
    line = recordsIn(known.slice(0, end), line, file, take);
    rest = known.slice(end);
    refuseEndless(rest, file, line);
  }
  if (rest !== '') recordsIn(`${rest}\n`, line, file, take);
}

/** Where the last whole record of a text ends: after the last line end outside quotes. */
function endOfRecords(text: string): number {
  let end = 0;
  let quoted = false;
  for (let from = 0; ;) {
    const quote = text.indexOf('"', from);
    if (!quoted) {
      const lineEnd = text.lastIndexOf('\n', quote < 0 ? text.length : quote);
      if (lineEnd >= from) end = lineEnd + 1;
    }
    if (quote < 0) return end;
    quoted = !quoted;
    from = quote + 1;
  }
}

/** Hands over the records of a text, the first of which begins on this line; the line after them. */
function recordsIn(text: string, first: number, file: string, take: TakeCells): number {
  if (!text.includes('"'))
    return linesIn(text, first, file, (line, number) => {
      if (line !== '') take(line.split(','), number);
    });
  for (const { record, info } of quotedRecords(text, first, file)) take(record, first + info.lines - 1);
  return first + lineEndsIn(text);
}

interface QuotedRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function quotedRecords(text: string, first: number, file: string): readonly QuotedRecord[] {
  try {
    return parse(text, {
      info: true,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as readonly QuotedRecord[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Only what is left at the end of a text can have such a quote, and it begins with the record that has it.
    if (error.code === 'CSV_QUOTE_NOT_CLOSED')
      throw fault(
        file,
        first,
        'has a quote that is never closed; close it, or write two for one that belongs to the cell',
      );
    throw fault(
      file,
      first + Number(error['lines']) - 1,
      'has a quote within a cell; put the whole cell in quotes, and write two for one that belongs to it',
    );
  }
}

function lineEndsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
