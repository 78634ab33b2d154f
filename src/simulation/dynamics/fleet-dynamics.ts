/**
 * How the fleet of a cell changes while it serves: failures and repairs, maintenance, and GPUs that move between pools.
 * This file assembles the parts of each pool; it does not know what happens to requests.
 */
import type { ModelView } from '../../gateway/telemetry.ts';
import type { GatedReplica } from '../../serving/index.ts';
import type { Streams } from '../../stats/index.ts';
import { lookupsOf, type Cell } from '../cell.ts';
import type { PoolRecord } from '../ledger.ts';
import { PoolFailures } from './failures.ts';
import { GpuTime } from './gpu-time.ts';
import { Maintenance } from './maintenance.ts';
import type { GpuUse } from './plan.ts';
import { Reallocation } from './reallocation.ts';
import { ReplicaLife, type FleetHost } from './replica-life.ts';
import { Timers, type ScheduleTimer } from './timers.ts';

/** A pool with what can happen to it. */
interface DynamicPool {
  readonly record: PoolRecord;
  readonly gpusPerReplica: number;
  readonly gpuTime: GpuTime;
  readonly lives: readonly ReplicaLife[];
  readonly failures: PoolFailures | null;
}

export interface DynamicsEnvironment {
  readonly cell: Cell;
  readonly streams: Streams;
  /** By pool: its replicas that may go out of service, in their order. */
  readonly replicas: readonly (readonly GatedReplica[])[];
  readonly records: readonly PoolRecord[];
  readonly host: FleetHost;
  readonly schedule: ScheduleTimer;
}

/** Whether the fleet of a cell ever changes. */
export function fleetChanges(cell: Cell): boolean {
  return cell.pools.some(({ dynamics }) => dynamics !== null);
}

export class FleetDynamics {
  /** Whether it needs telemetry. */
  readonly observes: boolean;
  private readonly timers: Timers;
  /** By pool; `null` where nothing happens. */
  private readonly pools: readonly (DynamicPool | null)[];
  private readonly reallocations: readonly Reallocation[];
  /** By replica; empty for those that never leave. */
  private readonly lives: ReplicaLife[] = [];

  constructor(environment: DynamicsEnvironment) {
    const { cell, schedule } = environment;
    this.timers = new Timers(schedule);
    this.pools = cell.pools.map((_, index) => this.poolOf(index, environment));
    this.reallocations = cell.reallocation.map(
      (plan) =>
        new Reallocation(plan, [this.pools[plan.from]!, this.pools[plan.to]!], cell.startOfWeek, this.timers),
    );
    this.observes = this.reallocations.some(({ observes }) => observes);
  }

  /** A timer fires. */
  fire(timer: number, version: number, now: number): void {
    this.timers.fire(timer, version, now);
  }

  /** A replica becomes busy or idle. */
  busyChanged(replica: number, now: number): void {
    this.lives[replica]!.busyChanged(now);
  }

  observe(views: readonly ModelView[], now: number): void {
    for (const reallocation of this.reallocations) reallocation.observe(views, now);
  }

  /** The measured window opens. */
  restart(now: number): void {
    for (const pool of this.pools) {
      pool?.gpuTime.restart(now);
      pool?.failures?.restart(now);
    }
  }

  /** GPU time of a pool by use since the window opened [GPU s]; `null` where nothing happens to it. */
  usesOf(pool: number, now: number): Record<GpuUse, number> | null {
    return this.pools[pool]?.gpuTime.close(now).uses ?? null;
  }

  /** At the end of the run: adds the measurements to the records. */
  close(now: number): void {
    for (const pool of this.pools) {
      if (pool === null) continue;
      const { record, gpuTime, lives, failures, gpusPerReplica } = pool;
      const { total, uses } = gpuTime.close(now);
      // The pool's initial value, in proportion to the replicas in service.
      const { replicas } = record;
      const replicaSeconds = uses.up / gpusPerReplica;
      record.gpuSeconds = total;
      record.gpuSecondsByUse = uses;
      if (lives.length === 0) continue;
      record.capacitySeconds = (record.servers / replicas) * replicaSeconds;
      if (record.kvCapacityTokens !== null)
        record.kvCapacityTokenSeconds = (record.kvCapacityTokens / replicas) * replicaSeconds;
      if (failures === null) continue;
      record.failures = failures.count;
      record.crewSeconds = failures.crewsAtWork.integral(now);
    }
  }

  private poolOf(index: number, environment: DynamicsEnvironment): DynamicPool | null {
    const { cell, host, streams, replicas, records } = environment;
    const plan = cell.pools[index]!;
    if (plan.dynamics === null) return null;
    const { failures, maintenance, coldStart } = plan.dynamics;
    const { gpusPerReplica } = plan;
    const gpuTime = new GpuTime(plan.replicas * gpusPerReplica, plan.serving === null ? 'training' : 'up');
    const pool = { gpusPerReplica, coldStart, gpuTime };
    const lives = replicas[index]!.map(
      (replica, place) => new ReplicaLife(replica, place < plan.replicas, pool, host, this.timers),
    );
    replicas[index]!.forEach((replica, place) => (this.lives[replica.id] = lives[place]!));
    for (const one of maintenance) new Maintenance(one, lives, cell.startOfWeek, this.timers);
    return {
      record: records[index]!,
      gpusPerReplica,
      gpuTime,
      lives,
      failures:
        failures === null
          ? null
          : new PoolFailures(
              failures,
              lives,
              streams.counter(`failures/${plan.name}`),
              lookupsOf(cell),
              this.timers,
            ),
    };
  }
}
