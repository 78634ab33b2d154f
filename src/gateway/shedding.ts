/** Whom a full line loses when it is not the request that has just come. */
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { DeclaredColumns } from '../workload/request-table.ts';
import { arrivedBefore } from '../workload/request-table.ts';
import type { Admission } from './admission/index.ts';
import type { WaitingLine } from './disciplines/index.ts';

/** Who is shed in favour of an arrival that was not admitted to these lines of one model; `NO_ROW` for nobody. */
export function displacedBy(
  arrival: RequestRow,
  lines: readonly WaitingLine[],
  { displaces }: Admission,
  declared: DeclaredColumns,
): RequestRow {
  if (displaces === 'none') return NO_ROW;
  let last: RequestRow = NO_ROW;
  if (displaces === 'overtaken') {
    for (const line of lines) {
      const candidate = line.lastBehind(arrival);
      if (candidate !== NO_ROW && (last === NO_ROW || line.precedes(last, candidate))) last = candidate;
    }
    return last;
  }
  for (const tier of displaces) {
    if (tier === declared.tier[arrival]) return NO_ROW;
    for (const line of lines) {
      const candidate = line.lastOfTier(tier);
      if (candidate !== NO_ROW && (last === NO_ROW || arrivedBefore(declared, last, candidate)))
        last = candidate;
    }
    if (last !== NO_ROW) return last;
  }
  return NO_ROW;
}
