/**
 * Quantile sketches as bytes: lossless, and small enough to keep one for every distribution of every replication. It
 * knows the state of a sketch and nothing of what is in it.
 */
import type { QuantileSketchState } from '../stats/index.ts';
import { numbersBytes, numbersFrom } from './number-bytes.ts';

const HEADER = [
  'limit',
  'binnedWeight',
  'zeroWeight',
  'smallest',
  'largest',
] as const satisfies readonly (keyof QuantileSketchState)[];

/** The numbers before the lists: the header, whether values are in bins, and the lengths of the lists. */
const FIXED = HEADER.length + 3;

/** The bytes of a sketch whose kept values are in rising order; the order is not part of its content. */
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
  return numbersBytes(all);
}

/** The sketch that `sketchBytes` wrote; its lists share memory. */
export function sketchState(bytes: Uint8Array): QuantileSketchState {
  const all = numbersFrom(bytes);
  const [limit, binnedWeight, zeroWeight, smallest, largest, binned, kept, pages] = all.subarray(0, FIXED);
  const exponentsEnd = FIXED + pages!;
  const valuesEnd = exponentsEnd + kept!;
  return {
    limit: limit!,
    values: all.subarray(exponentsEnd, valuesEnd),
    binned: binned === 1,
    binnedWeight: binnedWeight!,
    zeroWeight: zeroWeight!,
    smallest: smallest!,
    largest: largest!,
    exponents: Uint16Array.from(all.subarray(FIXED, exponentsEnd)),
    weights: all.subarray(valuesEnd),
  };
}
