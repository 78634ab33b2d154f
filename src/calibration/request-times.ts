/** The three times of a request by which engines are compared, from its instants. It knows the conventions only. */

/** Instants of requests, by index [s]. */
export interface Instants {
  readonly firstTokenAt: Float64Array;
  readonly lastTokenAt: Float64Array;
}

/** Arrival to first token [s]. */
export function ttftOf(arrivedAt: Float64Array, { firstTokenAt }: Instants, index: number): number {
  return firstTokenAt[index]! - arrivedAt[index]!;
}

/** (Last − first token) ÷ (output tokens − 1) [s/token]; `null` for an output of one token. */
export function tpotOf(
  outputTokens: Float64Array,
  { firstTokenAt, lastTokenAt }: Instants,
  index: number,
): number | null {
  const further = outputTokens[index]! - 1;
  return further > 0 ? (lastTokenAt[index]! - firstTokenAt[index]!) / further : null;
}

/** Arrival to last token [s]. */
export function e2eOf(arrivedAt: Float64Array, { lastTokenAt }: Instants, index: number): number {
  return lastTokenAt[index]! - arrivedAt[index]!;
}
