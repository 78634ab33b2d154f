/** How a fleet changes while it serves, ready to be simulated: by pool, and between pools. */
import type { triggers } from '../../gateway/degradation/index.ts';
import type { durationDistributions } from '../../stats/index.ts';
import type { ChoiceOf } from '../../strategy.ts';
import type { ClockWindow } from '../../units.ts';

/** What becomes of the requests that a replica serves when it goes out of service at once. */
export const TREATMENTS = ['retry', 'fail', 'resume'] as const;
/**
 * `retry`: they go back to their queue, and what was done of them is to be done again; `fail`: the attempt has failed, and
 * the client may come back; `resume`: back to their queue with what they have received.
 */
export type Treatment = (typeof TREATMENTS)[number];

/** What GPUs are there for: in a replica that serves or could, or one of the reasons why they are in none. */
export const GPU_USES = ['up', 'failed', 'maintenance', 'switching', 'training'] as const;
export type GpuUse = (typeof GPU_USES)[number];

export interface FailurePlan {
  readonly mtbf: ChoiceOf<typeof durationDistributions>;
  readonly mttr: ChoiceOf<typeof durationDistributions>;
  /** Repairs at the same time; `null` for as many as there are failures. */
  readonly crews: number | null;
  /** Whether a failure comes nearer while a replica serves somebody, or while it is in service at all. */
  readonly while: 'busy' | 'always';
  readonly onFailure: Treatment;
  /** Replicas that fail together. */
  readonly group: number;
}

export interface MaintenancePlan {
  readonly windows: readonly ClockWindow[];
  /** Replicas that each window takes, in turn. */
  readonly replicas: number;
  /** Whether they finish what they serve. */
  readonly drain: boolean;
}

/** What may take replicas of a pool out of service; a pool where nothing may has none. */
export interface PoolDynamics {
  readonly failures: FailurePlan | null;
  readonly maintenance: readonly MaintenancePlan[];
  /** From the end of a repair, of maintenance or of switching to service [s]. */
  readonly coldStart: number;
  /** Replicas that it may have at the same time. */
  readonly mostReplicas: number;
}

/** GPUs that another pool has while a trigger is on. */
export interface ReallocationPlan {
  readonly trigger: ChoiceOf<typeof triggers>;
  /** The model whose waiting queue a load trigger watches. */
  readonly watched: number;
  /** Pools, as indices of the cell. */
  readonly from: number;
  readonly to: number;
  /** Lots that move each on its own, and the GPUs in each: whole replicas of either pool. */
  readonly lots: number;
  readonly gpusPerLot: number;
  /** From when the last replica of a lot has ended to when its GPUs belong to the other pool [s]. */
  readonly switching: number;
  /** Whether replicas finish what they serve before they go. */
  readonly drain: boolean;
}
