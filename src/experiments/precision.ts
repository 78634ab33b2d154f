/**
 * When there are enough replications: a number of them, or the relative precision of the headline numbers. Pure: it looks
 * at estimates and says how many more there must be.
 */
import type { Estimate } from './estimate.ts';

/** The numbers that must be precise enough: what was completed, how long it took, what was earned. */
export const HEADLINE = ['throughput.requests', 'e2e.mean', 'revenue'];

/** Decides how many replications a batch has. */
export interface StoppingRule {
  /** Replications before the first look, and the most there may be. */
  readonly first: number;
  readonly most: number;
  /** How many more there must be than these, having seen the headline estimates; 0 when there are enough. */
  more(replications: number, headline: () => readonly Estimate[]): number;
}

/** Stops at so many replications. */
export function exactly(replications: number): StoppingRule {
  return { first: replications, most: replications, more: () => 0 };
}

/** Stops when the headline estimates are within this share of their true values, or at 400 replications. */
export function untilPrecise(relative: number): StoppingRule {
  return {
    first: FIRST_STAGE,
    most: MOST_REPLICATIONS,
    more: (replications, headline) => (isPreciseEnough(headline(), relative) ? 0 : nextStage(replications)),
  };
}

/** Replications before the first look, and after which one stops in any case (METHODOLOGY 1.4). */
const FIRST_STAGE = 20;
const MOST_REPLICATIONS = 400;

/**
 * Whether the headline estimates of the total are within `relative` of their true values, as far as their intervals say.
 * The half-width is held against relative ÷ (1 + relative) of the estimate, which bounds the error relative to the
 * truth (Law 2015, section 9.4.1).
 */
function isPreciseEnough(estimates: readonly Estimate[], relative: number): boolean {
  const bound = relative / (1 + relative);
  return estimates
    .filter(({ scope, metric, mean }) => scope === 'total' && HEADLINE.includes(metric) && mean !== null)
    .every(({ mean, halfWidth }) => halfWidth !== null && halfWidth <= bound * Math.abs(mean!));
}

/** How many replications to add before looking again: a tenth of those there are, at least five. */
function nextStage(replications: number): number {
  return Math.min(MOST_REPLICATIONS - replications, Math.max(5, Math.ceil(replications / 10)));
}
