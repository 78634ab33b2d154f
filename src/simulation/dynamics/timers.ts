/** Timers of the fleet: one-shot actions at an instant that may be moved or cancelled. */

/** Schedules a call of `Timers.fire` with these numbers at an instant. */
export type ScheduleTimer = (at: number, timer: number, version: number) => void;

export class Timers {
  private readonly actions: ((now: number) => void)[] = [];
  private readonly versions: number[] = [];
  private readonly schedule: ScheduleTimer;

  constructor(schedule: ScheduleTimer) {
    this.schedule = schedule;
  }

  /** Creates a timer with an action. */
  create(action: (now: number) => void): number {
    this.versions.push(0);
    return this.actions.push(action) - 1;
  }

  /** Sets a timer to an instant [s], replacing any earlier one; ∞ is never. */
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
