/**
 * When there are enough replications: a number of them, or the relative precision of some estimates. Pure: it looks
 * at estimates and says how many more there must be.
 */
import { tQuantile } from '../stats/index.ts';
import type { Estimate } from './estimate.ts';
import { isSameMetric, type MetricAddress } from './metric-address.ts';

/** The numbers that must be precise enough: what was completed, how long it took, what was earned. */
const HEADLINE = ['throughput.requests', 'e2e.mean', 'revenue'];

const HEADLINE_OF_TOTAL: readonly MetricAddress[] = HEADLINE.map((metric) => ({ scope: 'total', metric }));

/** Decides how many replications a batch has. */
export interface StoppingRule {
  /** Replications before the first look, and the most there may be. */
  readonly first: number;
  readonly most: number;
  /** The estimates it looks at; a batch that does not have one is judged by the others. */
  readonly watched: readonly MetricAddress[];
  /** How many more replications are needed, given the watched estimates; 0 when there are enough. */
  more(replications: number, watched: () => readonly Estimate[]): number;
}

/** Stops at a fixed number of replications. */
export function exactly(replications: number): StoppingRule {
  return { first: replications, most: replications, watched: HEADLINE_OF_TOTAL, more: () => 0 };
}

/** The precision that a batch is asked for. */
export interface PrecisionTarget {
  /** The widest error, as a share of the true value. */
  readonly relative: number;
  /** The confidence level of the intervals, which all watched estimates keep together; 0.95 by default. */
  readonly confidence?: number;
  /** The metrics that must be this precise; the headline of the total by default. */
  readonly metrics?: readonly MetricAddress[] | null;
  /** Replications after which the batch stops in any case; 400 by default. */
  readonly most?: number;
}

/** Replications before the first look (docs/methodology.md), and after which a batch stops in any case. */
export const FIRST_LOOK = 20;
export const MOST_REPLICATIONS = 400;
/** Replications of the first stage, unless the first look finds intervals this many times narrower than asked. */
const FIRST_STAGE = 50;
const AMPLE = 8;
/** A further stage multiplies the number of replications by at least, and at most, this much. */
const LEAST_GROWTH = 1.5;
const MOST_GROWTH = 2;

/**
 * Stops when the watched estimates are within a share of their true values, at the most replications, or where at the
 * first look a metric that was named has no value in any of them.
 *
 * Stopping as soon as an interval is narrow stops where chance made it narrow, so it covers less than its nominal level;
 * where replications are skewed, as waits near capacity are, their mean is then low too. What chance may choose is kept
 * small: the first stage is long enough to know the variance, so that few runs stop by luck; each further stage goes
 * straight to what the variance so far asks for, and by half as many again at least, so that there are few looks
 * (Stein's two stages, with a further one where they fall short); and of m watched estimates each is held to the confidence level
 * 1 − (1 − confidence) ÷ m (Bonferroni). Only where the first look finds intervals eight times as narrow as asked, which the
 * luck of twenty replications does not explain, does it end there. What is left is measured by `npm run study:coverage`.
 *
 * Sources: Law, "Simulation Modeling and Analysis" (2015), section 9.4.1; C. Stein, "A two-sample test for a linear
 * hypothesis whose power is independent of the variance", Annals of Mathematical Statistics 16 (1945); docs/methodology.md
 */
export function untilPrecise(target: PrecisionTarget): StoppingRule {
  const { most = MOST_REPLICATIONS } = target;
  return {
    first: Math.min(FIRST_LOOK, most),
    most,
    watched: target.metrics ?? HEADLINE_OF_TOTAL,
    more: (replications, estimates) => {
      const found = precisionsOf(target, estimates());
      // A metric without a value in any replication does not become precise with more.
      if (found.some(({ hasValues }) => !hasValues)) return 0;
      const factor = Math.max(0, ...found.map(({ more }) => more));
      return Math.min(most, nextStage(replications, factor)) - replications;
    },
  };
}

/** The size of the next stage when the current replications should be multiplied by `factor`. */
function nextStage(replications: number, factor: number): number {
  if (replications < FIRST_STAGE) return factor <= AMPLE ** -2 ? replications : FIRST_STAGE;
  if (factor <= 1) return replications;
  return Math.ceil(replications * Math.min(MOST_GROWTH, Math.max(LEAST_GROWTH, factor)));
}

/** How precise one watched estimate is. */
export interface Precision extends MetricAddress {
  /** The half-width as a share of the estimate, at the confidence level that all watched keep together; `null` without one. */
  readonly relative: number | null;
  readonly reached: boolean;
  /** Whether any replication had a value of it. */
  readonly hasValues: boolean;
  /** How many times as many replications would make it as precise as asked, from the variance so far. */
  readonly more: number;
}

/**
 * How precise the watched estimates are of what is asked. Estimates are at the target's confidence level. The half-width is held
 * against relative ÷ (1 + relative) of the estimate, which bounds the error relative to the truth. One without data is
 * not reached, unless what is watched was not chosen: then it is left out.
 */
export function precisionsOf(target: PrecisionTarget, estimates: readonly Estimate[]): Precision[] {
  const { relative, confidence = 0.95, metrics = null } = target;
  const found = (metrics ?? HEADLINE_OF_TOTAL)
    .map((address) => ({ address, estimate: estimates.find((one) => isSameMetric(one, address)) }))
    .filter(({ estimate }) => metrics !== null || (estimate?.mean ?? null) !== null);
  const bound = relative / (1 + relative);
  const together = 1 - (1 - confidence) / Math.max(1, found.length);
  return found.map(({ address: { scope, metric }, estimate }) => {
    const { mean = null, halfWidth = null, n = 0 } = estimate ?? {};
    if (mean === null || halfWidth === null || n < 2)
      return { scope, metric, relative: null, reached: false, hasValues: mean !== null, more: Infinity };
    const wide = (halfWidth * tQuantile((1 + together) / 2, n - 1)) / tQuantile((1 + confidence) / 2, n - 1);
    const share = wide === 0 ? 0 : wide / Math.abs(mean);
    const reached = share <= bound;
    return { scope, metric, relative: share, reached, hasValues: true, more: (share / bound) ** 2 };
  });
}
