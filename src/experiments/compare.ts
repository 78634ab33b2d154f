/**
 * Comparisons: what several scenarios say beyond a baseline, replication by replication. They share their seed, so each
 * replication meets the same demand unless the scenario changes demand itself; the difference is then known far better
 * than either side. Sources: METHODOLOGY 1.9 and 1.10; Law, "Simulation Modeling and Analysis" (2015), sections 10.2, 11.2.
 */
import { holmAdjusted, sumOf, tQuantile, tTails, type Measurement } from '../stats/index.ts';
import { contributionsOf, intervalOf, QuantilePools, type Contributions } from './contributions.ts';

/** The replications of one scenario; the same indices in all that are compared. */
export interface Side {
  readonly name: string;
  /** By replication. */
  readonly measurements: readonly (readonly Measurement[])[];
  /** By replication and tier: equal hashes mean equal offered work. */
  readonly fingerprints: readonly Uint32Array[];
}

export interface Difference {
  readonly scenario: string;
  readonly scope: string;
  readonly metric: string;
  readonly unit: string;
  /** The estimate of the baseline. */
  readonly baseline: number | null;
  /** The scenario's estimate less the baseline's; `null` where either has no data. */
  readonly mean: number | null;
  readonly halfWidth: number | null;
  /** Pairs of replications. */
  readonly n: number;
  /** How many times larger the variance of independent runs would be; `null` where the difference does not vary. */
  readonly varianceReduction: number | null;
  /** The probability of a difference at least so large if there were none; `null` without an interval. */
  readonly pValue: number | null;
  /** The same, corrected by Holm for the number of scenarios that are compared with the baseline in this metric. */
  readonly adjustedPValue: number | null;
  /** Replications after which the interval, so corrected, would no longer contain zero; `null` for no difference. */
  readonly replicationsToDecide: number | null;
}

export interface PairedScenario {
  readonly scenario: string;
  /** Whether every replication met exactly the demand of the baseline. */
  readonly sameDemand: boolean;
}

export interface ComparisonOfScenarios {
  readonly baseline: string;
  readonly scenarios: readonly PairedScenario[];
  readonly differences: readonly Difference[];
}

/** Beyond so many nobody would replicate; the difference is as good as none. */
const MOST_TO_DECIDE = 1e7;

/** Differences of every metric of every scope that both sides have. */
export function compareScenarios(
  baseline: Side,
  others: readonly Side[],
  level: number,
): ComparisonOfScenarios {
  const pools = new QuantilePools();
  const found = others.map((side) => differencesOf(baseline, side, level, others.length, pools));
  return {
    baseline: baseline.name,
    scenarios: others.map((side) => ({ scenario: side.name, sameDemand: meetsSameDemand(baseline, side) })),
    differences: corrected(found),
  };
}

function differencesOf(
  baseline: Side,
  side: Side,
  level: number,
  comparisons: number,
  pools: QuantilePools,
): Difference[] {
  const places = new Map((side.measurements[0] ?? []).map((one, index) => [keyOf(one), index]));
  return (baseline.measurements[0] ?? []).flatMap((named, index) => {
    const place = places.get(keyOf(named));
    if (place === undefined) return [];
    const of = (one: Side, at: number) =>
      contributionsOf(
        one.measurements.map((measurements) => measurements[at]!.observation),
        pools,
      );
    const [before, after] = [of(baseline, index), of(side, place)];
    const { scope, metric, unit } = named;
    const paired = pairedDifference(before, after, level, comparisons);
    return [{ scenario: side.name, scope, metric, unit, baseline: before.point, ...paired }];
  });
}

const keyOf = ({ scope, metric }: { readonly scope: string; readonly metric: string }) =>
  `${scope} ${metric}`;

/** The difference of two estimates from the contributions of the replications that both have. */
function pairedDifference(before: Contributions, after: Contributions, level: number, comparisons: number) {
  const pairs = (before.values ?? []).flatMap((a, index) => {
    const b = after.values?.[index] ?? null;
    return a === null || b === null ? [] : [{ a, b }];
  });
  const difference: Contributions = {
    point: before.point === null || after.point === null ? null : after.point - before.point,
    values: before.values === null || after.values === null ? null : pairs.map(({ a, b }) => b - a),
    aboutPoint: before.aboutPoint,
    n: pairs.length,
  };
  const interval = intervalOf(difference, level);
  const ofDifference = varianceOf(pairs.map(({ a, b }) => b - a));
  const apart = varianceOf(pairs.map(({ a }) => a)) + varianceOf(pairs.map(({ b }) => b));
  const standardError =
    interval.halfWidth === null ? null : interval.halfWidth / tQuantile((1 + level) / 2, pairs.length - 1);
  return {
    ...interval,
    varianceReduction: ofDifference > 0 ? apart / ofDifference : null,
    pValue: pValueOf(interval.mean, standardError, pairs.length),
    adjustedPValue: null,
    replicationsToDecide: replicationsToDecide(
      interval.mean,
      standardError,
      pairs.length,
      level,
      comparisons,
    ),
  };
}

function pValueOf(mean: number | null, standardError: number | null, n: number): number | null {
  if (mean === null || standardError === null) return null;
  if (standardError === 0) return mean === 0 ? 1 : 0;
  return tTails(mean / standardError, n - 1);
}

/** The least n with t(n − 1) × s ÷ √n < |mean|, the level corrected by Bonferroni for the number of comparisons. */
function replicationsToDecide(
  mean: number | null,
  standardError: number | null,
  n: number,
  level: number,
  comparisons: number,
): number | null {
  if (mean === null || standardError === null || mean === 0) return null;
  if (standardError === 0) return 2;
  const deviation = standardError * Math.sqrt(n);
  const p = 1 - (1 - level) / comparisons / 2;
  const decides = (replications: number) =>
    (tQuantile(p, replications - 1) * deviation) / Math.sqrt(replications) < Math.abs(mean);
  let enough = 2;
  while (!decides(enough)) {
    enough *= 2;
    if (enough > MOST_TO_DECIDE) return null;
  }
  let tooFew = enough / 2;
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (decides(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/** Holm's correction over the scenarios, metric by metric, in the order of the scenarios. */
function corrected(found: readonly (readonly Difference[])[]): Difference[] {
  const families = new Map<string, Difference[]>();
  for (const difference of found.flat()) {
    const family = families.get(keyOf(difference)) ?? [];
    family.push(difference);
    families.set(keyOf(difference), family);
  }
  const adjusted = new Map<Difference, number>();
  for (const family of families.values()) {
    const known = family.filter(({ pValue }) => pValue !== null);
    holmAdjusted(known.map(({ pValue }) => pValue!)).forEach((p, index) => adjusted.set(known[index]!, p));
  }
  return found.flat().map((one) => ({ ...one, adjustedPValue: adjusted.get(one) ?? null }));
}

function meetsSameDemand(a: Side, b: Side): boolean {
  return a.fingerprints.every((hashes, replication) => {
    const others = b.fingerprints[replication];
    return (
      others !== undefined &&
      hashes.length === others.length &&
      hashes.every((hash, tier) => hash === others[tier])
    );
  });
}

/** The sample variance; 0 with fewer than two values. */
function varianceOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = sumOf(values) / values.length;
  return sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
}
