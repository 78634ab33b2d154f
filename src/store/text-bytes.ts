/**
 * Text as bytes, deflated if that is worthwhile. It knows nothing of what the text means; JSON keeps every number
 * exactly.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** The first byte gives the encoding of the others. */
const PLAIN = 0;
const DEFLATED = 1;

/** Below this size, starting to deflate costs as much as simulating a small replication [bytes]. */
const WORTH_DEFLATING = 4_096;

export function textBytes(text: string): Uint8Array {
  const plain = Buffer.from(text);
  return plain.length < WORTH_DEFLATING
    ? Buffer.concat([Uint8Array.of(PLAIN), plain])
    : Buffer.concat([Uint8Array.of(DEFLATED), deflateRawSync(plain, { level: 1 })]);
}

/** The text that `textBytes` wrote. */
export function textFrom(bytes: Uint8Array): string {
  const body = bytes.subarray(1);
  const plain = bytes[0] === DEFLATED ? inflateRawSync(body) : Buffer.from(body);
  return plain.toString();
}
