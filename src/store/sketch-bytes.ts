/**
 * Quantile sketches as bytes: lossless, and small enough to keep one for every distribution of every replication. Knows
 * the state of a sketch and nothing of what is in it.
 *
 * Numbers are written byte plane by byte plane, all first bytes, all second bytes and so on, and deflated: neighbours in
 * order share their leading bytes, and differences of instants end in zeros, so that a kept value takes about half of
 * its 8 bytes and an empty bin next to nothing.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { QuantileSketchState } from '../stats/index.ts';

const HEADER = [
  'limit',
  'binnedWeight',
  'zeroWeight',
  'smallest',
  'largest',
] as const satisfies readonly (keyof QuantileSketchState)[];

/** The first byte says what the others are. */
const PLAIN = 0;
const DEFLATED = 1;

/** To begin deflating costs as much as to simulate a small replication [bytes]. */
const WORTH_DEFLATING = 1_024;

/** The numbers before the lists: the header, whether values are in bins, and the lengths of the lists. */
const FIXED = HEADER.length + 3;

/** The bytes of a sketch whose kept values are in rising order; the order does not belong to its content. */
export function sketchBytes(state: QuantileSketchState): Uint8Array {
  const { values, exponents, weights } = state;
  const numbers = Float64Array.from([
    ...HEADER.map((name) => state[name]),
    Number(state.binned),
    values.length,
    exponents.length,
    ...exponents,
  ]);
  const all = new Float64Array(numbers.length + values.length + weights.length);
  all.set(numbers);
  all.set(values, numbers.length);
  all.set(weights, numbers.length + values.length);
  const bytes = planesOf(all);
  return bytes.length < WORTH_DEFLATING
    ? tagged(PLAIN, bytes)
    : tagged(DEFLATED, deflateRawSync(bytes, { level: 1 }));
}

/** The sketch that `sketchBytes` wrote. */
export function sketchState(bytes: Uint8Array): QuantileSketchState {
  const content = bytes.subarray(1);
  const all = numbersOf(bytes[0] === DEFLATED ? inflateRawSync(content) : content);
  const [limit, binnedWeight, zeroWeight, smallest, largest, binned, kept, pages] = all.subarray(0, FIXED);
  const exponentsEnd = FIXED + pages!;
  const valuesEnd = exponentsEnd + kept!;
  return {
    limit: limit!,
    values: all.slice(exponentsEnd, valuesEnd),
    binned: binned === 1,
    binnedWeight: binnedWeight!,
    zeroWeight: zeroWeight!,
    smallest: smallest!,
    largest: largest!,
    exponents: Uint16Array.from(all.subarray(FIXED, exponentsEnd)),
    weights: all.slice(valuesEnd),
  };
}

function tagged(tag: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + content.length);
  bytes[0] = tag;
  bytes.set(content, 1);
  return bytes;
}

const WIDTH = Float64Array.BYTES_PER_ELEMENT;

function planesOf(numbers: Float64Array): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer);
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
