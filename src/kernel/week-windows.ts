/** Weekly windows on the clock of a run: whether one is open, and when that next changes. */
import { SECONDS_PER_DAY, SECONDS_PER_WEEK, type ClockWindow } from '../units.ts';

export class WeekWindows {
  private readonly windows: readonly ClockWindow[];
  private readonly startOfWeek: number;

  /** `startOfWeek`: time of the week at which the run starts [s since Monday 00:00]. */
  constructor(windows: readonly ClockWindow[], startOfWeek: number) {
    this.windows = windows;
    this.startOfWeek = startOfWeek;
  }

  /** Whether some window is open at an instant of the run. */
  isOpen(now: number): boolean {
    const ofWeek = (this.startOfWeek + now) % SECONDS_PER_WEEK;
    for (const { days, from, to } of this.windows) {
      for (const day of days) {
        const closes = day * SECONDS_PER_DAY + to;
        // What opens on Sunday may close on Monday.
        if (ofWeek < closes - SECONDS_PER_WEEK) return true;
        if (ofWeek >= day * SECONDS_PER_DAY + from && ofWeek < closes) return true;
      }
    }
    return false;
  }

  /** The next instant after `now` at which some window opens or closes [s]. */
  nextEdge(now: number): number {
    const clock = this.startOfWeek + now;
    let next = Infinity;
    for (const { days, from, to } of this.windows) {
      for (const day of days) {
        for (const edge of [day * SECONDS_PER_DAY + from, day * SECONDS_PER_DAY + to]) {
          // The first recurrence of the edge after `now`.
          const weeks = Math.floor((clock - edge) / SECONDS_PER_WEEK) + 1;
          next = Math.min(next, edge + weeks * SECONDS_PER_WEEK);
        }
      }
    }
    return next - this.startOfWeek;
  }
}
