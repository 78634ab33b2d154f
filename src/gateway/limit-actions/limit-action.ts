/** Limit actions: what happens to a request that exceeds a rate limit. */
import { strategiesOf } from '../../input/strategy.ts';
import type { ModelNames, DegradationAction } from '../degradation/action.ts';

export interface LimitAction {
  /** Whether the request waits at the gateway until it conforms. */
  readonly holds: boolean;
  /** What the request is granted when it still passes, not counted by the limit; `null` when it does not pass. */
  readonly degradation: DegradationAction | null;
}

export const limitActionStrategy = strategiesOf<ModelNames, LimitAction>();
