/** The disciplines a gateway can choose. */
import { Family } from '../../strategy.ts';
import { ageingPriority } from './ageing-priority.ts';
import { earliestDeadline } from './earliest-deadline.ts';
import { fcfs } from './fcfs.ts';
import { highestValue } from './highest-value.ts';
import { shortestPredicted } from './shortest-predicted.ts';
import { strictPriority } from './strict-priority.ts';
import { weightedFair } from './weighted-fair.ts';

export const disciplines = new Family('discipline', 'In which order those who wait are served.', [
  fcfs,
  strictPriority,
  ageingPriority,
  weightedFair,
  earliestDeadline,
  shortestPredicted,
  highestValue,
]);

/** Disciplines whose orders say of one in service, too, how important it is: servers may be taken away by them. */
export const PREEMPTIVE: readonly string[] = [strictPriority.kind, shortestPredicted.kind];

/** Disciplines by which one request is more important than another for as long as both are there, served or not. */
export const RANKING: readonly string[] = [...PREEMPTIVE, earliestDeadline.kind, highestValue.kind];

export { QueueLinks } from './arrival-order.ts';
export type { DisciplineEnvironment, QueuedTier, WaitingQueue } from './discipline.ts';
