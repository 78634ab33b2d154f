/** Text as bytes, deflated where that is worth it. It knows nothing of what it says; JSON keeps every number exactly. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** The first byte says what the others are. */
const PLAIN = 0;
const DEFLATED = 1;

/** To begin deflating costs as much as to simulate a small replication [bytes]. */
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
