/**
 * Comparisons: differences of several scenarios from a baseline, replication by replication. They share their seed, so
 * each replication meets the same demand unless the scenario changes demand itself; the difference is then known far
 * better than either side. Sources: docs/methodology.md; Law, "Simulation Modeling and Analysis" (2015), sections
 * 10.2, 11.2.
 */
import { holmAdjusted, pairedDifference, tQuantile, tTails } from '../stats/index.ts';
import type { MetricName } from './columns.ts';
import { contributionsOf, differenceOf, intervalOf, type Contributions } from './contributions.ts';
import type { Column } from './observation-parts.ts';

/** The replications of one scenario; the same indices in all that are compared. */
export interface Side {
  readonly name: string;
  readonly metrics: readonly MetricName[];
  /** By replication: equal texts mean equal offered work. */
  readonly fingerprints: readonly string[];
  /** The replications' values of the metric at an index. */
  column(place: number): Column;
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

/** More replications than this are impractical; the difference counts as none. */
const MOST_TO_DECIDE = 1e7;

/** Differences of every metric of every scope that both sides have. */
export function compareScenarios(
  baseline: Side,
  others: readonly Side[],
  confidence: number,
): ComparisonOfScenarios {
  const found = others.map((side) => differencesOf(baseline, side, confidence, others.length));
  return {
    baseline: baseline.name,
    scenarios: others.map((side) => ({ scenario: side.name, sameDemand: meetsSameDemand(baseline, side) })),
    differences: corrected(found),
  };
}

function differencesOf(baseline: Side, side: Side, confidence: number, comparisons: number): Difference[] {
  const places = new Map(side.metrics.map((one, place) => [keyOf(one), place]));
  return baseline.metrics.flatMap((named, index) => {
    const place = places.get(keyOf(named));
    if (place === undefined) return [];
    const { scope, metric, unit } = named;
    const before = contributionsOf(baseline.column(index));
    const after = contributionsOf(side.column(place));
    const found = decided(before, after, confidence, comparisons);
    return [{ scenario: side.name, scope, metric, unit, baseline: before.point, ...found }];
  });
}

const keyOf = ({ scope, metric }: { readonly scope: string; readonly metric: string }) =>
  `${scope} ${metric}`;

/** The difference of two estimates, and how clearly it is distinguishable from zero. */
function decided(before: Contributions, after: Contributions, confidence: number, comparisons: number) {
  const interval = intervalOf(differenceOf(before, after), confidence);
  const { mean, halfWidth, n } = interval;
  const standardError = halfWidth === null ? null : halfWidth / tQuantile((1 + confidence) / 2, n - 1);
  return {
    ...interval,
    varianceReduction: varianceReduction(before, after, confidence),
    pValue: pValueOf(mean, standardError, n),
    adjustedPValue: null,
    replicationsToDecide: replicationsToDecide(mean, standardError, n, confidence, comparisons),
  };
}

function varianceReduction(before: Contributions, after: Contributions, confidence: number): number | null {
  const pairs = (before.values ?? []).flatMap((a, index) => {
    const b = after.values?.[index] ?? null;
    return a === null || b === null ? [] : [{ a, b }];
  });
  return pairedDifference(
    pairs.map(({ b }) => b),
    pairs.map(({ a }) => a),
    confidence,
  ).varianceReduction;
}

function pValueOf(mean: number | null, standardError: number | null, n: number): number | null {
  if (mean === null || standardError === null) return null;
  if (standardError === 0) return mean === 0 ? 1 : 0;
  return tTails(mean / standardError, n - 1);
}

/** The least n with t(n − 1) × s ÷ √n < |mean|, the confidence level corrected by Bonferroni for the number of comparisons. */
function replicationsToDecide(
  mean: number | null,
  standardError: number | null,
  n: number,
  confidence: number,
  comparisons: number,
): number | null {
  if (mean === null || standardError === null || mean === 0) return null;
  if (standardError === 0) return 2;
  const deviation = standardError * Math.sqrt(n);
  const p = 1 - (1 - confidence) / comparisons / 2;
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
  return a.fingerprints.every((work, replication) => work === b.fingerprints[replication]);
}
