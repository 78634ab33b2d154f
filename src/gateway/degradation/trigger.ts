/** Triggers: when a degradation is in force. A trigger sees the clock and telemetry, not requests. */
import { declaringStrategiesOf } from '../../input/strategy.ts';
import type { ModelView } from '../telemetry.ts';

export interface Trigger {
  /** Whether the degradation is in force now. */
  isOn(now: number): boolean;
  /** The next instant after `now` at which that may change without telemetry [s]; ∞ when there is none. */
  nextChange(now: number): number;
  /** Takes in new telemetry of the model it watches. */
  observe(view: ModelView): void;
  /** Whether it needs telemetry. */
  readonly observes: boolean;
}

export interface TriggerEnvironment {
  /** Time of the week at which the run starts [s since Monday 00:00]. */
  readonly startOfWeek: number;
}

export interface TriggerDeclarations {
  /** What turns it on and off: the time of the week, or the load of a pool that serves. */
  readonly follows: 'clock' | 'load';
}

export const triggerStrategy = declaringStrategiesOf<TriggerEnvironment, Trigger, TriggerDeclarations>();
