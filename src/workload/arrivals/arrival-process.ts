/**
 * Arrival processes: when the requests of one tier come. A process knows its own distribution and nothing of what a
 * request is; a replayed trace also carries what it recorded of each request.
 */
import type {
  CounterStream,
  Distribution,
  DistributionEnvironment,
  UniformSource,
} from '../../stats/index.ts';
import { declaringStrategiesOf } from '../../input/strategy.ts';
import type { HourlyShape } from '../hourly-shape.ts';
import type { TraceFormat } from '../traces/index.ts';
import type { Trace } from '../traces/trace.ts';
import type { RecordedSessions } from './recorded-sessions.ts';

export interface ArrivalProcess {
  /** Time of the next arrival [s since the start of the run], never falling; ∞ when there are no more. */
  next(): number;
  /** What was recorded of the arrivals, when they are replayed. */
  readonly trace: Trace | null;
  /**
   * Which of the requests of `trace` the arrival was that `next` gave last, counted on through its repetitions; −1
   * before, and where nothing is replayed.
   */
  readonly position: number;
  /** The sessions of `trace` whose turns, but for the first of each, follow the answer before and not `next`. */
  readonly turns?: RecordedSessions;
  /** The users of a closed loop, who send after each outcome; left out where arrivals do not depend on outcomes. */
  readonly loop?: ClosedLoop;
  /**
   * Arrivals expected from the start of the run to an instant [s], before any is drawn; 0 where they follow outcomes.
   * Its cost does not grow with their number, and it may be ∞.
   */
  expectedBy(instant: number): number;
  /** Draws for arrivals expected by then, where they are more than one or two an arrival. */
  drawsBy?(instant: number): number;
  /** What else is drawn by then, by the value that sets how much: a process whose rate jumps may do little but jump. */
  jumpsBy?(instant: number): readonly ExpectedJumps[];
  /** Arrivals expected at one and the same instant; 1 when left out. */
  readonly together?: number;
  /** The tenant of the arrival that `next` gave last; left out by a process that leaves it to the tier's activity. */
  readonly tenant?: number;
}

/** Jumps of a rate between its states that are expected before any is drawn. */
export interface ExpectedJumps {
  /** Below the process: the value that says how long each state lasts. */
  readonly path: string;
  readonly count: number;
}

export interface ClosedLoop {
  /** Users in the cell. */
  readonly users: number;
  /** From an outcome to the user's next request [s]. */
  readonly think: Distribution;
}

export interface ArrivalEnvironment extends DistributionEnvironment {
  /** The stream of this tier's arrivals; nothing else draws from it. */
  readonly source: UniformSource;
  /** Another such stream, for a part of the process that is drawn apart. */
  stream(part: string): UniformSource;
  /** A stream indexed by position, for a part that is drawn so. */
  counter(part: string): CounterStream;
  /** Tenants of the tier in the cell. */
  readonly tenants: number;
  /** By tenant of the cell, its share of the requests; 1 in all. */
  tenantShares(): Float64Array;
  /** The cell's share of the provider: rates in a scenario are the provider's. */
  readonly share: number;
  /** Factor on all demand of the scenario. */
  readonly load: number;
  /** Time of the week at which the run starts [s since Monday 00:00]. */
  readonly startOfWeek: number;
  /** A profile of the catalogue by name; `null` when there is none. */
  profile(name: string): HourlyShape | null;
  /** Names of the profiles, for messages. */
  readonly profileNames: readonly string[];
  /** The name of the tier. */
  readonly tierName: string;
  /** A trace file as it was read, by the name the scenario gives it. */
  trace(file: string): Trace;
}

/** What is replayed of a trace: from a file with its layout, or as written in the scenario. */
export interface Replayed {
  readonly file?: string;
  readonly format?: TraceFormat;
  readonly blockSize?: number;
  readonly requests?: readonly {
    readonly at: number;
    readonly session?: string | number;
    readonly priority?: number;
  }[];
  /** What recorded times are multiplied by. */
  readonly timeScale: number;
  /** Whether later turns of a session come after answers and not at their recorded times. */
  readonly sessions?: 'open' | 'closed';
}

export interface ArrivalDeclarations {
  /** Whether it has a steady state: nothing of it depends on the time of the week or on the time since the start. */
  readonly isStationary: boolean;
  /** What of a trace it replays; `null` where arrivals are drawn. */
  readonly replays: Replayed | null;
  /** Users of the provider, who are tenants unless the tier says otherwise; `null` where arrivals have no users. */
  readonly users: number | null;
}

export const arrivalStrategy = declaringStrategiesOf<
  ArrivalEnvironment,
  ArrivalProcess,
  ArrivalDeclarations
>();
