/** One replication from scenario to measurements: the unit of work of every experiment. Pure. */
import { booksOf, type Books } from '../economics/books.ts';
import { auditMoney } from '../economics/audit.ts';
import { measureMoney } from '../economics/measure.ts';
import { measure } from '../metrics/index.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { AuditCheck } from '../simulation/ledger.ts';
import { simulate, type SimulationListener } from '../simulation/simulate.ts';
import type { Measurement } from '../stats/index.ts';
import { hourlySeries, type HourlySeries } from './hourly-series.ts';

/** What is kept of one replication; plain data that travels between threads. */
export interface ReplicationResult {
  readonly replication: number;
  readonly measurements: readonly Measurement[];
  readonly audit: readonly AuditCheck[];
  readonly hourly: HourlySeries;
  /** The amounts behind its money, for repricing. */
  readonly books: Books;
  /** By tier: equal hashes mean equal offered work. */
  readonly fingerprints: Uint32Array;
  readonly events: number;
}

/** Simulates and measures. Throws `InvariantError` when the audit fails. */
export function replicate(
  scenario: Scenario,
  seed: string,
  replication: number,
  options: { readonly byHour: boolean } & SimulationListener,
): ReplicationResult {
  const ledger = simulate(scenario.cell, seed, replication, options);
  return {
    replication,
    measurements: [
      ...measure(ledger, options.byHour, scenario.plugins.metrics),
      ...measureMoney(ledger, scenario.priceBook, options.byHour),
    ],
    audit: [...ledger.audit, ...auditMoney(ledger, scenario.priceBook)],
    hourly: hourlySeries(ledger, scenario.priceBook),
    books: booksOf(ledger),
    fingerprints: ledger.fingerprints,
    events: ledger.events,
  };
}
