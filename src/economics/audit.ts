/**
 * The audit of money: the same dollars counted in two ways, to the cent. A run whose dollars do not add up is a bug in
 * the program, just like one whose requests do not.
 */
import { InvariantError } from '../errors.ts';
import type { AuditCheck, Ledger } from '../simulation/ledger.ts';
import { sumOf } from '../stats/index.ts';
import { totalPerGpuHour } from './costs/index.ts';
import { incomeStatement } from './income-statement.ts';
import type { PriceBook } from './price-book.ts';
import { revenueInHour, revenueOfTiers } from './tier-revenue.ts';

/** Summing the same dollars in another order changes the result by rounding only, by less than a cent. */
const ROUNDING = 1e-9;
const LESS_THAN_A_CENT = 0.005;

/** The checks of a run's money; throws `InvariantError` when any of them fails. */
export function auditMoney(ledger: Ledger, book: PriceBook): AuditCheck[] {
  const ofTiers = revenueOfTiers(ledger, book);
  const { revenueByTier, otherRevenue, revenue, useRevenueByPool, accruedRevenue, costs } = incomeStatement(
    ledger,
    book,
  );
  const byTier = sumOf(revenueByTier);
  const byPool = sumOf([...useRevenueByPool, accruedRevenue]);
  const hours = Array.from({ length: ledger.hours }, (_, hour) => revenueInHour(ledger, ofTiers, hour));
  const checks = [
    equal('dollars by tier are dollars by pool and time', byTier, byPool),
    equal('dollars by hour are those of the window', sumOf(hours), byTier),
  ];
  if (costs !== null) {
    checks.push(
      equal(
        'used and idle GPU-hours are the cost of the pools',
        costs.used + costs.idle,
        totalPerGpuHour(costs.lines),
      ),
      equal(
        'dollars of pools are the cost of the pools',
        sumOf(costs.byPool.map(({ spent }) => spent)),
        totalPerGpuHour(costs.lines),
      ),
      equal(
        'costs of use by tier, and of use by none, add up to the cost of use',
        sumOf([...costs.usedByTier, costs.usedByNone]),
        costs.used,
      ),
      equal(
        'revenue and costs are the result',
        revenue - costs.costOfRevenue - costs.training - costs.postTraining - costs.overhead,
        byTier + otherRevenue - costs.total,
      ),
    );
  }
  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    throw new InvariantError(failed.map(({ name, detail }) => `the audit failed: ${name} (${detail})`));
  }
  return checks;
}

function equal(name: string, one: number, other: number): AuditCheck {
  const within = Math.min(LESS_THAN_A_CENT, ROUNDING * Math.max(1, Math.abs(one), Math.abs(other)));
  return { name, passed: Math.abs(one - other) <= within, detail: `${one} USD and ${other} USD` };
}
