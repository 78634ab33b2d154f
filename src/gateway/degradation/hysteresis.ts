/** A signal with two bounds: on from above the upper until below the lower, so that it does not flap in between. */
import { ParameterError } from '../../errors.ts';
import type { ModelView } from '../telemetry.ts';
import type { Trigger } from './trigger.ts';

export class HystereticTrigger implements Trigger {
  readonly observes = true;
  private readonly signalOf: (view: ModelView) => number;
  private readonly above: number;
  private readonly below: number;
  private on = false;

  /** Throws `ParameterError` at `below` where that is more than `above`. */
  constructor(signalOf: (view: ModelView) => number, above: number, below: number, unit = '') {
    if (below > above) {
      throw new ParameterError(
        'below',
        `${below}${unit} is more than above (${above}${unit}); give a bound of at most above`,
      );
    }
    this.signalOf = signalOf;
    this.above = above;
    this.below = below;
  }

  isOn(): boolean {
    return this.on;
  }

  /** A signal of 0 turns it off whatever the lower bound. */
  nextChange(): number {
    return Infinity;
  }

  observe(view: ModelView): void {
    const signal = this.signalOf(view);
    if (signal > this.above) this.on = true;
    else if (signal < this.below || signal === 0) this.on = false;
  }
}
