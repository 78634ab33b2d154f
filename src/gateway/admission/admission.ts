/** Admission: whether a request that conforms to its limits may enter the waiting queue. */
import { ParameterError } from '../../errors.ts';
import type { RequestRow } from '../../ids.ts';
import { strategiesOf } from '../../strategy.ts';
import type { DeclaredColumns } from '../../workload/request-table.ts';
import type { QueueView } from '../telemetry.ts';

export interface Admission {
  /** Whether a request may enter this queue now [s]. */
  admits(row: RequestRow, queue: QueueView, now: number): boolean;
  /**
   * Who may be shed in favour of a request that is not admitted: whom the discipline lets it overtake, or those of the
   * tiers that stand before its own in a list of tiers, as indices; nobody (`none`) where it is shed itself.
   */
  readonly displaces: 'none' | 'overtaken' | readonly number[];
  /** Whether a request that is not admitted, and in whose favour none can be shed, enters all the same. */
  entersBeyondBound(row: RequestRow, queue: QueueView): boolean;
  /** Whether it goes by the room there is, and by the gaps between starts, which are counted only then. */
  readonly readsRoom: boolean;
  readonly readsGaps: boolean;
}

export interface AdmissionEnvironment {
  readonly declared: DeclaredColumns;
  /** Names of the tiers, by index. */
  readonly tiers: readonly string[];
  /** Time of the week at which the run starts [s since Monday 00:00]. */
  readonly startOfWeek: number;
  /** What a request is expected to bring for each second of a GPU that it is expected to take [USD/s]. */
  worth(row: RequestRow): number;
}

/** Of rules that admit or do not: no request enters that is not admitted. */
export const NEVER = (): boolean => false;

export const admissionStrategy = strategiesOf<AdmissionEnvironment, Admission>();

/** The indices of tiers named at `path`. Throws `ParameterError` for a name that no tier has. */
export function tiersNamed(path: string, names: readonly string[], tiers: readonly string[]): number[] {
  return names.map((name, at) => {
    const index = tiers.indexOf(name);
    if (index < 0)
      throw new ParameterError(
        `${path}[${at}]`,
        `no tier is called "${name}"; there are ${tiers.join(', ')}`,
      );
    return index;
  });
}
