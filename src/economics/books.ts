/**
 * The books of a run: what of a ledger its money is made of, as plain data that may be kept and priced again. It knows
 * counts and hours, and no price.
 */
import { Ledger, type CohortCounter, type FlowCounter, type LedgerShape } from '../simulation/ledger.ts';

/** Counters of arrivals that prices depend on: attainment, and requests served well. */
const COHORT = ['arrived', 'served', 'withinSlo'] as const satisfies readonly CohortCounter[];

/** Counts by tier, pool and hour as the ledger has them; what is 0 throughout is left out. */
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

/** A ledger that is priced as the one was of which these are the books; of all else it is empty. */
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
