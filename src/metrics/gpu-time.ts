/** GPU time of the fleet by use: in service, out of service and elsewhere. */
import type { PoolRecord } from '../simulation/ledger.ts';
import { SECONDS_PER_HOUR, SHARE } from '../units.ts';
import { ratio, value, type Metric } from './metric.ts';
import { poolsOf, sum } from './utilisation.ts';

const SCOPES = ['total', 'pool'] as const;

/** GPU time in service while something is served [GPU s]: of slots, by the share of servers busy. */
function serving({ busySeconds, capacitySeconds, gpuSecondsByUse }: PoolRecord): number {
  return capacitySeconds === 0 ? 0 : (busySeconds / capacitySeconds) * gpuSecondsByUse.up;
}

function gpuHours(name: string, of: (pool: PoolRecord) => number, summary: string): Metric {
  return {
    name: `gpuHours.${name}`,
    unit: 'GPU-hours',
    summary,
    scopes: SCOPES,
    observe: (ledger, scope) => value(sum(poolsOf(ledger, scope), of) / SECONDS_PER_HOUR),
  };
}

export const gpuTimeMetrics: readonly Metric[] = [
  {
    name: 'availability',
    unit: SHARE,
    summary: 'Replica time in service ÷ replica time; GPUs that train are left out.',
    scopes: SCOPES,
    observe: (ledger, scope) => {
      const pools = poolsOf(ledger, scope);
      return ratio(
        sum(pools, ({ gpuSecondsByUse }) => gpuSecondsByUse.up),
        sum(pools, ({ gpuSeconds, gpuSecondsByUse }) => gpuSeconds - gpuSecondsByUse.training),
      );
    },
  },
  gpuHours('serving', serving, 'GPU time in service and busy; of slots, by the share of servers that are.'),
  gpuHours('idle', (pool) => pool.gpuSecondsByUse.up - serving(pool), 'GPU time in service and idle.'),
  gpuHours('failed', ({ gpuSecondsByUse }) => gpuSecondsByUse.failed, 'GPU time failed, or in repair.'),
  gpuHours('maintenance', ({ gpuSecondsByUse }) => gpuSecondsByUse.maintenance, 'GPU time in maintenance.'),
  gpuHours(
    'switching',
    ({ gpuSecondsByUse }) => gpuSecondsByUse.switching,
    'GPU time on the way between pools, or starting; counted in the pool that it leads to.',
  ),
  gpuHours('training', ({ gpuSecondsByUse }) => gpuSecondsByUse.training, 'GPU time in training.'),
  {
    name: 'failures',
    unit: 'failures',
    summary: 'Failures of what fails as one: a replica, or a group of them.',
    scopes: SCOPES,
    observe: (ledger, scope) => value(sum(poolsOf(ledger, scope), ({ failures }) => failures)),
  },
  {
    name: 'utilisation.crews',
    unit: SHARE,
    summary: 'Repair crews at work ÷ crews; pools with as many as they need left out.',
    scopes: SCOPES,
    observe: (ledger, scope) => {
      const pools = poolsOf(ledger, scope).filter(({ crews }) => crews !== null);
      const { from, to } = ledger.shape.window;
      return ratio(
        sum(pools, ({ crewSeconds }) => crewSeconds),
        sum(pools, ({ crews }) => crews!) * (to - from),
      );
    },
  },
];
