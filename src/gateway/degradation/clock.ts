/** In force during windows of the week. */
import { Type } from 'typebox';
import { Window } from '../../schema.ts';
import { SECONDS_PER_DAY, SECONDS_PER_WEEK, type ClockWindow } from '../../units.ts';
import { triggerStrategy, type Trigger } from './trigger.ts';

export const clock = triggerStrategy({
  kind: 'clock',
  summary: 'In force during stated windows of the week.',
  parameters: {
    windows: Type.Array(Window({ description: 'Days and times, such as Mon-Fri 13:00-21:00.' }), {
      minItems: 1,
      description: 'When it is in force.',
    }),
  },
  example: { kind: 'clock', windows: ['Mon-Fri 13:00-21:00'] },
  create: ({ windows }, { startOfWeek }) => new ClockTrigger(windows, startOfWeek),
});

class ClockTrigger implements Trigger {
  readonly observes = false;
  private readonly windows: readonly ClockWindow[];
  private readonly startOfWeek: number;

  constructor(windows: readonly ClockWindow[], startOfWeek: number) {
    this.windows = windows;
    this.startOfWeek = startOfWeek;
  }

  isOn(now: number): boolean {
    const ofWeek = (this.startOfWeek + now) % SECONDS_PER_WEEK;
    const day = Math.floor(ofWeek / SECONDS_PER_DAY);
    const ofDay = ofWeek - day * SECONDS_PER_DAY;
    for (const window of this.windows) {
      if (ofDay >= window.from && ofDay < window.to && window.days.includes(day)) return true;
    }
    return false;
  }

  observe(): void {
    // The clock needs no telemetry.
  }
}
