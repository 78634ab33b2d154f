/** Maintenance of one pool: when a window opens the next replicas in turn go out of service, and return at its end. */
import { WeekWindows } from '../../kernel/week-windows.ts';
import type { MaintenancePlan } from './plan.ts';
import { settleAll, type ReplicaLife } from './replica-life.ts';
import type { Timers } from './timers.ts';

export class Maintenance {
  private readonly plan: MaintenancePlan;
  private readonly windows: WeekWindows;
  private readonly lives: readonly ReplicaLife[];
  private readonly timers: Timers;
  private readonly edge: number;
  private readonly taken: ReplicaLife[] = [];
  /** The place of the replica whose turn is next. */
  private turn = 0;

  constructor(plan: MaintenancePlan, lives: readonly ReplicaLife[], startOfWeek: number, timers: Timers) {
    this.plan = plan;
    this.windows = new WeekWindows(plan.windows, startOfWeek);
    this.lives = lives;
    this.timers = timers;
    this.edge = timers.create((now) => this.look(now));
    timers.set(this.edge, 0);
  }

  private look(now: number): void {
    if (!this.windows.isOpen(now)) this.end(now);
    else if (this.taken.length === 0) this.begin(now);
    this.timers.set(this.edge, this.windows.nextEdge(now));
  }

  private begin(now: number): void {
    for (let seen = 0; seen < this.lives.length && this.taken.length < this.plan.replicas; seen++) {
      const life = this.lives[this.turn]!;
      this.turn = (this.turn + 1) % this.lives.length;
      if (life.use === null || life.maintenance !== null || life.leave !== null) continue;
      life.maintenance = this.plan;
      this.taken.push(life);
    }
    settleAll(this.taken, now);
  }

  private end(now: number): void {
    for (const life of this.taken) life.maintenance = null;
    settleAll(this.taken, now);
    this.taken.length = 0;
  }
}
