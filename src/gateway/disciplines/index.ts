/** The disciplines a gateway can choose. */
import { Family } from '../../input/strategy.ts';
import { ageingPriority } from './ageing-priority.ts';
import { earliestDeadline } from './earliest-deadline.ts';
import { fcfs } from './fcfs.ts';
import { highestValue } from './highest-value.ts';
import { shortestPredicted } from './shortest-predicted.ts';
import { strictPriority } from './strict-priority.ts';
import { weightedFair } from './weighted-fair.ts';

export const disciplines = new Family('discipline', 'The order in which waiting requests are served.', [
  fcfs,
  strictPriority,
  ageingPriority,
  weightedFair,
  earliestDeadline,
  shortestPredicted,
  highestValue,
]);

export { QueueLinks } from './arrival-order.ts';
export type {
  DisciplineDeclarations,
  DisciplineEnvironment,
  QueuedTier,
  WaitingQueue,
} from './discipline.ts';
