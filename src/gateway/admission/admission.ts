/** Admission: whether a request that conforms to its limits may enter the waiting line. */
import { strategiesOf } from '../../strategy.ts';
import type { LineView } from '../telemetry.ts';

export interface Admission {
  admits(line: LineView): boolean;
  /** Whether a request that is not admitted may take the place of the least important one that waits. */
  readonly displaces: boolean;
  /** Whether it goes by the room there is, which is counted only then. */
  readonly readsRoom: boolean;
}

export const admissionStrategy = strategiesOf<null, Admission>();
