/**
 * The text of a file that may be larger than memory: lines, one after another, of chunks as they come. It knows lines
 * and their numbers, and nothing of their content.
 */
import { InputError } from '../../errors.ts';

/** A whole text, or one in chunks that may end anywhere. */
export type Text = string | Iterable<string>;

/** Reports what is wrong with a line by throwing. */
export type Refuse = (message: string) => never;

/**
 * The longest line that is read [characters]: room for the ids of a million tokens, and no end for a file without
 * lines.
 */
export const LONGEST_LINE = 2 ** 24;

/** What is wrong on a line of a file. */
export function fault(file: string, line: number, message: string): InputError {
  return new InputError([{ kind: 'file-content', place: `${file}:${line}`, path: '', message }]);
}

/** The chunks of a text, without a byte-order mark before them. */
export function* chunksOf(text: Text): Iterable<string> {
  let first = true;
  for (const chunk of typeof text === 'string' ? [text] : text) {
    if (chunk === '') continue;
    yield first && chunk.startsWith('\uFEFF') ? chunk.slice(1) : chunk;
    first = false;
  }
}

/**
 * Hands over each line with its number, from 1 on, without its end. Throws `InputError` where there is no end in reach,
 * or one that no system has written for decades.
 */
export function eachLine(text: Text, file: string, take: (line: string, number: number) => void): void {
  let rest = '';
  let number = 1;
  for (const chunk of chunksOf(text)) {
    const known = rest + chunk;
    number = linesIn(known, number, file, take);
    rest = known.slice(known.lastIndexOf('\n') + 1);
    refuseEndless(rest, file, number);
  }
  if (rest !== '') linesIn(`${rest}\n`, number, file, take);
}

/** Hands over the whole lines of a text, the first of which has this number; the number of the line after them. */
export function linesIn(
  text: string,
  first: number,
  file: string,
  take: (line: string, number: number) => void,
): number {
  let number = first;
  let from = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
    const line = text.slice(from, text.charCodeAt(end - 1) === CARRIAGE_RETURN && end > from ? end - 1 : end);
    if (number === 1 && line.includes('\r')) refuseOldEnds(file);
    take(line, number);
    number += 1;
    from = end + 1;
  }
  return number;
}

const CARRIAGE_RETURN = 13;

/** Throws for a line that is too long. */
export function refuseEndless(rest: string, file: string, line: number): void {
  if (rest.length <= LONGEST_LINE) return;
  if (line === 1 && rest.includes('\r')) refuseOldEnds(file);
  throw fault(
    file,
    line,
    `is longer than ${LONGEST_LINE.toLocaleString('en')} characters; write one request per line`,
  );
}

function refuseOldEnds(file: string): never {
  throw fault(
    file,
    1,
    "ends its lines with carriage returns alone, as old Macs did; convert it: tr '\\r' '\\n' < FILE",
  );
}
