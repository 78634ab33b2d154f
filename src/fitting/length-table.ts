/**
 * Quantile tables of measured lengths: the fewest points whose straight lines stay near the measured distribution. It
 * knows numbers, and nothing of what they count.
 */

/**
 * How far a table may be from the distribution it represents: this much in probability, less where the sample is large
 * enough to resolve more (1 ÷ √n), and in the tails this share of the probability beyond, except for the last few
 * values.
 */
export const TABLE_TOLERANCE = 0.005;
const TAIL_SHARE = 0.1;
const LAST_VALUES = 3;

export type TablePoint = readonly [probability: number, value: number];

/**
 * A table of sorted values, of which there is one at least, within `TABLE_TOLERANCE` of their distribution: the corners
 * of their distribution function (below and at each value), thinned by the method of Douglas and Peucker (1973) with
 * distances in probability. A value that many share keeps both of its corners, so that the table gives it whole.
 * Probabilities are rounded to 5 digits.
 */
export function quantileTable(sorted: ArrayLike<number>): TablePoint[] {
  const corners: { readonly p: number; readonly value: number }[] = [];
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to += 1;
    corners.push(
      { p: from / sorted.length, value: sorted[from]! },
      { p: to / sorted.length, value: sorted[from]! },
    );
    from = to;
  }
  const tolerance = Math.min(TABLE_TOLERANCE, 1 / Math.sqrt(sorted.length));
  const toleranceAt = (p: number) =>
    Math.max(Math.min(tolerance, TAIL_SHARE * Math.min(p, 1 - p)), LAST_VALUES / sorted.length);
  const kept = new Set<number>([0, corners.length - 1]);
  const segments: [number, number][] = [[0, corners.length - 1]];
  for (let segment = segments.pop(); segment !== undefined; segment = segments.pop()) {
    const [first, last] = segment;
    let furthest = -1;
    let excess = 1;
    const { p: p0, value: v0 } = corners[first]!;
    const { p: p1, value: v1 } = corners[last]!;
    for (let at = first + 1; at < last; at++) {
      const { p, value } = corners[at]!;
      // On a line between equal values everything is there; else it is as far as the line is in probability.
      const away = v1 === v0 ? 0 : Math.abs(p - (p0 + ((p1 - p0) * (value - v0)) / (v1 - v0)));
      if (away > excess * toleranceAt(p)) [furthest, excess] = [at, away / toleranceAt(p)];
    }
    if (furthest < 0) continue;
    kept.add(furthest);
    segments.push([first, furthest], [furthest, last]);
  }
  const points = [...kept]
    .sort((a, b) => a - b)
    .map((at): TablePoint => [Number(corners[at]!.p.toFixed(5)), corners[at]!.value]);
  // Of corners that round to one probability the highest stays, but the least value of all has probability 0.
  return points.filter(([p], index) => (p === 0 ? index === 0 : p !== points[index + 1]?.[0]));
}
