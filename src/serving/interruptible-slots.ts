/**
 * Slots whose service may be cut short: by an arrival that the queue holds to be strictly more
 * important, or with the replica. One event is asked for
 * at a time, that of the server which is free next, so that an interruption leaves nothing to be undone.
 */
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { CounterStream, Distribution } from '../stats/index.ts';
import { arrivedBefore } from '../workload/request-table.ts';
import { InstantHeap } from './instant-heap.ts';
import { ReplicaMeter } from './replica-meter.ts';
import type { InterruptibleReplica, Release, ReplicaEnvironment } from './replica.ts';
import { SlotWork } from './slot-work.ts';

/** What becomes of a request in service when one that is strictly more important finds no free server. */
export const PREEMPTIONS = ['none', 'resume', 'restart'] as const;
export type Preemption = (typeof PREEMPTIONS)[number];

export class InterruptibleSlots implements InterruptibleReplica {
  readonly id: number;
  readonly meter = new ReplicaMeter();
  private readonly concurrency: number;
  private readonly preemption: Preemption;
  private readonly environment: ReplicaEnvironment;
  private readonly work: SlotWork;
  /** Who is served, by the instant of the end. */
  private readonly inService: InstantHeap;
  /** Rises with every event asked for: one that carries another number is stale. */
  private plan = 0;
  /** It looks at its queue at this very instant, or is doing so. */
  private looking = false;

  constructor(
    concurrency: number,
    preemption: Preemption,
    laws: readonly Distribution[],
    draws: readonly CounterStream[],
    environment: ReplicaEnvironment,
  ) {
    this.id = environment.id;
    this.concurrency = concurrency;
    this.preemption = preemption;
    this.environment = environment;
    this.work = new SlotWork(laws, draws, environment, this.meter);
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
      if (this.importanceOfServed(place, now) > importance) count += 1;
    }
    return count;
  }

  get use(): number {
    return this.inService.size / this.concurrency;
  }

  get canStart(): boolean {
    return !this.looking && this.inService.size < this.concurrency;
  }

  start(now: number): void {
    this.looking = true;
    this.schedule(now);
  }

  get listens(): boolean {
    return this.preemption !== 'none';
  }

  onQueueChanged(now: number): boolean {
    if (this.listens && !this.looking && this.inService.size === this.concurrency) {
      const head = this.environment.queue.peek();
      if (head !== NO_ROW && this.whoYieldsTo(head, now) !== NO_ROW) this.start(now);
    }
    return this.listens;
  }

  settle(): void {
    // What is in service has received nothing before it ends.
  }

  resume(now: number, plan: number): void {
    if (plan !== this.plan) return;
    this.looking = true;
    while (this.inService.size > 0 && this.inService.firstKey <= now) this.finish(this.inService.first, now);
    this.serveQueue(now);
    this.looking = false;
    this.meter.busy.set(this.inService.size, now);
    if (this.inService.size > 0) this.schedule(this.inService.firstKey);
  }

  evict(now: number, release: Release): void {
    this.plan += 1;
    this.looking = false;
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
        const displaced = this.whoYieldsTo(row, now);
        if (displaced === NO_ROW) return;
        this.preempt(displaced, now);
      }
      queue.remove(row);
      this.inService.push(row, this.environment.onGrid(now + this.work.leftOf(row)));
      this.work.begin(row, now);
    }
  }

  /**
   * Who in service gives its server to a row: the least important, the last to arrive among equals, if it is strictly
   * less important; else `NO_ROW`. Call only when somebody is served.
   */
  private whoYieldsTo(row: RequestRow, now: number): RequestRow {
    if (this.preemption === 'none') return NO_ROW;
    const { inService } = this;
    const { queue, table } = this.environment;
    let last: RequestRow = NO_ROW;
    let least = -Infinity;
    for (let place = 0; place < inService.size; place++) {
      const served = inService.at(place);
      const importance = this.importanceOfServed(place, now);
      if (importance < least) continue;
      if (importance === least && !arrivedBefore(table.declared, last, served)) continue;
      last = served;
      least = importance;
    }
    return least > queue.importance(row) ? last : NO_ROW;
  }

  /** What is left may be what importance goes by. */
  private importanceOfServed(place: number, now: number): number {
    const { queue, table } = this.environment;
    const served = this.inService.at(place);
    table.progress.serviceLeft[served] = this.inService.keyAt(place) - now;
    return queue.importance(served);
  }

  /** It waits again where its arrival puts it, with what it received or without. */
  private preempt(row: RequestRow, now: number): void {
    const { queue, table, observer } = this.environment;
    table.progress.serviceLeft[row] = this.preemption === 'resume' ? this.inService.key(row) - now : NaN;
    this.inService.remove(row);
    queue.push(row);
    observer.preempted(row, now);
  }
}
