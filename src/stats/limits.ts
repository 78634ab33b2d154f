/**
 * Confidence limits that do not lie evenly about their estimate, or do not exist: of a proportion, of a quantile, of a
 * ratio whose denominator is uncertain. Values are independent: one of each replication, not of each request. Knows
 * nothing of where they come from. The confidence level is the probability that the limits enclose the truth, such as 0.95.
 */
import jStat from 'jstat';
import { sumOf } from './compensated-sum.ts';
import { requireFinite, requireConfidence, requireSameLength, tQuantile } from './intervals.ts';
import { quantileOfSorted } from './quantiles.ts';

/** An estimate between two limits; a limit is `null` where the data set none. */
export interface Limits {
  readonly estimate: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

/**
 * A proportion from `successes` in `trials`, by the score interval, which covers well on average and never leaves
 * [0, 1]. All limits are `null` without trials.
 *
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 *
 * @throws RangeError when the counts are not whole with successes ≤ trials, or the confidence level is not between 0 and 1
 */
export function wilsonLimits(successes: number, trials: number, confidence: number): Limits {
  requireCounts(successes, trials);
  requireConfidence(confidence);
  if (trials === 0) return NOTHING;
  const z = jStat.normal.inv((1 + confidence) / 2, 0, 1);
  const share = successes / trials;
  const centre = share + (z * z) / (2 * trials);
  const spread = z * Math.sqrt((share * (1 - share) + (z * z) / (4 * trials)) / trials);
  const scale = 1 + (z * z) / trials;
  return {
    estimate: share,
    lower: successes === 0 ? 0 : (centre - spread) / scale,
    upper: successes === trials ? 1 : (centre + spread) / scale,
  };
}

/**
 * A proportion from `successes` in `trials`, by inverting the binomial distribution: it covers at least as often as the
 * confidence level says. For claims that must not be too bold; wider than Wilson's. All limits are `null` without trials.
 *
 * Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934).
 *
 * @throws RangeError as `wilsonLimits`
 */
export function clopperPearsonLimits(successes: number, trials: number, confidence: number): Limits {
  requireCounts(successes, trials);
  requireConfidence(confidence);
  if (trials === 0) return NOTHING;
  const tail = (1 - confidence) / 2;
  const failures = trials - successes;
  return {
    estimate: successes / trials,
    lower: successes === 0 ? 0 : jStat.beta.inv(tail, successes, failures + 1),
    upper: failures === 0 ? 1 : jStat.beta.inv(1 - tail, successes + 1, failures),
  };
}

/**
 * How many independent trials, with a given number of failures, show at a confidence such as 0.95 that a trial succeeds
 * with probability `share` or more: the least n with P(Bin(n, 1 − share) ≤ failures) ≤ 1 − confidence. Example: 59 days
 * without a failure show 0.95.
 *
 * @throws RangeError when share or confidence is not between 0 and 1, or failures is not a whole number of zero or more
 */
export function trialsToCertify(share: number, failures: number, confidence: number): number {
  requireConfidence(confidence);
  if (!(share > 0 && share < 1)) throw new RangeError(`share ${share}: a number between 0 and 1 is needed`);
  requireCounts(failures, failures);
  const shows = (trials: number) =>
    cumulative(binomialShares(trials, 1 - share, failures))[failures]! <= 1 - confidence;
  let enough = failures + 1;
  while (!shows(enough)) enough *= 2;
  let tooFew = failures;
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (shows(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/** Ranks, from 1, of the order statistics that enclose a quantile; `null` where the values are too few for one. */
export interface QuantileRanks {
  readonly lower: number | null;
  readonly upper: number | null;
  /** The probability that they enclose it, of a continuous distribution: at least the confidence level. */
  readonly coverage: number;
}

/**
 * The order statistics of n independent values between which the p-quantile of their distribution lies: the largest l
 * with P(Bin(n, p) < l) ≤ α ÷ 2 and the smallest u with P(Bin(n, p) ≥ u) ≤ α ÷ 2. Of 100 values none is sure to lie
 * above the 0.99-quantile: there is no upper limit then.
 *
 * Source: H. A. David and H. N. Nagaraja, "Order Statistics", 3rd ed. (2003), section 7.1.
 *
 * @throws RangeError when n is not a whole number of one or more, or p or the confidence level not between 0 and 1
 */
export function quantileRanks(n: number, p: number, confidence: number): QuantileRanks {
  requireCounts(n, n);
  requireConfidence(confidence);
  if (n === 0 || !(p > 0 && p < 1))
    throw new RangeError(`the ${p}-quantile of ${n} values: a share between 0 and 1 and a value are needed`);
  const tail = (1 - confidence) / 2;
  const atMost = cumulative(binomialShares(n, p));
  let lower = 0;
  while (lower < n && atMost[lower]! <= tail) lower++;
  let upper = n + 1;
  while (upper > 1 && 1 - atMost[upper - 2]! <= tail) upper--;
  return {
    lower: lower === 0 ? null : lower,
    upper: upper > n ? null : upper,
    coverage: (upper > n ? 1 : atMost[upper - 1]!) - (lower === 0 ? 0 : atMost[lower - 1]!),
  };
}

/**
 * The p-quantile of the distribution of independent values in rising order, with the limits of `quantileRanks`.
 *
 * @throws RangeError when a value is not finite, or as `quantileRanks`
 */
export function quantileLimits(sorted: readonly number[], p: number, confidence: number): Limits {
  requireFinite(sorted);
  requireConfidence(confidence);
  if (sorted.length === 0) return NOTHING;
  const { lower, upper } = quantileRanks(sorted.length, p, confidence);
  return {
    estimate: quantileOfSorted(sorted, p),
    lower: lower === null ? null : sorted[lower - 1]!,
    upper: upper === null ? null : sorted[upper - 1]!,
  };
}

/**
 * The ratio of two means whose denominator is uncertain, by Fieller's theorem: all ratios r for which the mean of
 * numerator − r × denominator is not distinguishable from 0. Both limits are `null` when the denominator is not
 * distinguishable from 0 either (the set is then unbounded), or with fewer than two replications.
 *
 * Source: E. C. Fieller, "Some problems in interval estimation", JRSS B 16 (1954).
 *
 * @throws RangeError when the lists differ in length, a value is not finite or the confidence level not between 0 and 1
 */
export function fiellerLimits(
  numerators: readonly number[],
  denominators: readonly number[],
  confidence: number,
): Limits {
  requireFinite(numerators);
  requireFinite(denominators);
  requireConfidence(confidence);
  requireSameLength(numerators, denominators);
  const n = numerators.length;
  const above = sumOf(numerators) / n;
  const below = sumOf(denominators) / n;
  if (n === 0 || below === 0) return NOTHING;
  const estimate = above / below;
  if (n < 2) return { estimate, lower: null, upper: null };
  const product = (a: readonly number[], meanA: number, b: readonly number[], meanB: number) =>
    sumOf(a.map((x, i) => (x - meanA) * (b[i]! - meanB))) / (n - 1) / n;
  const t2 = tQuantile((1 + confidence) / 2, n - 1) ** 2;
  // The limits are the roots of r² (b² − t² s_bb) − 2 r (a b − t² s_ab) + (a² − t² s_aa) = 0.
  const squared = below * below - t2 * product(denominators, below, denominators, below);
  if (squared <= 0) return { estimate, lower: null, upper: null };
  const linear = above * below - t2 * product(numerators, above, denominators, below);
  const constant = above * above - t2 * product(numerators, above, numerators, above);
  // With a denominator above 0 in this sense the roots are real up to rounding.
  const root = Math.sqrt(Math.max(0, linear * linear - squared * constant));
  return { estimate, lower: (linear - root) / squared, upper: (linear + root) / squared };
}

const NOTHING: Limits = { estimate: null, lower: null, upper: null };

/** P(Bin(n, p) = k) for k = 0 … last, by logarithms: the first of them may be below 1e-308. */
function binomialShares(n: number, p: number, last = n): number[] {
  const odds = Math.log(p) - Math.log1p(-p);
  let log = n * Math.log1p(-p);
  const shares = [Math.exp(log)];
  for (let k = 1; k <= last; k++) {
    log += Math.log((n - k + 1) / k) + odds;
    shares.push(Math.exp(log));
  }
  return shares;
}

function cumulative(shares: readonly number[]): number[] {
  let sum = 0;
  return shares.map((share) => (sum += share));
}

function requireCounts(successes: number, trials: number): void {
  if (!(
    Number.isSafeInteger(successes) &&
    Number.isSafeInteger(trials) &&
    successes >= 0 &&
    successes <= trials
  ))
    throw new RangeError(
      `${successes} of ${trials}: whole numbers of zero or more are needed, and no more than there are`,
    );
}
