/** The books of a replication as bytes: JSON, which keeps every number exactly, deflated where that is worth it. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Books } from '../economics/books.ts';

/** The first byte says what the others are. */
const PLAIN = 0;
const DEFLATED = 1;

/** To begin deflating costs as much as to simulate a small replication [bytes]. */
const WORTH_DEFLATING = 4_096;

export function booksBytes(books: Books): Uint8Array {
  const json = Buffer.from(JSON.stringify(books));
  return json.length < WORTH_DEFLATING
    ? Buffer.concat([Uint8Array.of(PLAIN), json])
    : Buffer.concat([Uint8Array.of(DEFLATED), deflateRawSync(json, { level: 1 })]);
}

export function booksFrom(bytes: Uint8Array): Books {
  const body = bytes.subarray(1);
  const json = bytes[0] === DEFLATED ? inflateRawSync(body) : Buffer.from(body);
  return JSON.parse(json.toString()) as Books;
}
