/**
 * The ledger: what one replication records. Requests are folded into counts by tier, pool and hour as they end, so that
 * memory does not grow with their number; use `onClosed` of `SimulationListener` for each request. It knows what
 * happened, and nothing of metrics or money.
 *
 * Two populations are kept apart. The *cohort* is the requests that arrive in the measured window: outcomes, attempts
 * and latencies are theirs. The *flow* is what service completes in the window, whenever it arrived: tokens and
 * completions, from which throughput and revenue come. What was cancelled in the window is counted separately.
 */
import type { GpuUse } from './dynamics/plan.ts';
import { SECONDS_PER_HOUR } from '../units.ts';
import { OUTCOMES, SESSION_OUTCOMES, type Outcome } from './outcome.ts';
import { Sample } from './sample.ts';
import { Moments, QuantileSketch } from '../stats/index.ts';

export const COHORT_COUNTERS = [
  'arrived',
  ...OUTCOMES,
  /** Served with less than was asked for. */
  'degraded',
  /** Requests that have a feature. */
  'withFeature',
  'attempts',
  /** Attempts refused by a limit, and for lack of room. */
  'attemptsLimited',
  'attemptsShed',
  /** Attempts that entered the queue, and of them those admitted to service the same instant. */
  'entered',
  'enteredWithoutWait',
  'preemptions',
  /** Number of times the replica serving a request went out of service. */
  'interruptions',
  /** Deferrable requests whose window closed before they were served. */
  'late',
  /** Requests that met every bound of their tier's SLO. */
  'withinSlo',
] as const;
export type CohortCounter = (typeof COHORT_COUNTERS)[number];

/** Sessions that begin in the window, and their outcomes. */
export const SESSION_COUNTERS = ['started', ...SESSION_OUTCOMES] as const;
export type SessionCounter = (typeof SESSION_COUNTERS)[number];

export const FLOW_COUNTERS = [
  'completed',
  'promptTokens',
  'cachedTokens',
  'outputTokens',
  'degraded',
  /** Sum of (1 − quality) over completed requests. */
  'qualityLost',
  /**
   * Time that completed and cancelled requests were with the pool, from admission to end, pre-emptions included [s].
   */
  'serviceSeconds',
  /** Agent runs that succeeded, and the sum of their qualities, each the least of its calls. */
  'runs',
  'runQuality',
  /** Requests cancelled after their first token, their prompts, and the output they had received. */
  'cancelled',
  'cancelledPromptTokens',
  'cancelledCachedTokens',
  'cancelledOutputTokens',
] as const;
export type FlowCounter = (typeof FLOW_COUNTERS)[number];

/** The quantities whose distribution is kept, each by tier [s]; `run` of agent runs that succeed. */
export const LATENCIES = ['wait', 'ttft', 'tpot', 'itl', 'e2e', 'run'] as const;
export type Latency = (typeof LATENCIES)[number];

/**
 * Number of times to the first token kept exactly by tier and hour; beyond it they are counted in bins. Small, so that
 * sorting them costs little compared with the simulation.
 */
const KEPT_AN_HOUR = 4_096;

/** What is measured of a pool over one clock hour, or the part of it that lies in the window. */
export interface PoolHour {
  readonly busySeconds: number;
  readonly gpuSecondsByUse: Readonly<Record<GpuUse, number>>;
}

/** What is measured of a pool over the window. */
export interface PoolRecord {
  readonly name: string;
  /** At the start of the run. */
  readonly replicas: number;
  readonly gpus: number;
  readonly servers: number;
  /** KV tokens that fit, `null` where there is no KV. */
  readonly kvCapacityTokens: number | null;
  /** GPU time of the pool, and its division by use [GPU s]. */
  gpuSeconds: number;
  gpuSecondsByUse: Record<GpuUse, number>;
  /** Servers in service, busy or not: time integral [s]. */
  capacitySeconds: number;
  /** Servers busy, or replicas in a step: time integral [s]. */
  busySeconds: number;
  /** KV tokens held: time integral [token s]; and of those that fit, `null` where there is no KV. */
  kvTokenSeconds: number;
  kvCapacityTokenSeconds: number | null;
  steps: number;
  /** Sequences scheduled in those steps, summed. */
  sequences: number;
  /**
   * Failures of failure domains, and the time that crews spent on repairs; the number of crews, `null` for unlimited.
   */
  failures: number;
  crewSeconds: number;
  readonly crews: number | null;
  /** The above by clock hour of the window. */
  readonly hours: PoolHour[];
}

