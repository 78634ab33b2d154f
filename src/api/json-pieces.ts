/** JSON documents that are written in pieces: of none is there ever more text at once than a piece and one of its parts. */

type Document = Readonly<Record<string, unknown>>;

/** A piece is sent when it has so many bytes. */
const PIECE = 2 ** 18;

/** What a document is as JSON in UTF-8, in pieces. Its lists are written part by part, all else at once. */
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

/** Whether a document has no more than so many bytes as JSON in UTF-8; it is written no further than to know that. */
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
