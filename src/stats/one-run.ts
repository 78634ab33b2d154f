/**
 * One long run: where its warm-up ends and how sure its mean is, although neighbouring values depend on each other. The
 * fallback when many replications are not available: for queues near capacity these intervals cover less than their
 * nominal level.
 */
import { sumOf } from './compensated-sum.ts';
import { requireFinite, requireConfidence, tQuantile, type Interval } from './intervals.ts';

const VALUES_PER_BATCH = 5;

export interface WarmUp {
  /** How many values at the beginning are to be deleted: a multiple of five. */
  readonly cut: number;
  /** The mean of what is left; values beyond the last full batch of five are not looked at. */
  readonly mean: number;
  /** The statistic at the cut, in the square of the values' unit. */
  readonly statistic: number;
  /** The least statistic is where half the run is cut: the run is too short to decide, and nothing should be deleted. */
  readonly tooShort: boolean;
}

/**
 * Where a series has settled, by MSER-5: of batches of five, the cut of at most half of them that leaves the least
 * marginal standard error, Σ (Z − Z̄)² ÷ (number left)². `null` with fewer than two batches. Give it the mean over
 * replications of a series on a grid of time, and do not rely on it alone: it minimises an error, not a bias.
 *
 * Source: K. P. White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69
 * (1997); K. P. White, M. J. Cobb and S. C. Spratt, "A comparison of five steady-state truncation heuristics", WSC
 * 2000.
 *
 * @throws RangeError when a value is not finite
 */
export function mser5(series: readonly number[]): WarmUp | null {
  requireFinite(series);
  const batches = Math.floor(series.length / VALUES_PER_BATCH);
  if (batches < 2) return null;
  const most = Math.floor(batches / 2);
  let best = { after: most, mean: NaN, statistic: Infinity };
  let mean = 0;
  let squares = 0;
  // From the end, so that each batch is taken in once (Welford's update); of equal statistics the shortest cut is kept.
  for (let after = batches - 1; after >= 0; after--) {
    const from = after * VALUES_PER_BATCH;
    const batch = sumOf(series.slice(from, from + VALUES_PER_BATCH)) / VALUES_PER_BATCH;
    const left = batches - after;
    const distance = batch - mean;
    mean += distance / left;
    squares += distance * (batch - mean);
    const statistic = squares / left ** 2;
    if (after <= most && statistic <= best.statistic) best = { after, mean, statistic };
  }
  return {
    cut: best.after * VALUES_PER_BATCH,
    mean: best.mean,
    statistic: best.statistic,
    tooShort: best.after === most,
  };
}

export interface BatchMeans extends Interval {
  /** Autocorrelation of neighbouring batches; `null` when they do not vary. */
  readonly lag1: number | null;
  /** Whether |lag1| < 1.96 ÷ √batches: if not, batches are too short, and the interval is not to be used. */
  readonly independent: boolean;
}

/**
 * The mean of a series in steady state from so many batch means, which are assumed independent; `n` is the number of
 * batches. Ten to thirty are usual.
 *
 * Source: Law, "Simulation Modeling and Analysis", 5th ed. (2015), section 9.5.3.
 *
 * @throws RangeError when a value is not finite, the batches are not whole, equal and two or more, or the confidence level is not
 * between 0 and 1
 */
export function batchMeans(series: readonly number[], batches: number, confidence: number): BatchMeans {
  requireFinite(series);
  requireConfidence(confidence);
  const size = series.length / batches;
  if (!(Number.isSafeInteger(batches) && batches >= 2 && Number.isSafeInteger(size) && size >= 1))
    throw new RangeError(
      `${batches} batches of ${series.length} values: two or more batches of equally many values are needed`,
    );
  const mean = sumOf(series) / series.length;
  const distances = Array.from(
    { length: batches },
    (_, k) => sumOf(series.slice(k * size, (k + 1) * size)) / size - mean,
  );
  const squares = sumOf(distances.map((distance) => distance * distance));
  const neighbours = sumOf(distances.slice(1).map((distance, k) => distance * distances[k]!));
  const lag1 = squares > 0 ? neighbours / squares : null;
  return {
    mean,
    halfWidth: tQuantile((1 + confidence) / 2, batches - 1) * Math.sqrt(squares / (batches - 1) / batches),
    n: batches,
    lag1,
    independent: lag1 === null || Math.abs(lag1) < 1.96 / Math.sqrt(batches),
  };
}

/**
 * The same from batches that begin at every value, which have half as many degrees of freedom again: 1.5 (n ÷ size − 1).
 * `n` is the number of batches that do not overlap, fractions left out.
 *
 * Source: M. S. Meketon and B. Schmeiser, "Overlapping batch means: something for nothing?", WSC 1984.
 *
 * @throws RangeError when a value is not finite, the size is not whole or leaves fewer than two batches, or the confidence level is
 * not between 0 and 1
 */
export function overlappingBatchMeans(series: readonly number[], size: number, confidence: number): Interval {
  requireFinite(series);
  requireConfidence(confidence);
  const n = series.length;
  if (!(Number.isSafeInteger(size) && size >= 1 && 2 * size <= n))
    throw new RangeError(`batches of ${size} among ${n} values: room for two of them is needed`);
  const mean = sumOf(series) / n;
  let running = sumOf(series.slice(0, size));
  const squares = [(running / size - mean) ** 2];
  for (let k = size; k < n; k++) {
    running += series[k]! - series[k - size]!;
    squares.push((running / size - mean) ** 2);
  }
  // The variance of the mean: size ÷ ((n − size + 1)(n − size)) Σ (B − mean)².
  const variance = (size * sumOf(squares)) / ((n - size + 1) * (n - size));
  return {
    mean,
    halfWidth: tQuantile((1 + confidence) / 2, 1.5 * (n / size - 1)) * Math.sqrt(variance),
    n: Math.floor(n / size),
  };
}
