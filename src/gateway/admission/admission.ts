/** Admission: whether a request that conforms to its limits may enter the waiting queue. */
import { ParameterError } from '../../errors.ts';
import type { RequestRow } from '../../ids.ts';
import { declaringStrategiesOf } from '../../input/strategy.ts';
import type { DeclaredColumns } from '../../workload/request-table.ts';
import type { QueueView } from '../telemetry.ts';

export interface Admission {
  /** Whether a request may enter this queue now [s]. */
  admits(row: RequestRow, queue: QueueView, now: number): boolean;
  /**
   * Which requests may be shed in favour of one that is not admitted: those that the discipline lets it overtake, or
   * those of the tiers before its own in a list of tiers, as indices; none (`none`) where it is shed itself.
   */
  readonly displaces: 'none' | 'overtaken' | readonly number[];
  /** Whether a request that is not admitted, and for which none can be shed, still enters. */
  entersBeyondBound(row: RequestRow, queue: QueueView): boolean;
  /** Whether it depends on room, and on the gaps between starts of service, which are tracked only then. */
  readonly readsRoom: boolean;
  readonly readsGaps: boolean;
}

export interface AdmissionEnvironment {
  readonly declared: DeclaredColumns;
  /** Names of the tiers, by index. */
  readonly tiers: readonly string[];
  /** Time of the week at which the run starts [s since Monday 00:00]. */
  readonly startOfWeek: number;
  /** Expected revenue of a request per GPU-second that it is expected to take [USD/s]. */
  worth(row: RequestRow): number;
}

/** For rules without exceptions: a request that is not admitted never enters. */
export const NEVER = (): boolean => false;

export interface AdmissionDeclarations {
  /** Whether it lets in the same at all times of the day. */
  readonly isStationary: boolean;
  /** Whether what requests pay decides about which are admitted. */
  readonly looksAtPrices: boolean;
}

export const admissionStrategy = declaringStrategiesOf<
  AdmissionEnvironment,
  Admission,
  AdmissionDeclarations
>();

/** The indices of tiers named at `path`. Throws `ParameterError` for an unknown name. */
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
