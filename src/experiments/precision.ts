/**
 * When there are enough replications: relative precision of the headline numbers. Pure: it looks at estimates and says
 * whether to go on.
 */
import type { Estimate } from './estimate.ts';

/** The numbers that must be precise enough: what was completed, how long it took, what was earned. */
const HEADLINE = ['throughput.requests', 'e2e.mean', 'revenue'];

/** Replications before the first look, and after which one stops in any case (METHODOLOGY 1.4). */
export const FIRST_STAGE = 20;
export const MOST_REPLICATIONS = 400;

/**
 * Whether the headline estimates of the total are within `relative` of their true values, as far as their intervals say.
 * The half-width is held against relative ÷ (1 + relative) of the estimate, which bounds the error relative to the
 * truth (Law 2015, section 9.4.1).
 */
export function isPreciseEnough(estimates: readonly Estimate[], relative: number): boolean {
  const bound = relative / (1 + relative);
  return estimates
    .filter(({ scope, metric, mean }) => scope === 'total' && HEADLINE.includes(metric) && mean !== null)
    .every(({ mean, halfWidth }) => halfWidth !== null && halfWidth <= bound * Math.abs(mean!));
}

/** How many replications to add before looking again: a tenth of those there are, at least five. */
export function nextStage(replications: number): number {
  return Math.min(MOST_REPLICATIONS - replications, Math.max(5, Math.ceil(replications / 10)));
}
