/** Reads text with one JSON object per line. It knows lines and values; the layouts know what the keys mean. */
import { shown } from '../../shown.ts';
import { eachLine, fault, type Refuse, type Text } from './text.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * Hands over each record with its line, and the text of it for callers that need its digits; blank lines are skipped.
 * `expected` is a line as it should be, for messages. Throws `InputError` with file and line; a file without records is
 * one that is wrong.
 */
export function eachJsonRecord(
  text: Text,
  file: string,
  expected: string,
  take: (record: JsonRecord, refuse: Refuse, line: number, written: string) => void,
): void {
  let records = 0;
  eachLine(text, file, (written, line) => {
    if (written.trim() === '') return;
    const refuse: Refuse = (message) => {
      throw fault(file, line, message);
    };
    const record = recordOn(written);
    if (record === null)
      return refuse(
        `is not a JSON object: ${shown(written.trim())}; expected a line such as ${expected}${oneALine(written)}${withoutNumbers(written)}`,
      );
    records += 1;
    return take(record, refuse, line, written);
  });
  if (records === 0) throw fault(file, 1, 'holds no requests; give at least one line');
}

/** How to convert other JSON to one object per line; empty for text that is not JSON. */
function oneALine(line: string): string {
  const text = line.trim();
  if (text.startsWith('['))
    return "; the objects of a list are put on lines of their own by: jq -c '.[]' FILE";
  return text === '{' ? '; an object over several lines is put on one by: jq -c . FILE' : '';
}

/** What programs write for a number that there is not, and JSON does not know; outside of texts. */
const NO_NUMBER = /"(?:[^"\\]|\\.)*"|(?<![\w.])(NaN|Infinity)(?!\w)/g;

/** What to do where numbers are written that are none; nothing where there are none of them. */
export function withoutNumbers(text: string): string {
  for (const [, word] of text.matchAll(NO_NUMBER))
    if (word !== undefined)
      return `; JSON has no ${word}: write null, or leave the key out, where there is no number`;
  return '';
}

function recordOn(line: string): JsonRecord | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonRecord)
      : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** A number of at least `least`. */
export function numberOf(record: JsonRecord, key: string, least: number, refuse: Refuse): number {
  const value = record[key];
  return typeof value === 'number' && value >= least
    ? value
    : refuse(`${key} is ${shown(value)}; expected a number of at least ${least}`);
}

/** A whole number of at least `least`. */
export function wholeOf(record: JsonRecord, key: string, least: number, refuse: Refuse): number {
  const value = record[key];
  return Number.isSafeInteger(value) && (value as number) >= least
    ? (value as number)
    : refuse(`${key} is ${shown(value)}; expected a whole number of at least ${least}`);
}

/** JSON: a name in quotes, or a whole number too long for a double to hold. */
const TEXT_OR_LONG_NUMBER = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?\d{16,}(?![\d.eE])/g;

/**
 * The same record with its long whole numbers as text, digit by digit: as numbers two different ones may be one. Call it
 * where a value matters as a name and not as a quantity.
 */
export const withLongNumbersAsText = (written: string): JsonRecord =>
  recordOn(written.replace(TEXT_OR_LONG_NUMBER, (part) => (part.startsWith('"') ? part : `"${part}"`)))!;
