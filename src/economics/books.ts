/**
 * The books of a run: the part of a ledger that determines its money, as plain data that can be stored and priced
 * again. It knows counts and hours, and no price.
 */
import { Ledger, type CohortCounter, type FlowCounter, type LedgerShape } from '../simulation/ledger.ts';

/** Counters of arrivals that prices depend on: attainment, and requests served well. */
const COHORT = ['arrived', 'served', 'withinSlo'] as const satisfies readonly CohortCounter[];

/** Counts by tier, pool and hour as in the ledger; counters that are 0 throughout are omitted. */
export interface Books {
  readonly shape: LedgerShape;
  readonly flow: Readonly<Record<string, readonly number[]>>;
  readonly cohort: Readonly<Record<string, readonly number[]>>;
}

export function booksOf({ shape, flow, cohort }: Ledger): Books {
  return {
    shape,
    flow: plain(flow),
    cohort: plain(Object.fromEntries(COHORT.map((counter) => [counter, cohort[counter]]))),
  };
}

/** A ledger that prices exactly as the original of these books; it is empty otherwise. */
export function ledgerOf({ shape, flow, cohort }: Books): Ledger {
  const ledger = new Ledger(shape);
  for (const [counter, counts] of Object.entries(flow)) ledger.flow[counter as FlowCounter].set(counts);
  for (const [counter, counts] of Object.entries(cohort)) ledger.cohort[counter as CohortCounter].set(counts);
  return ledger;
}

function plain(columns: Readonly<Record<string, Float64Array>>): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(columns)
      .filter(([, column]) => column.some((count) => count !== 0))
      .map(([counter, column]) => [counter, [...column]]),
  );
}
