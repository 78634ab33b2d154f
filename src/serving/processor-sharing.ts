/**
 * Processor sharing: all requests are in service at once, and the servers are divided among them in proportion to the
 * weights of their tiers, up to one server each. A tier whose share would exceed one server per request gets just that,
 * and the others divide the rest.
 *
 * Each tier has a virtual clock that shows how much service each of its requests has received since the tier was last
 * empty; a request ends when that clock reaches its value at arrival plus the request's service time. So an event costs
 * the logarithm of the number of requests plus the number of tiers, and no request is touched in between: no rounding
 * accumulates.
 */
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { CounterStream, Distribution } from '../stats/index.ts';
import { CLOCK_STEP } from '../units.ts';
import { InstantHeap } from './instant-heap.ts';
import { ReplicaMeter } from './replica-meter.ts';
import type { InterruptibleReplica, Release, ReplicaEnvironment } from './replica.ts';
import { SlotWork } from './slot-work.ts';

/** Unlimited room, as a number that can be summed over replicas. */
const PLENTY = 2 ** 30;

/** The requests of one tier in service. */
interface Share {
  readonly tier: number;
  readonly weight: number;
  /** By the reading of the tier's clock at their end [s of service]. */
  readonly inService: InstantHeap;
  /** Service that each request received since the tier was last empty [s]. */
  clock: number;
  /** Servers that each of its requests has now. */
  rate: number;
}

export class SharedSlots implements InterruptibleReplica {
  readonly id: number;
  readonly meter = new ReplicaMeter();
  private readonly concurrency: number;
  private readonly environment: ReplicaEnvironment;
  private readonly work: SlotWork;
  /** By tier, and by falling weight. */
  private readonly shares: readonly Share[];
  private readonly byWeight: readonly Share[];
  private requests = 0;
  /** The instant that the clocks show [s]. */
  private settledAt = 0;
  /** When the next request ends, and of which tier it is. */
  private nextEndAt = Infinity;
  private nextEnd: Share;
  private plan = 0;
  private isStarting = false;

  /** `weights` has a positive weight for each tier. */
  constructor(
    concurrency: number,
    weights: readonly number[],
    distributions: readonly Distribution[],
    draws: readonly CounterStream[],
    environment: ReplicaEnvironment,
  ) {
    this.id = environment.id;
    this.concurrency = concurrency;
    this.environment = environment;
    this.work = new SlotWork(distributions, draws, environment, this.meter);
    this.shares = weights.map((weight, tier) => ({
      tier,
      weight,
      inService: new InstantHeap(environment.table.batch),
      clock: 0,
      rate: 1,
    }));
    this.byWeight = [...this.shares].sort((a, b) => b.weight - a.weight || a.tier - b.tier);
    this.nextEnd = this.shares[0]!;
  }

  kvTokens(): number {
    return 0;
  }

  get room(): number {
    return PLENTY;
  }

  yieldingTo(): number {
    return 0;
  }

  get use(): number {
    return Math.min(1, this.requests / this.concurrency);
  }

  get canStart(): boolean {
    return !this.isStarting;
  }

  start(now: number): void {
    this.isStarting = true;
    this.schedule(now);
  }

  readonly listens = false;

  onQueueChanged(): boolean {
    // Arrivals are served at once: the replica was asked to start, or processes its queue at this instant anyway.
    return false;
  }

  settle(): void {
    // A request in service receives its output only at its end.
  }

  resume(now: number, plan: number): void {
    if (plan !== this.plan) return;
    this.isStarting = true;
    this.advance(now);
    this.finishDue(now);
    this.serveQueue(now);
    this.isStarting = false;
    this.meter.busy.set(Math.min(this.requests, this.concurrency), now);
    this.divide();
    this.planNextEnd(now);
  }

  evict(now: number, release: Release): void {
    this.plan += 1;
    this.isStarting = false;
    this.nextEndAt = Infinity;
    this.advance(now);
    this.requests = 0;
    this.meter.busy.set(0, now);
    const { table } = this.environment;
    for (const { inService, clock } of this.shares) {
      while (inService.size > 0) {
        const row = inService.first;
        // The clock may be past the end of a request by rounding, when its event is at this very instant.
        table.progress.serviceLeft[row] = Math.max(0, inService.firstKey - clock);
        inService.remove(row);
        release(row, now);
      }
    }
  }

  cancel(row: RequestRow, now: number): void {
    this.advance(now);
    this.shares[this.environment.table.declared.tier[row]!]!.inService.remove(row);
    this.requests -= 1;
    this.meter.busy.set(Math.min(this.requests, this.concurrency), now);
    // The scheduled end may be its own, and the others divide its share.
    this.nextEndAt = Infinity;
    if (!this.isStarting) this.start(now);
  }

  private schedule(at: number): void {
    this.environment.schedule(at, this.id, ++this.plan);
  }

  /** Brings the clocks up to now. */
  private advance(now: number): void {
    const past = now - this.settledAt;
    this.settledAt = now;
    for (const share of this.shares) {
      if (share.inService.size > 0) share.clock += share.rate * past;
    }
  }

  /**
   * Finishes requests that have received all their service: the one whose end was scheduled, and others within a clock
   * step.
   */
  private finishDue(now: number): void {
    if (now >= this.nextEndAt) this.finish(this.nextEnd, now);
    for (const share of this.shares) {
      const until = share.clock + share.rate * CLOCK_STEP;
      while (share.inService.size > 0 && share.inService.firstKey <= until) this.finish(share, now);
    }
  }

  private finish({ inService }: Share, now: number): void {
    const row = inService.first;
    inService.remove(row);
    this.requests -= 1;
    this.work.complete(row, now);
  }

  private serveQueue(now: number): void {
    const { queue, table } = this.environment;
    for (let row: RequestRow = queue.peek(); row !== NO_ROW; row = queue.peek()) {
      const share = this.shares[table.declared.tier[row]!]!;
      queue.remove(row);
      if (share.inService.size === 0) share.clock = 0;
      share.inService.push(row, share.clock + this.work.leftOf(row));
      this.requests += 1;
      this.work.begin(row, now);
    }
  }

  /** Divides the servers among those in service. */
  private divide(): void {
    let servers = this.concurrency;
    let weights = 0;
    for (const { inService, weight } of this.shares) weights += inService.size * weight;
    const plenty = this.requests <= servers;
    for (const share of this.byWeight) {
      const { size } = share.inService;
      if (size === 0) continue;
      // The largest weights reach a whole server first; once one does not, no smaller one does.
      const rate = plenty ? 1 : (share.weight * servers) / weights;
      share.rate = Math.min(1, rate);
      if (rate < 1) continue;
      servers -= size;
      weights -= size * share.weight;
    }
  }

  private planNextEnd(now: number): void {
    let soonest = Infinity;
    for (const share of this.shares) {
      if (share.inService.size === 0) continue;
      const until = (share.inService.firstKey - share.clock) / share.rate;
      if (until < soonest) {
        soonest = until;
        this.nextEnd = share;
      }
    }
    this.nextEndAt = soonest === Infinity ? Infinity : this.environment.onGrid(now + soonest);
    if (soonest < Infinity) this.schedule(this.nextEndAt);
  }
}
