/** SLO attainment by tier. Tiers without an SLO are left out. */
import type { Ledger } from '../simulation/ledger.ts';
import { SHARE } from '../units.ts';
import { ratio, tierOf, type Metric, type Scope } from './metric.ts';

const SCOPES = ['total', 'tier'] as const;

function attainment(ledger: Ledger, below: 'arrived' | 'served', scope: Scope) {
  const only = tierOf(scope);
  let kept = 0;
  let of = 0;
  ledger.shape.promised.forEach((promised, tier) => {
    if (!promised || (only !== null && only !== tier)) return;
    kept += ledger.cohortTotal('withinSlo', tier);
    of += ledger.cohortTotal(below, tier);
  });
  return ratio(kept, of);
}

export const sloMetrics: readonly Metric[] = [
  {
    name: 'slo.attainment',
    unit: SHARE,
    summary:
      'Share of arrivals that were served within every bound of their SLO; refused requests count as missed.',
    scopes: SCOPES,
    observe: (ledger, scope) => attainment(ledger, 'arrived', scope),
  },
  {
    name: 'slo.attainmentServed',
    unit: SHARE,
    summary: 'Share of served requests that were within every bound of their SLO.',
    scopes: SCOPES,
    observe: (ledger, scope) => attainment(ledger, 'served', scope),
  },
];
