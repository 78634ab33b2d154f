/**
 * How many are in the system, and how many of them wait, at instants of the run: counted from the rows of the requests,
 * as the ledger keeps averages over time only. For scenarios that lose nobody and have no retries.
 */
import type { Estimate } from '../../src/experiments/estimate.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { meanInterval } from '../../src/stats/index.ts';

export interface States {
  /** By instant. */
  readonly inSystem: Float64Array;
  readonly waiting: Float64Array;
}

/** The states of one replication at the instants [s], which rise. */
export function statesAt(
  scenario: Scenario,
  instants: readonly number[],
  seed: string,
  replication: number,
): States {
  const inSystem = new Float64Array(instants.length);
  const waiting = new Float64Array(instants.length);
  simulate(scenario.cell, seed, replication, {
    onClosed: ({ progress }, row) => {
      const arrivedAt = progress.arrivedAt[row]!;
      // A comparison with NaN, an instant not reached, is false.
      const left = (at: number) => progress.lastTokenAt[row]! <= at;
      for (let k = firstFrom(instants, arrivedAt); k < instants.length && !left(instants[k]!); k++) {
        inSystem[k]! += 1;
        if (!(progress.admittedAt[row]! <= instants[k]!)) waiting[k]! += 1;
      }
    },
  });
  return { inSystem, waiting };
}

/** The place of the first instant that is not before another. */
function firstFrom(instants: readonly number[], at: number): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (instants[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A number of each replication, as an estimate at 0.95. */
export const estimateOf = (metric: string, values: readonly number[]): Estimate => ({
  scope: 'total',
  metric,
  unit: '1',
  ...meanInterval(values, 0.95),
});
