/** How a fleet changes while it serves, ready to be simulated: by pool, and between pools. */
import type { triggers } from '../../gateway/degradation/index.ts';
import type { durationDistributions } from '../../stats/index.ts';
import type { ChoiceOf } from '../../input/strategy.ts';
import type { ClockWindow } from '../../units.ts';

/** What happens to the requests in service when a replica goes out of service at once. */
export const TREATMENTS = ['retry', 'fail', 'resume'] as const;
/**
 * `retry`: they return to their queue and start over; `fail`: the attempt fails, and the client may retry; `resume`:
 * they return to their queue and keep what they have received.
 */
export type Treatment = (typeof TREATMENTS)[number];

/** Uses of GPUs: in a replica in service, or one of the reasons why they are not. */
export const GPU_USES = ['up', 'failed', 'maintenance', 'switching', 'training'] as const;
export type GpuUse = (typeof GPU_USES)[number];

export interface FailurePlan {
  readonly mtbf: ChoiceOf<typeof durationDistributions>;
  readonly mttr: ChoiceOf<typeof durationDistributions>;
  /** Simultaneous repairs; `null` for unlimited. */
  readonly crews: number | null;
  /** Whether the clock to failure runs only while a replica is busy, or whenever it is in service. */
  readonly while: 'busy' | 'always';
  readonly onFailure: Treatment;
  /** Replicas that fail together. */
  readonly group: number;
}

export interface MaintenancePlan {
  readonly windows: readonly ClockWindow[];
  /** Replicas that each window takes out of service, in turn. */
  readonly replicas: number;
  /** Whether they drain: finish the requests in service. */
  readonly drain: boolean;
}

/** What may take replicas of a pool out of service; absent if nothing does. */
export interface PoolDynamics {
  readonly failures: FailurePlan | null;
  readonly maintenance: readonly MaintenancePlan[];
  /** From the end of a repair, of maintenance or of switching to service [s]. */
  readonly coldStart: number;
  /** Replicas that it may have at the same time, at most. */
  readonly mostReplicas: number;
}

/** GPUs that another pool borrows while a trigger is on. */
export interface ReallocationPlan {
  readonly trigger: ChoiceOf<typeof triggers>;
  /** The model whose waiting queue a load trigger watches. */
  readonly watched: number;
  /** Pools, as indices of the cell. */
  readonly from: number;
  readonly to: number;
  /** Number of lots that move independently, and the GPUs in each: whole replicas of either pool. */
  readonly lots: number;
  readonly gpusPerLot: number;
  /** From the end of the last replica of a lot until its GPUs belong to the other pool [s]. */
  readonly switching: number;
  /** Whether replicas drain before they leave. */
  readonly drain: boolean;
}
