/** Admission: whether a request that conforms to its limits may enter the waiting line. */
import { strategiesOf } from '../../strategy.ts';
import type { LineView } from '../telemetry.ts';

export interface Admission {
  admits(line: LineView): boolean;
}

export const admissionStrategy = strategiesOf<null, Admission>();
