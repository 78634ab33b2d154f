/**
 * A replica that may go out of service and come back: a gate before it. While the gate is shut it takes nothing from
 * its queue and reports no room; requests in service continue until they finish or are evicted. It does not know why
 * the gate is shut.
 */
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { ReplicaMeter } from './replica-meter.ts';
import type {
  InterruptibleReplica,
  Queue,
  Release,
  Replica,
  ReplicaEnvironment,
  Service,
} from './replica.ts';

/** The queue as a replica sees it through its gate. */
class GatedQueue implements Queue {
  isOpen = true;
  private readonly queue: Queue;

  constructor(queue: Queue) {
    this.queue = queue;
  }

  get steady(): boolean {
    return this.queue.steady;
  }

  push(row: RequestRow): void {
    this.queue.push(row);
  }

  peek(): RequestRow {
    return this.isOpen ? this.queue.peek() : NO_ROW;
  }

  remove(row: RequestRow): void {
    this.queue.remove(row);
  }

  importance(row: RequestRow): number {
    return this.queue.importance(row);
  }
}

export class GatedReplica implements Replica {
  readonly id: number;
  readonly meter: ReplicaMeter;
  /** Whether any request is in service. */
  isBusy = false;
  private readonly queue: GatedQueue;
  private readonly replica: InterruptibleReplica;
  private readonly busyChanged: (replica: GatedReplica, now: number) => void;

  /** `busyChanged` is called when it begins to serve, or has served all it had. */
  constructor(
    service: Service,
    environment: ReplicaEnvironment,
    busyChanged: (replica: GatedReplica, now: number) => void,
  ) {
    this.queue = new GatedQueue(environment.queue);
    this.replica = service.createInterruptible({ ...environment, queue: this.queue });
    this.id = environment.id;
    this.meter = this.replica.meter;
    this.busyChanged = busyChanged;
  }

  get isOpen(): boolean {
    return this.queue.isOpen;
  }

  kvTokens(now: number): number {
    return this.replica.kvTokens(now);
  }

  get listens(): boolean {
    return this.queue.isOpen && this.replica.listens;
  }

  get room(): number {
    return this.queue.isOpen ? this.replica.room : 0;
  }

  yieldingTo(row: RequestRow, now: number): number {
    return this.queue.isOpen ? this.replica.yieldingTo(row, now) : 0;
  }

  get use(): number {
    return this.replica.use;
  }

  get canStart(): boolean {
    return this.queue.isOpen && this.replica.canStart;
  }

  /** Opens the gate; the caller starts the replica if requests wait for it. */
  open(): void {
    this.queue.isOpen = true;
  }

  /** Shuts the gate: it takes nothing new. */
  shut(): void {
    this.queue.isOpen = false;
  }

  /** Evicts all requests in service; see `InterruptibleReplica.evict`. */
  evict(now: number, release: Release): void {
    this.isBusy = false;
    this.replica.evict(now, release);
  }

  start(now: number): void {
    this.replica.start(now);
  }

  onQueueChanged(now: number, boundariesPassed: boolean): boolean {
    return this.queue.isOpen && this.replica.onQueueChanged(now, boundariesPassed);
  }

  settle(now: number, boundariesPassed: boolean): void {
    this.replica.settle(now, boundariesPassed);
  }

  cancel(row: RequestRow, now: number): void {
    this.replica.cancel(row, now);
    this.reportBusy(now);
  }

  resume(now: number, token: number): void {
    this.replica.resume(now, token);
    this.reportBusy(now);
  }

  private reportBusy(now: number): void {
    const isBusy = this.replica.meter.busy.value > 0;
    if (isBusy === this.isBusy) return;
    this.isBusy = isBusy;
    this.busyChanged(this, now);
  }
}
