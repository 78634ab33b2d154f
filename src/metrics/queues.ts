/** Queue length and system size, averaged over the time of the window. */
import { sumOf } from '../stats/index.ts';
import { tierOf, value, type Metric, type Scope } from './metric.ts';

const SCOPES = ['total', 'tier'] as const;

function over(means: Float64Array, scope: Scope): number {
  const tier = tierOf(scope);
  return tier === null ? sumOf([...means]) : means[tier]!;
}

export const queueMetrics: readonly Metric[] = [
  {
    name: 'queue.length',
    unit: 'requests',
    summary: 'Requests waiting, averaged over time.',
    scopes: SCOPES,
    observe: (ledger, scope) => value(over(ledger.meanWaiting, scope)),
  },
  {
    name: 'system.size',
    unit: 'requests',
    summary: 'Requests waiting or in service, averaged over time.',
    scopes: SCOPES,
    observe: (ledger, scope) => value(over(ledger.meanInSystem, scope)),
  },
];
