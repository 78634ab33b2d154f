/** In force during windows of the week. */
import { Type } from 'typebox';
import { WeekWindows } from '../../kernel/week-windows.ts';
import { Window } from '../../input/schema.ts';
import { triggerStrategy, type Trigger } from './trigger.ts';

export const clock = triggerStrategy({
  kind: 'clock',
  summary: 'In force during stated windows of the week.',
  parameters: {
    windows: Type.Array(
      Window({
        description: 'Days and times, such as Mon-Fri 13:00-21:00; 22:00-06:00 ends on the next day.',
      }),
      {
        minItems: 1,
        description: 'When it is in force.',
      },
    ),
  },
  example: { kind: 'clock', windows: ['Mon-Fri 13:00-21:00'] },
  declares: { follows: 'clock' },
  create: ({ windows }, { startOfWeek }) => new ClockTrigger(new WeekWindows(windows, startOfWeek)),
});

class ClockTrigger implements Trigger {
  readonly observes = false;
  private readonly windows: WeekWindows;

  constructor(windows: WeekWindows) {
    this.windows = windows;
  }

  isOn(now: number): boolean {
    return this.windows.isOpen(now);
  }

  nextChange(now: number): number {
    return this.windows.nextEdge(now);
  }

  observe(): void {
    // The clock needs no telemetry.
  }
}
