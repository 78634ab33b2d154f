/**
 * Slots whose service may be cut short: by an arrival that the queue ranks strictly more important, or when the replica
 * goes out of service. One event is scheduled at a time, that of the server that becomes free next, so that an
 * interruption leaves nothing to undo.
 */
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { CounterStream, Distribution } from '../stats/index.ts';
import { arrivedBefore } from '../workload/request-table.ts';
import { InstantHeap } from './instant-heap.ts';
import { ReplicaMeter } from './replica-meter.ts';
import type { InterruptibleReplica, Release, ReplicaEnvironment } from './replica.ts';
import { SlotWork } from './slot-work.ts';

/** What happens to a request in service when a strictly more important one finds no free server. */
export const PREEMPTIONS = ['none', 'resume', 'restart'] as const;
export type Preemption = (typeof PREEMPTIONS)[number];

export class InterruptibleSlots implements InterruptibleReplica {
  readonly id: number;
  readonly meter = new ReplicaMeter();
  private readonly concurrency: number;
  private readonly preemption: Preemption;
  private readonly environment: ReplicaEnvironment;
  private readonly work: SlotWork;
  /** Requests in service, by the instant at which they end. */
  private readonly inService: InstantHeap;
  /** Incremented with every event scheduled: an event that carries another number is stale. */
  private plan = 0;
  /** It is to process its queue at this instant, or is doing so. */
  private isStarting = false;

  constructor(
    concurrency: number,
    preemption: Preemption,
    distributions: readonly Distribution[],
    draws: readonly CounterStream[],
    environment: ReplicaEnvironment,
  ) {
    this.id = environment.id;
    this.concurrency = concurrency;
    this.preemption = preemption;
    this.environment = environment;
    this.work = new SlotWork(distributions, draws, environment, this.meter);
    this.inService = new InstantHeap(environment.table.batch);
  }

  kvTokens(): number {
    return 0;
  }

  get room(): number {
    return this.concurrency - this.inService.size;
  }

  yieldingTo(row: RequestRow, now: number): number {
    if (this.preemption === 'none') return 0;
    const importance = this.environment.queue.importance(row);
    let count = 0;
    for (let place = 0; place < this.inService.size; place++) {
      if (this.importanceInService(place, now) > importance) count += 1;
    }
    return count;
  }

  get use(): number {
    return this.inService.size / this.concurrency;
  }

  get canStart(): boolean {
    return !this.isStarting && this.inService.size < this.concurrency;
  }

  start(now: number): void {
    this.isStarting = true;
    this.schedule(now);
  }

  get listens(): boolean {
    return this.preemption !== 'none';
  }

  onQueueChanged(now: number): boolean {
    if (this.listens && !this.isStarting && this.inService.size === this.concurrency) {
      const head = this.environment.queue.peek();
      if (head !== NO_ROW && this.victimFor(head, now) !== NO_ROW) this.start(now);
    }
    return this.listens;
  }

  settle(): void {
    // A request in service receives its output only at its end.
  }

  resume(now: number, plan: number): void {
    if (plan !== this.plan) return;
    this.isStarting = true;
    while (this.inService.size > 0 && this.inService.firstKey <= now) this.finish(this.inService.first, now);
    this.serveQueue(now);
    this.isStarting = false;
    this.meter.busy.set(this.inService.size, now);
    if (this.inService.size > 0) this.schedule(this.inService.firstKey);
  }

  evict(now: number, release: Release): void {
    this.plan += 1;
    this.isStarting = false;
    this.meter.busy.set(0, now);
    const { inService, environment } = this;
    while (inService.size > 0) {
      const row = inService.first;
      environment.table.progress.serviceLeft[row] = inService.firstKey - now;
      inService.remove(row);
      release(row, now);
    }
  }

  cancel(row: RequestRow, now: number): void {
    this.inService.remove(row);
    this.meter.busy.set(this.inService.size, now);
    if (this.canStart && this.environment.queue.peek() !== NO_ROW) this.start(now);
  }

  private schedule(at: number): void {
    this.environment.schedule(at, this.id, ++this.plan);
  }

  private finish(row: RequestRow, now: number): void {
    this.inService.remove(row);
    this.work.complete(row, now);
  }

  private serveQueue(now: number): void {
    const { queue } = this.environment;
    for (let row = queue.peek(); row !== NO_ROW; row = queue.peek()) {
      if (this.inService.size === this.concurrency) {
        const displaced = this.victimFor(row, now);
        if (displaced === NO_ROW) return;
        this.preempt(displaced, now);
      }
      queue.remove(row);
      this.inService.push(row, this.environment.onGrid(now + this.work.leftOf(row)));
      this.work.begin(row, now);
    }
  }

  /**
   * The request in service to pre-empt for a row: the least important, the last to arrive among equals, if it is
   * strictly less important; else `NO_ROW`. Call only when a request is in service.
   */
  private victimFor(row: RequestRow, now: number): RequestRow {
    if (this.preemption === 'none') return NO_ROW;
    const { inService } = this;
    const { queue, table } = this.environment;
    let last: RequestRow = NO_ROW;
    let least = -Infinity;
    for (let place = 0; place < inService.size; place++) {
      const served = inService.at(place);
      const importance = this.importanceInService(place, now);
      if (importance < least) continue;
      if (importance === least && !arrivedBefore(table.declared, last, served)) continue;
      last = served;
      least = importance;
    }
    return least > queue.importance(row) ? last : NO_ROW;
  }

  /** Importance in service; updates `serviceLeft` first, since some disciplines rank by it. */
  private importanceInService(place: number, now: number): number {
    const { queue, table } = this.environment;
    const served = this.inService.at(place);
    table.progress.serviceLeft[served] = this.inService.keyAt(place) - now;
    return queue.importance(served);
  }

  /** Pre-empts a request: it returns to the queue by its arrival time, with or without the service it received. */
  private preempt(row: RequestRow, now: number): void {
    const { queue, table, observer } = this.environment;
    table.progress.serviceLeft[row] = this.preemption === 'resume' ? this.inService.key(row) - now : NaN;
    this.inService.remove(row);
    queue.push(row);
    observer.preempted(row, now);
  }
}
