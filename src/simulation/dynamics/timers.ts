/** Timers of the fleet's own: what is to happen once, at an instant that may be moved or called off. */

/** Asks the run to call `Timers.fire` with these numbers at an instant. */
export type ScheduleTimer = (at: number, timer: number, version: number) => void;

export class Timers {
  private readonly actions: ((now: number) => void)[] = [];
  private readonly versions: number[] = [];
  private readonly schedule: ScheduleTimer;

  constructor(schedule: ScheduleTimer) {
    this.schedule = schedule;
  }

  /** A new timer that does this. */
  create(action: (now: number) => void): number {
    this.versions.push(0);
    return this.actions.push(action) - 1;
  }

  /** Sets a timer to an instant [s], whatever it was set to before; ∞ is never. */
  set(timer: number, at: number): void {
    const version = ++this.versions[timer]!;
    if (at < Infinity) this.schedule(at, timer, version);
  }

  cancel(timer: number): void {
    this.versions[timer]! += 1;
  }

  fire(timer: number, version: number, now: number): void {
    if (this.versions[timer] === version) this.actions[timer]!(now);
  }
}
