/** Bytes as text: UTF-8, chunk by chunk. It knows encodings, and not what the text means. */
import { isUtf8 } from 'node:buffer';
import { ParameterError } from '../errors.ts';
import { shown } from '../shown.ts';

/**
 * The decoded text without a byte-order mark, in chunks that may end anywhere but within a character. Throws
 * `ParameterError` for another encoding.
 */
export function* textChunks(chunks: Iterable<Uint8Array>): Iterable<string> {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  for (const chunk of chunks) {
    let bytes = rest.length === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    if (!begun) {
      // Room for a byte-order mark and a first character.
      if (bytes.length < LONGEST_BEGINNING) {
        rest = Buffer.from(bytes);
        continue;
      }
      bytes = withoutMark(bytes);
      begun = true;
    }
    const whole = wholeCharacters(bytes);
    yield textOf(bytes.subarray(0, whole));
    // Copied, because the memory of a chunk is reused for the next.
    rest = Buffer.from(bytes.subarray(whole));
  }
  if (rest.length > 0) yield textOf(begun ? rest : withoutMark(rest));
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const LONGEST_BEGINNING = 8;

const MARK = Buffer.from('\uFEFF', 'utf8');

/** The beginning of a text without its byte-order mark; throws if the mark is that of UTF-16. */
function withoutMark(bytes: Buffer): Buffer {
  const [first, second] = bytes;
  const hasWideMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (hasWideMark || (bytes.length > 1 && (first === 0) !== (second === 0)))
    throw new ParameterError(
      '',
      'is UTF-16 text, which is not read; convert it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE',
    );
  if (first === 0) throw new ParameterError('', 'is no text: it begins with bytes of zero; give a text file');
  return bytes.subarray(0, MARK.length).equals(MARK) ? bytes.subarray(MARK.length) : bytes;
}

/** The bytes of a chunk that form whole characters: all but an incomplete one at its end. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    const isContinuation = (byte & 0xc0) === 0x80;
    if (isContinuation) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Characters quoted before an invalid byte, so that it can be located. */
const QUOTED = 24;

function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text;
  const wrong = text.indexOf('\uFFFD');
  const before = text.slice(Math.max(0, wrong - QUOTED), wrong);
  throw new ParameterError(
    '',
    `is not UTF-8 text: there is a byte that belongs to no character after ${shown(before)}; ` +
      'convert it, from Latin-1 for example: iconv -f LATIN1 -t UTF-8 FILE',
  );
}
