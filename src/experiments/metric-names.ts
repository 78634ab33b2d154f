/** What a scenario is measured by, before anything of it is simulated. */
import { measureMoney } from '../economics/measure.ts';
import { measure } from '../metrics/index.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { ledgerShape, unusedPool } from '../simulation/ledger-shape.ts';
import { Ledger } from '../simulation/ledger.ts';
import type { MetricAddress } from './metric-address.ts';

/**
 * Every metric that a replication of the scenario will have, in the order of its results: those of a ledger in which
 * nothing happened.
 */
export function metricsOf({ cell, priceBook }: Scenario, byHour: boolean): MetricAddress[] {
  const { from, to } = cell.window;
  const empty = new Ledger(
    ledgerShape(
      cell,
      cell.pools.map((plan) => unusedPool(plan, to - from)),
    ),
  );
  return [...measure(empty, byHour), ...measureMoney(empty, priceBook, byHour)].map(({ scope, metric }) => ({
    scope,
    metric,
  }));
}
