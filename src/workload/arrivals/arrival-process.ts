/**
 * Arrival processes: when the requests of one tier come. A process knows its own law and nothing of what a request
 * is; a replayed trace also carries what it recorded of each request.
 */
import type { UniformSource } from '../../stats/index.ts';
import { strategiesOf } from '../../strategy.ts';
import type { HourlyShape } from '../hourly-shape.ts';
import type { Trace } from '../traces/trace.ts';

export interface ArrivalProcess {
  /** Time of the next arrival [s since the start of the run], never falling; ∞ when there are no more. */
  next(): number;
  /** What was recorded of the arrivals, when they are replayed. */
  readonly trace: Trace | null;
  /** The index into `trace` of the arrival that `next` gave last. */
  readonly index: number;
}

export interface ArrivalEnvironment {
  /** The stream of this tier's arrivals; nothing else draws from it. */
  readonly source: UniformSource;
  /** Another such stream, for a part of the process that is drawn apart. */
  stream(part: string): UniformSource;
  /** The cell's share of the provider: rates in a scenario are the provider's. */
  readonly share: number;
  /** What all demand of the scenario is multiplied by. */
  readonly load: number;
  /** Time of the week at which the run starts [s since Monday 00:00]. */
  readonly startOfWeek: number;
  /** A profile of the catalogue by name; `null` when there is none. */
  profile(name: string): HourlyShape | null;
  /** Names of the profiles, for messages. */
  readonly profileNames: readonly string[];
  /** A trace file as it was read, by the name the scenario gives it. */
  trace(file: string): Trace;
}

export const arrivalStrategy = strategiesOf<ArrivalEnvironment, ArrivalProcess>();