export interface AuditCheck {
  readonly name: string;
  readonly passed: boolean;
  /** The numbers compared. */
  readonly detail: string;
}

export interface LedgerShape {
  readonly tiers: readonly string[];
  readonly pools: readonly PoolRecord[];
  /** Whether each tier has an SLO. */
  readonly promised: readonly boolean[];
  /** Whether the requests of each tier come in sessions, and whether these are agent runs. */
  readonly sessions: readonly ('none' | 'sessions' | 'runs')[];
  /** The measured window [s since the start of the run]. */
  readonly window: { readonly from: number; readonly to: number };
  readonly startOfWeek: number;
}

export class Ledger {
  readonly shape: LedgerShape;
  /** Clock hours that the window touches. */
  readonly hours: number;
  /** By counter, then (tier × hours + hour of arrival). */
  readonly cohort: Readonly<Record<CohortCounter, Float64Array>>;
  /** By counter, then (tier × hours + hour of the first arrival). */
  readonly sessions: Readonly<Record<SessionCounter, Float64Array>>;
  /** By counter, then ((tier × pools + pool) × hours + hour of completion). */
  readonly flow: Readonly<Record<FlowCounter, Float64Array>>;
  /** By quantity, then tier. */
  readonly latencies: Readonly<Record<Latency, readonly Sample[]>>;
  /** Time to the first token by tier × hours + hour of arrival [s]. */
  readonly ttftByHour: readonly QuantileSketch[];
  /** Time in queue of all attempts that entered and left it, by tier [s]. */
  readonly timeInQueue: readonly Moments[];
  /** Requests waiting, and waiting or in service: time averages over the window by tier. */
  readonly meanWaiting: Float64Array;
  readonly meanInSystem: Float64Array;
  /**
   * A hash over every request whose arrival depends on no outcome, by tier: equal when the offered work is equal. It
   * covers the first request and the number of turns of sessions, and nothing of closed loops.
   */
  readonly fingerprints: Uint32Array;
  readonly audit: AuditCheck[] = [];
  /** Events handled, for benchmarks. */
  events = 0;

  private readonly firstHour: number;
  /** The last hour looked up, and its bounds on the clock of the week [s]. */
  private hour = 0;
  private hourBegins = Infinity;
  private hourEnds = -Infinity;

  constructor(shape: LedgerShape) {
    this.shape = shape;
    const { from, to } = shape.window;
    this.firstHour = Math.floor((shape.startOfWeek + from) / SECONDS_PER_HOUR);
    this.hours = Math.ceil((shape.startOfWeek + to) / SECONDS_PER_HOUR) - this.firstHour;
    const tiers = shape.tiers.length;
    const columns = <Name extends string>(names: readonly Name[], length: number) =>
      Object.fromEntries(names.map((name) => [name, new Float64Array(length)])) as Record<Name, Float64Array>;
    this.cohort = columns(COHORT_COUNTERS, tiers * this.hours);
    this.sessions = columns(SESSION_COUNTERS, tiers * this.hours);
    this.flow = columns(FLOW_COUNTERS, tiers * shape.pools.length * this.hours);
    const perTier = <T>(make: () => T) => shape.tiers.map(make);
    this.latencies = Object.fromEntries(
      LATENCIES.map((name) => [name, perTier(() => new Sample())]),
    ) as Record<Latency, Sample[]>;
    this.ttftByHour = Array.from({ length: tiers * this.hours }, () => new QuantileSketch(KEPT_AN_HOUR));
    this.timeInQueue = perTier(() => new Moments());
    this.meanWaiting = new Float64Array(tiers);
    this.meanInSystem = new Float64Array(tiers);
    this.fingerprints = new Uint32Array(tiers).fill(FNV_OFFSET);
  }

