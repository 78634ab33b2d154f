/** In force while the fleet is pressed, with hysteresis so that it does not flicker. */
import { ParameterError } from '../../errors.ts';
import { Duration, OneOf, PositiveDuration } from '../../schema.ts';
import { triggerStrategy, type Trigger } from './trigger.ts';
import type { ModelView } from '../telemetry.ts';

export const load = triggerStrategy({
  kind: 'load',
  summary: 'In force from the moment a load signal rises above a bound until it falls below another.',
  parameters: {
    signal: OneOf(['waiting'] as const, {
      description: 'waiting: how long the request that waits longest has waited.',
    }),
    above: PositiveDuration({ description: 'Comes into force when the signal is above this.' }),
    below: Duration({ description: 'Ends when the signal is below this; at most `above`.' }),
  },
  example: { kind: 'load', signal: 'waiting', above: '1s', below: '200ms' },
  create: ({ above, below }) => {
    if (below > above) {
      throw new ParameterError(
        'below',
        `${below} s is more than above (${above} s); it ends at a lower signal than it starts`,
      );
    }
    return new LoadTrigger(above, below);
  },
});

class LoadTrigger implements Trigger {
  readonly observes = true;
  private readonly above: number;
  private readonly below: number;
  private on = false;

  constructor(above: number, below: number) {
    this.above = above;
    this.below = below;
  }

  isOn(): boolean {
    return this.on;
  }

  nextChange(): number {
    return Infinity;
  }

  observe({ longestWait }: ModelView): void {
    if (longestWait > this.above) this.on = true;
    else if (longestWait < this.below || longestWait === 0) this.on = false;
  }
}
