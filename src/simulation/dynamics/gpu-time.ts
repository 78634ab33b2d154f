/** The GPUs of one pool by use, over time. Its only inputs are moves between uses and pools. */
import { TimeAverage } from '../../stats/index.ts';
import { GPU_USES, type GpuUse } from './plan.ts';

export class GpuTime {
  private readonly uses: Readonly<Record<GpuUse, TimeAverage>>;
  /** GPUs of the pool, counted independently of their uses. */
  private readonly gpus: TimeAverage;

  /** Starts the pool with a number of GPUs, all in one use. */
  constructor(gpus: number, use: GpuUse) {
    this.gpus = new TimeAverage(gpus);
    this.uses = Object.fromEntries(
      GPU_USES.map((name) => [name, new TimeAverage(name === use ? gpus : 0)]),
    ) as Record<GpuUse, TimeAverage>;
  }

  /** Moves GPUs of the pool from one use to another. */
  move(from: GpuUse, to: GpuUse, gpus: number, now: number): void {
    this.uses[from].add(-gpus, now);
    this.uses[to].add(gpus, now);
  }

  /** Moves GPUs that are out of service from this pool to another. */
  handOver(to: GpuTime, use: GpuUse, gpus: number, now: number): void {
    this.uses[use].add(-gpus, now);
    this.gpus.add(-gpus, now);
    to.uses.switching.add(gpus, now);
    to.gpus.add(gpus, now);
  }

  /** The measured window opens. */
  restart(now: number): void {
    this.gpus.restart(now);
    for (const use of GPU_USES) this.uses[use].restart(now);
  }

  /** GPU time of each use in the window, and of the pool in total [GPU s]. */
  close(now: number): { readonly total: number; readonly uses: Record<GpuUse, number> } {
    const uses = Object.fromEntries(GPU_USES.map((use) => [use, this.uses[use].integral(now)]));
    return { total: this.gpus.integral(now), uses: uses as Record<GpuUse, number> };
  }
}
