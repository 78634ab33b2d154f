/** Victim selection when a bounded queue is full and not the arrival is shed. */
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { DeclaredColumns } from '../workload/request-table.ts';
import { arrivedBefore } from '../workload/request-table.ts';
import type { Admission } from './admission/index.ts';
import type { WaitingQueue } from './disciplines/index.ts';

/**
 * The request to shed in favour of an arrival that was not admitted to these queues of one model; `NO_ROW` for none.
 */
export function displacedBy(
  arrival: RequestRow,
  queues: readonly WaitingQueue[],
  { displaces }: Admission,
  declared: DeclaredColumns,
): RequestRow {
  if (displaces === 'none') return NO_ROW;
  let last: RequestRow = NO_ROW;
  if (displaces === 'overtaken') {
    for (const queue of queues) {
      const candidate = queue.lastBehind(arrival);
      if (candidate !== NO_ROW && (last === NO_ROW || queue.precedes(last, candidate))) last = candidate;
    }
    return last;
  }
  for (const tier of displaces) {
    if (tier === declared.tier[arrival]) return NO_ROW;
    for (const queue of queues) {
      const candidate = queue.lastOfTier(tier);
      if (candidate !== NO_ROW && (last === NO_ROW || arrivedBefore(declared, last, candidate)))
        last = candidate;
    }
    if (last !== NO_ROW) return last;
  }
  return NO_ROW;
}
