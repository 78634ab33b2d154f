/**
 * Lists of numbers as bytes, lossless and small. It knows nothing of what they mean.
 *
 * They are written byte plane by byte plane, all first bytes, all second bytes and so on, and deflated: numbers in
 * order share their leading bytes with their neighbours, and differences of instants end in zeros, so that a kept value
 * takes about half of its 8 bytes and an empty bin next to nothing.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** The first byte gives the encoding of the others. */
const PLAIN = 0;
const DEFLATED = 1;

/** Below this size, starting to deflate costs as much as simulating a small replication [bytes]. */
const WORTH_DEFLATING = 1_024;

/** The bytes of numbers, NaN included. */
export function numbersBytes(numbers: Float64Array): Uint8Array {
  const planes = planesOf(numbers);
  return planes.length < WORTH_DEFLATING
    ? tagged(PLAIN, planes)
    : tagged(DEFLATED, deflateRawSync(planes, { level: 1 }));
}

/** The numbers that `numbersBytes` wrote. */
export function numbersFrom(bytes: Uint8Array): Float64Array {
  const content = bytes.subarray(1);
  return numbersOf(bytes[0] === DEFLATED ? inflated(content) : content);
}

/** Inflating into chunks of 16 KiB, the default, takes longer than inflating a small record itself [bytes]. */
const LARGEST_STEP = 16_384;
const USUAL_GROWTH = 12;

function inflated(content: Uint8Array): Uint8Array {
  const step = Math.max(WORTH_DEFLATING, USUAL_GROWTH * content.length);
  return inflateRawSync(content, { chunkSize: Math.min(LARGEST_STEP, step) });
}

function tagged(tag: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + content.length);
  bytes[0] = tag;
  bytes.set(content, 1);
  return bytes;
}

const WIDTH = Float64Array.BYTES_PER_ELEMENT;

function planesOf(numbers: Float64Array): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const planes = new Uint8Array(bytes.length);
  for (let plane = 0, to = 0; plane < WIDTH; plane++) {
    for (let from = plane; from < bytes.length; from += WIDTH) planes[to++] = bytes[from]!;
  }
  return planes;
}

function numbersOf(planes: Uint8Array): Float64Array {
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0, from = 0; plane < WIDTH; plane++) {
    for (let to = plane; to < bytes.length; to += WIDTH) bytes[to] = planes[from++]!;
  }
  return new Float64Array(bytes.buffer);
}
