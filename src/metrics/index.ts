/** All metrics, in the order in which results show them. */
import type { Ledger } from '../simulation/ledger.ts';
import type { Measurement } from '../stats/index.ts';
import { gpuTimeMetrics } from './gpu-time.ts';
import { latencyMetrics } from './latencies.ts';
import { queueMetrics } from './queues.ts';
import type { Metric, Scope } from './metric.ts';
import { requestMetrics } from './requests.ts';
import { sessionMetrics } from './sessions.ts';
import { sloMetrics } from './slo.ts';
import { tokenMetrics } from './tokens.ts';
import { utilisationMetrics } from './utilisation.ts';

export const metrics: readonly Metric[] = [
  ...requestMetrics,
  ...latencyMetrics,
  ...sessionMetrics,
  ...sloMetrics,
  ...queueMetrics,
  ...utilisationMetrics,
  ...gpuTimeMetrics,
  ...tokenMetrics,
];

/** The scopes of a ledger: everything, each tier, each pool and, on request, each clock hour of the window. */
export function scopesOf(
  ledger: Ledger,
  byHour: boolean,
): { readonly name: string; readonly scope: Scope }[] {
  const { tiers, pools } = ledger.shape;
  const hours = byHour ? Array.from({ length: ledger.hours }, (_, hour) => hour) : [];
  return [
    { name: 'total', scope: { kind: 'total' } },
    ...tiers.map((name, tier) => ({ name: `tier:${name}`, scope: { kind: 'tier', tier } as const })),
    ...pools.map(({ name }, pool) => ({ name: `pool:${name}`, scope: { kind: 'pool', pool } as const })),
    ...hours.map((hour) => ({ name: `hour:${hour}`, scope: { kind: 'hour', hour } as const })),
  ];
}

/** Every metric of every scope it is defined for, and after the shipped ones of a scope those `added`. */
export function measure(ledger: Ledger, byHour: boolean, added: readonly Metric[] = []): Measurement[] {
  const all = added.length === 0 ? metrics : [...metrics, ...added];
  return scopesOf(ledger, byHour).flatMap(({ name, scope }) =>
    all
      .filter(({ scopes }) => scopes.includes(scope.kind))
      .map((metric) => ({
        scope: name,
        metric: metric.name,
        unit: metric.unit,
        observation: metric.observe(ledger, scope),
      })),
  );
}

export type { Metric, Scope } from './metric.ts';
