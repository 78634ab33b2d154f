/** How busy the fleet is. */
import type { Ledger, PoolRecord } from '../simulation/ledger.ts';
import { SHARE } from '../units.ts';
import { poolOf, ratio, type Metric, type Scope } from './metric.ts';

const SCOPES = ['total', 'pool'] as const;

export function poolsOf(ledger: Ledger, scope: Scope): readonly PoolRecord[] {
  const pool = poolOf(scope);
  return pool === null ? ledger.shape.pools : [ledger.shape.pools[pool]!];
}

export function sum(pools: readonly PoolRecord[], of: (pool: PoolRecord) => number): number {
  return pools.reduce((total, pool) => total + of(pool), 0);
}

export const utilisationMetrics: readonly Metric[] = [
  {
    name: 'utilisation.busy',
    unit: SHARE,
    summary: 'Busy servers ÷ servers in service; of engines, the share of time in service in a step.',
    scopes: SCOPES,
    observe: (ledger, scope) => {
      const pools = poolsOf(ledger, scope);
      return ratio(
        sum(pools, ({ busySeconds }) => busySeconds),
        sum(pools, ({ capacitySeconds }) => capacitySeconds),
      );
    },
  },
  {
    name: 'utilisation.kv',
    unit: SHARE,
    summary: 'KV tokens held ÷ KV tokens that fit, averaged over time; pools without KV left out.',
    scopes: SCOPES,
    observe: (ledger, scope) => {
      const pools = poolsOf(ledger, scope).filter(
        ({ kvCapacityTokenSeconds }) => kvCapacityTokenSeconds !== null,
      );
      return ratio(
        sum(pools, ({ kvTokenSeconds }) => kvTokenSeconds),
        sum(pools, ({ kvCapacityTokenSeconds }) => kvCapacityTokenSeconds!),
      );
    },
  },
  {
    name: 'batch.mean',
    unit: 'sequences',
    summary: 'Sequences in a step, averaged over the steps that end in the window.',
    scopes: SCOPES,
    observe: (ledger, scope) => {
      const pools = poolsOf(ledger, scope);
      return ratio(
        sum(pools, ({ sequences }) => sequences),
        sum(pools, ({ steps }) => steps),
      );
    },
  },
];
