/** The disciplines a gateway can choose. */
import { Family } from '../../strategy.ts';
import { fcfs } from './fcfs.ts';
import { strictPriority } from './strict-priority.ts';

export const disciplines = new Family('discipline', 'In which order those who wait are served.', [
  fcfs,
  strictPriority,
]);

export { LineLinks } from './arrival-order.ts';
export type { WaitingLine } from './discipline.ts';
