/**
 * Differences between two batches that share their random numbers, replication by replication. It knows columns and
 * nothing of what is compared. Both columns hold the same replications in the same order.
 */
import { meanInterval, ratioPseudoValues, sectioningInterval, type Interval } from '../stats/index.ts';
import { deviationOf, estimateColumn, type Column } from './estimate.ts';

/**
 * What `b` is above `a`, with a paired interval: Student's over differences of values, the jackknife's over differences
 * of pseudo-values for ratios, that of sectioning for quantiles and standard deviations. `mean` is `null` where either has
 * no data.
 *
 * Source: Law, "Simulation Modeling and Analysis", 5th ed. (2015), section 10.2.1, and section 9 for ratios.
 */
export function differenceOf(a: Column, b: Column, level: number): Interval {
  if (a.kind === 'value' && b.kind === 'value') return meanInterval(paired(a.values, b.values), level);
  const [ofA, ofB] = [estimateColumn(a, level), estimateColumn(b, level)];
  const mean = ofA.mean === null || ofB.mean === null ? null : ofB.mean - ofA.mean;
  if (a.kind === 'ratio' && b.kind === 'ratio') {
    const [from, to] = [a, b].map(({ numerators, denominators }) =>
      ratioPseudoValues(numerators, denominators),
    ) as [number[] | null, number[] | null];
    const { length: n } = a.numerators;
    if (mean === null || from === null || to === null) return { mean, halfWidth: null, n };
    return { mean, halfWidth: meanInterval(paired(from, to), level).halfWidth, n };
  }
  return sectioningInterval(mean, paired(sectionsOf(a), sectionsOf(b)), level);
}

function sectionsOf(column: Column): readonly (number | null)[] {
  switch (column.kind) {
    case 'quantile':
      return column.sections;
    case 'spread':
      return column.spreads.map(deviationOf);
    default:
      throw new RangeError(`a ${column.kind} held against another kind of metric`);
  }
}

/** Differences where both have a number. */
function paired(a: readonly (number | null)[], b: readonly (number | null)[]): number[] {
  return a.flatMap((from, index) => {
    const to = b[index]!;
    return from === null || to === null ? [] : [to - from];
  });
}
