/** The GPUs of one pool by what they are there for, over time. Moves between uses and pools are all it is told. */
import { TimeAverage } from '../../stats/index.ts';
import { GPU_USES, type GpuUse } from './plan.ts';

export class GpuTime {
  private readonly uses: Readonly<Record<GpuUse, TimeAverage>>;
  /** GPUs of the pool, counted apart from their uses. */
  private readonly gpus: TimeAverage;

  /** The pool begins with so many GPUs, all in one use. */
  constructor(gpus: number, use: GpuUse) {
    this.gpus = new TimeAverage(gpus);
    this.uses = Object.fromEntries(
      GPU_USES.map((name) => [name, new TimeAverage(name === use ? gpus : 0)]),
    ) as Record<GpuUse, TimeAverage>;
  }

  /** GPUs of the pool go from one use to another. */
  move(from: GpuUse, to: GpuUse, gpus: number, now: number): void {
    this.uses[from].add(-gpus, now);
    this.uses[to].add(gpus, now);
  }

  /** GPUs leave the pool, which were out of service already, for another that they belong to from now on. */
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

  /** GPU time of each use in the window [GPU s], and of the pool in all. */
  close(now: number): { readonly total: number; readonly uses: Record<GpuUse, number> } {
    const uses = Object.fromEntries(GPU_USES.map((use) => [use, this.uses[use].integral(now)]));
    return { total: this.gpus.integral(now), uses: uses as Record<GpuUse, number> };
  }
}
