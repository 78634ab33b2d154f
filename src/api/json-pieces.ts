/** JSON documents written in pieces: no more text is in memory at once than one piece and one element of a list. */

type Document = Readonly<Record<string, unknown>>;

/**
 * Bytes of an answer that is a single document, at most. Estimates of a month by the hour have six million; those of
 * hundreds of tiers with the longest names a body can hold would have billions.
 */
export const LONGEST_DOCUMENT = 2 ** 25;

/** A piece is sent once it has this many bytes. */
const PIECE = 2 ** 18;

/** A document as JSON in UTF-8, in pieces. Its lists are written element by element, everything else at once. */
export function* jsonPieces(document: Document): Generator<Uint8Array> {
  let held: string[] = [];
  let length = 0;
  for (const part of partsOf(document)) {
    held.push(part);
    length += part.length;
    if (length < PIECE) continue;
    yield Buffer.from(held.join(''));
    held = [];
    length = 0;
  }
  if (held.length > 0) yield Buffer.from(held.join(''));
}

/** Whether a document has at most `most` bytes as JSON in UTF-8; writing stops as soon as the answer is known. */
export function fitsInto(document: Document, most: number): boolean {
  let length = 0;
  for (const part of partsOf(document)) {
    length += Buffer.byteLength(part);
    if (length > most) return false;
  }
  return true;
}

function* partsOf(document: Document): Generator<string> {
  let before = '{';
  for (const [key, value] of Object.entries(document)) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(key)}:`;
    before = ',';
    if (Array.isArray(value)) yield* partsOfList(value);
    else yield JSON.stringify(value);
  }
  yield before === '{' ? '{}' : '}';
}

function* partsOfList(values: readonly unknown[]): Generator<string> {
  let before = '[';
  for (const value of values) {
    yield before + JSON.stringify(value);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}
