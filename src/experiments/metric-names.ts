/** What a scenario is measured by, before anything of it is simulated. */
import { measureMoney } from '../economics/measure.ts';
import { measure } from '../metrics/index.ts';
import { value } from '../metrics/metric.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { ledgerShape, unusedPool } from '../simulation/ledger-shape.ts';
import { Ledger } from '../simulation/ledger.ts';
import type { MetricAddress } from './metric-address.ts';

/**
 * Every metric that a replication of the scenario will have, in the order of its results: those of a ledger in which
 * nothing happened.
 */
export function metricsOf({ cell, priceBook, plugins }: Scenario, byHour: boolean): MetricAddress[] {
  const { from, to } = cell.window;
  // Only their names are wanted: a plugin need not cope with a ledger in which no time passed.
  const named = plugins.metrics.map((metric) => ({ ...metric, observe: () => value(null) }));
  const empty = new Ledger(
    ledgerShape(
      cell,
      cell.pools.map((plan) => unusedPool(plan, to - from)),
    ),
  );
  return [...measure(empty, byHour, named), ...measureMoney(empty, priceBook, byHour)].map(
    ({ scope, metric }) => ({
      scope,
      metric,
    }),
  );
}
