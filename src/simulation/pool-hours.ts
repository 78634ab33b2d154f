/**
 * The records of each pool by clock hour, as differences of its meters between ends of hours. Meters are valid at every
 * instant, so reading them changes nothing.
 */
import type { FleetDynamics } from './dynamics/fleet-dynamics.ts';
import { GPU_USES, type GpuUse } from './dynamics/plan.ts';
import type { Fleet } from './fleet.ts';
import type { PoolHour } from './ledger.ts';

export class PoolHours {
  private readonly fleet: Fleet;
  private readonly dynamics: FleetDynamics | null;
  /** Values since the window opened, at the last reading. */
  private before: readonly PoolHour[];
  private readAt = NaN;

  constructor(fleet: Fleet, dynamics: FleetDynamics | null) {
    this.fleet = fleet;
    this.dynamics = dynamics;
    this.before = fleet.poolRecords.map(() => ({ busySeconds: 0, gpuSecondsByUse: usesOf(() => 0) }));
  }

  /** Begins at the opening of the measured window. */
  begin(now: number): void {
    this.readAt = now;
  }

  /** At the end of an hour or of the window: adds the differences since the last reading to the records. */
  read(now: number): void {
    const { poolRecords, replicas, poolOf } = this.fleet;
    const busySeconds = new Float64Array(poolRecords.length);
    for (const { id, meter } of replicas) busySeconds[poolOf[id]!]! += meter.busy.integral(now);
    const seconds = now - this.readAt;
    this.before = poolRecords.map(({ gpus, gpuSecondsByUse, hours }, pool) => {
      const before = this.before[pool]!;
      const changing = this.dynamics?.usesOf(pool, now) ?? null;
      const constant = gpuSecondsByUse.training > 0 ? 'training' : 'up';
      const uses = usesOf((use) =>
        changing === null
          ? before.gpuSecondsByUse[use] + (use === constant ? gpus * seconds : 0)
          : changing[use],
      );
      hours.push({
        busySeconds: busySeconds[pool]! - before.busySeconds,
        gpuSecondsByUse: usesOf((use) => uses[use] - before.gpuSecondsByUse[use]),
      });
      return { busySeconds: busySeconds[pool]!, gpuSecondsByUse: uses };
    });
    this.readAt = now;
  }
}

const usesOf = (of: (use: GpuUse) => number): Record<GpuUse, number> =>
  Object.fromEntries(GPU_USES.map((use) => [use, of(use)])) as Record<GpuUse, number>;
