/** The admission rules a gateway can choose. */
import { Family } from '../../input/strategy.ts';
import { bidPrice } from './bid-price.ts';
import { bounded } from './bounded.ts';
import { expectedDelay } from './expected-delay.ts';
import { trunkReservation } from './trunk-reservation.ts';
import { unbounded } from './unbounded.ts';

export const admissions = new Family('admission', 'Which requests may enter the queue.', [
  unbounded,
  bounded,
  expectedDelay,
  trunkReservation,
  bidPrice,
]);

export type { Admission, AdmissionDeclarations, AdmissionEnvironment } from './admission.ts';