  /** Whether an instant of the run is in the measured window, end included. */
  inWindow(at: number): boolean {
    return at >= this.shape.window.from && at <= this.shape.window.to;
  }

  /** The row of `cohort` for a tier and an instant of the window. */
  cohortIndex(tier: number, at: number): number {
    return tier * this.hours + this.hourOf(at);
  }

  /** The row of `flow` for a tier, a pool and an instant of the window. */
  flowIndex(tier: number, pool: number, at: number): number {
    return (tier * this.shape.pools.length + pool) * this.hours + this.hourOf(at);
  }

  /** The sum of a cohort counter over all hours, of one tier or of all (`null`). */
  cohortTotal(counter: CohortCounter, tier: number | null): number {
    const column = this.cohort[counter];
    return sum(tier === null ? column : column.subarray(tier * this.hours, (tier + 1) * this.hours));
  }

  /** The sum of a cohort counter over one hour of the window. */
  cohortInHour(counter: CohortCounter, tier: number, hour: number): number {
    return this.cohort[counter][tier * this.hours + hour]!;
  }

  /** A counter of sessions, of one tier or of all (`null`), in one hour of the window or in all (`null`). */
  sessionTotal(counter: SessionCounter, tier: number | null, hour: number | null): number {
    let total = 0;
    for (let t = 0; t < this.shape.tiers.length; t++) {
      if (tier !== null && t !== tier) continue;
      for (let h = 0; h < this.hours; h++) {
        if (hour === null || h === hour) total += this.sessions[counter][t * this.hours + h]!;
      }
    }
    return total;
  }

  /** The sum of a flow counter, of one tier, pool or hour of the window or of all (`null`). */
  flowTotal(
    counter: FlowCounter,
    tier: number | null,
    pool: number | null,
    hour: number | null = null,
  ): number {
    let total = 0;
    const pools = this.shape.pools.length;
    for (let t = 0; t < this.shape.tiers.length; t++) {
      if (tier !== null && t !== tier) continue;
      for (let p = 0; p < pools; p++) {
        if (pool !== null && p !== pool) continue;
        const first = (t * pools + p) * this.hours;
        total +=
          hour === null
            ? sum(this.flow[counter].subarray(first, first + this.hours))
            : this.flow[counter][first + hour]!;
      }
    }
    return total;
  }

  /** How much of an hour is within the window [s]: less than 3,600 at its ends. */
  secondsInHour(hour: number): number {
    const { window, startOfWeek } = this.shape;
    const begins = (this.firstHour + hour) * SECONDS_PER_HOUR - startOfWeek;
    return Math.min(window.to, begins + SECONDS_PER_HOUR) - Math.max(window.from, begins);
  }

  /** The clock hour of the week (0 = Monday 00:00 to 01:00) of an hour of the window. */
  hourOfWeek(hour: number): number {
    return (this.firstHour + hour) % 168;
  }

  /** Adds a number of an arriving request to the tier's fingerprint. */
  fingerprint(tier: number, value: number): void {
    asFloat[0] = value;
    const mixed = Math.imul(this.fingerprints[tier]! ^ asWords[0]!, FNV_PRIME);
    this.fingerprints[tier] = Math.imul(mixed ^ asWords[1]!, FNV_PRIME);
  }

  countOutcome(outcome: Outcome, index: number): void {
    // Fast path: nearly all are served, and access to a column by a runtime name is a lookup.
    const column = outcome === 'served' ? this.cohort.served : this.cohort[outcome];
    column[index]! += 1;
  }

  private hourOf(at: number): number {
    const clock = this.shape.startOfWeek + at;
    // Fast path: successive instants are mostly in the same hour.
    if (!(clock >= this.hourBegins && clock < this.hourEnds)) {
      const hour = Math.floor(clock / SECONDS_PER_HOUR);
      this.hourBegins = hour * SECONDS_PER_HOUR;
      this.hourEnds = this.hourBegins + SECONDS_PER_HOUR;
      this.hour = Math.min(hour - this.firstHour, this.hours - 1);
    }
    return this.hour;
  }
}

/** FNV-1a by 32-bit words (Fowler, Noll and Vo). */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const asFloat = new Float64Array(1);
const asWords = new Uint32Array(asFloat.buffer);

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
