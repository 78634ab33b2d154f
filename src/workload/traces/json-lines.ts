/** Reads text with a JSON object a line. It knows lines and values; what the keys mean is the layouts' affair. */
import { fault, type Refuse } from './table.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * The records of a text, and the line in which each stands; blank lines are passed over. `expected` is a line as it should
 * be, for messages. Throws `InputError` with file and line.
 */
export function recordsOf<Read>(
  text: string,
  file: string,
  expected: string,
  read: (record: JsonRecord, refuse: Refuse) => Read,
): { readonly records: Read[]; readonly lines: number[] } {
  const records: Read[] = [];
  const lines: number[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '') return;
    const refuse: Refuse = (message) => {
      throw fault(file, index + 1, message);
    };
    const record = recordOn(line);
    if (record === null) return refuse(`is not a JSON object; expected a line such as ${expected}`);
    records.push(read(record, refuse));
    lines.push(index + 1);
  });
  if (records.length === 0) throw fault(file, 1, 'holds no requests; give at least one line');
  return { records, lines };
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

/** A value in messages. */
export const shown = (value: unknown): string => (value === undefined ? 'missing' : JSON.stringify(value));

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
