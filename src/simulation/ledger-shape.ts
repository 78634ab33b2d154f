/** The shape of a ledger, from the cell that is simulated. */
import type { Cell, PoolPlan } from './cell.ts';
import type { LedgerShape, PoolRecord } from './ledger.ts';

/** @param pools their records, in the order of the cell's pools */
export function ledgerShape(cell: Cell, pools: readonly PoolRecord[]): LedgerShape {
  return {
    tiers: cell.tiers.map(({ rule }) => rule.name),
    pools,
    promised: cell.tiers.map(({ rule }) => rule.slo !== undefined),
    sessions: cell.tiers.map(({ rule: { session } }) =>
      session === undefined ? 'none' : session.run === undefined ? 'sessions' : 'runs',
    ),
    window: cell.window,
    startOfWeek: cell.startOfWeek,
  };
}

/** An empty record of a pool over a duration [s], before any replica is created. */
export function unusedPool(plan: PoolPlan, seconds: number): PoolRecord {
  const gpus = plan.replicas * plan.gpusPerReplica;
  const gpuSeconds = gpus * seconds;
  const trains = plan.serving === null;
  return {
    name: plan.name,
    replicas: plan.replicas,
    gpus,
    servers: 0,
    kvCapacityTokens: null,
    gpuSeconds,
    gpuSecondsByUse: {
      up: trains ? 0 : gpuSeconds,
      failed: 0,
      maintenance: 0,
      switching: 0,
      training: trains ? gpuSeconds : 0,
    },
    capacitySeconds: 0,
    busySeconds: 0,
    kvTokenSeconds: 0,
    kvCapacityTokenSeconds: null,
    steps: 0,
    sequences: 0,
    failures: 0,
    crewSeconds: 0,
    crews: plan.dynamics?.failures?.crews ?? null,
    hours: [],
  };
}
