/**
 * Elasticities and the regime: how revenue responds to GPUs and to load, and what binds the business. It knows paired
 * numbers of replications, and nothing of fleets or of what was multiplied. Source: docs/model.md, docs/methodology.md
 */
import { jackknifeInterval, meanWithout, type Interval } from '../stats/index.ts';

/** What each replication earned at a smaller and at a greater value of something, under the same random numbers. */
export interface PairedArc {
  readonly below: { readonly at: number; readonly values: readonly number[] };
  readonly above: { readonly at: number; readonly values: readonly number[] };
}

/** d log value ÷ d log x along an arc, from the replications but one; `null` where a mean is not above zero. */
function slope({ below, above }: PairedArc, leftOut: number | null): number | null {
  const low = meanWithout(below.values, leftOut);
  const high = meanWithout(above.values, leftOut);
  return low > 0 && high > 0 ? Math.log(high / low) / Math.log(above.at / below.at) : null;
}

/** The elasticity along an arc, with the jackknife's interval over replications. */
export function elasticity(arc: PairedArc, confidence: number): Interval {
  return jackknifeInterval(arc.below.values.length, (leftOut) => slope(arc, leftOut), confidence);
}

export const VERDICTS = [
  'supply-constrained',
  'balanced',
  'demand-constrained',
  'externally-limited',
  'undetermined',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The rule, as results print it. */
export const REGIME_RULE =
  's = eS ÷ (eS + eD), the elasticities of revenue to GPUs and to load: supply-constrained when its interval lies above 0.8, ' +
  'demand-constrained below 0.2, balanced between; externally-limited when both elasticities are below 0.05 in size; ' +
  'undetermined when the interval straddles a border';

/** Supply binds above the one share, demand below the other. */
export const REGIME_SHARES = { supply: 0.8, demand: 0.2 } as const;
const NEGLIGIBLE = 0.05;

export interface Regime {
  readonly verdict: Verdict;
  readonly supply: Interval;
  readonly demand: Interval;
  /** eS ÷ (eS + eD); `null` where the two do not add up to more than zero, so that a share of it means nothing. */
  readonly supplyShare: Interval;
}

/** What binds, from paired runs with fewer and more GPUs and with less and more load. */
export function regimeOf(gpus: PairedArc, load: PairedArc, confidence: number): Regime {
  const supply = elasticity(gpus, confidence);
  const demand = elasticity(load, confidence);
  const supplyShare = jackknifeInterval(
    gpus.below.values.length,
    (leftOut) => {
      const eS = slope(gpus, leftOut);
      const eD = slope(load, leftOut);
      return eS === null || eD === null || eS + eD <= 0 ? null : eS / (eS + eD);
    },
    confidence,
  );
  return { verdict: verdictOn(supply, demand, supplyShare), supply, demand, supplyShare };
}

function verdictOn(supply: Interval, demand: Interval, supplyShare: Interval): Verdict {
  const negligible = (one: Interval) =>
    one.mean !== null && one.halfWidth !== null && Math.abs(one.mean) + one.halfWidth < NEGLIGIBLE;
  return negligible(supply) && negligible(demand) ? 'externally-limited' : verdictOfShare(supplyShare);
}

/** The verdict on eS ÷ (eS + eD) alone. */
export function verdictOfShare({ mean, halfWidth }: Interval): Verdict {
  if (mean === null || halfWidth === null) return 'undetermined';
  const [low, high] = [mean - halfWidth, mean + halfWidth];
  if (low > REGIME_SHARES.supply) return 'supply-constrained';
  if (high < REGIME_SHARES.demand) return 'demand-constrained';
  return low > REGIME_SHARES.demand && high < REGIME_SHARES.supply ? 'balanced' : 'undetermined';
}
