/**
 * Does a sample come from a distribution? Every test here is made to raise a false alarm about twice in a million; with
 * a fixed seed it then always passes or always fails.
 */
import jStat from 'jstat';

/** |z| beyond which a normal deviate is refused: probability 1.6e-6. */
export const Z_LIMIT = 4.8;
/** √n × the Kolmogorov-Smirnov distance beyond which a sample is refused: 2 exp(−2 × 2.6²) = 2.7e-6. */
export const KS_LIMIT = 2.6;
/** The probability below which a χ² statistic is refused. */
export const CHI_SQUARE_ALARM = 2e-6;

/** What is known of a distribution exactly. */
export interface Known {
  /** Distribution function; left out for distributions with atoms. */
  readonly cdf?: (x: number) => number;
  /** For whole-number distributions: probability of k, for k = 1, 2, … */
  readonly probability?: (k: number) => number;
  readonly mean: number;
  readonly variance: number;
  /** Fourth central moment ÷ variance²; left out when infinite or so large that the sample variance is not normal. */
  readonly kurtosis?: number;
}

/** What speaks against the sample coming from the distribution; empty when nothing does. */
export function objections(sample: readonly number[], known: Known): string[] {
  const n = sample.length;
  const mean = sample.reduce((a, b) => a + b, 0) / n;
  const variance = sample.reduce((a, x) => a + (x - known.mean) ** 2, 0) / n;
  const found: string[] = [];
  const zMean = (mean - known.mean) / Math.sqrt(known.variance / n);
  if (!(Math.abs(zMean) <= Z_LIMIT)) found.push(`mean ${mean} for ${known.mean}, z = ${zMean}`);
  if (known.kurtosis !== undefined) {
    const zVariance = (variance / known.variance - 1) / Math.sqrt((known.kurtosis - 1) / n);
    if (!(Math.abs(zVariance) <= Z_LIMIT)) {
      found.push(`variance ${variance} for ${known.variance}, z = ${zVariance}`);
    }
  }
  if (known.cdf !== undefined) {
    const distance = Math.sqrt(n) * ksDistance(sample, known.cdf);
    if (!(distance <= KS_LIMIT)) found.push(`Kolmogorov-Smirnov ${distance}`);
  }
  if (known.probability !== undefined) {
    const alarm = wholeNumberAlarm(sample, known.probability);
    if (!(alarm >= CHI_SQUARE_ALARM)) found.push(`chi-square probability ${alarm}`);
  }
  return found;
}

/** The largest distance between the sample's distribution function and a continuous one. */
export function ksDistance(sample: readonly number[], cdf: (x: number) => number): number {
  const n = sample.length;
  const sorted = Float64Array.from(sample).sort();
  let distance = 0;
  sorted.forEach((x, i) => {
    const f = cdf(x);
    distance = Math.max(distance, f - i / n, (i + 1) / n - f);
  });
  return distance;
}

/** Probability of a χ² statistic at least this large when counts have these expectations. */
export function chiSquareAlarm(counts: readonly number[], expected: readonly number[]): number {
  const statistic = counts.reduce((sum, count, i) => sum + (count - expected[i]!) ** 2 / expected[i]!, 0);
  return 1 - jStat.chisquare.cdf(statistic, counts.length - 1);
}

/** χ² over k = 1, 2, … as far as 20 are expected of each, and one cell for all other values. */
function wholeNumberAlarm(sample: readonly number[], probability: (k: number) => number): number {
  const n = sample.length;
  const expected: number[] = [];
  let rest = n;
  for (let k = 1; n * probability(k) >= 20; k++) {
    expected.push(n * probability(k));
    rest -= n * probability(k);
  }
  const counts = expected.map((_, i) => sample.filter((x) => x === i + 1).length);
  counts.push(n - counts.reduce((a, b) => a + b, 0));
  return chiSquareAlarm(counts, [...expected, rest]);
}
