/**
 * Screening: which of many factors matter, by the elementary effects of Morris. It knows points and what came of them,
 * and nothing of scenarios.
 */
import { meanInterval, sumOf, type Interval } from '../stats/index.ts';
import type { Trajectory } from './designs.ts';

/** The elementary effects of one factor over its walks, in the unit of the outcome over the whole range of the factor. */
export interface ElementaryEffects {
  /** The mean effect, with its sign; Student's interval over walks. */
  readonly mean: Interval;
  /** The mean of their sizes: how much the factor matters. */
  readonly meanAbsolute: Interval;
  /** Their standard deviation: large where the factor acts unevenly or with others; `null` with fewer than two. */
  readonly deviation: number | null;
}

/**
 * The effects of each factor from the outcome at every point of every walk; a step at which an outcome is missing is left
 * out.
 *
 * Source: Morris (1991); the mean of sizes: Campolongo, Cariboni and Saltelli, Environmental Modelling & Software 22
 * (2007).
 */
export function elementaryEffects(
  walks: readonly Trajectory[],
  outcomes: readonly (readonly (number | null)[])[],
  factors: number,
  confidence: number,
): ElementaryEffects[] {
  const effects = Array.from({ length: factors }, () => [] as number[]);
  walks.forEach(({ points, changed }, walk) => {
    changed.forEach((factor, step) => {
      const [before, after] = [outcomes[walk]![step] ?? null, outcomes[walk]![step + 1] ?? null];
      if (before === null || after === null) return;
      effects[factor]!.push((after - before) / (points[step + 1]![factor]! - points[step]![factor]!));
    });
  });
  return effects.map((found) => {
    const mean = meanInterval(found, confidence);
    const squares = sumOf(found.map((effect) => (effect - mean.mean!) ** 2));
    return {
      mean,
      meanAbsolute: meanInterval(found.map(Math.abs), confidence),
      deviation: found.length < 2 ? null : Math.sqrt(squares / (found.length - 1)),
    };
  });
}
