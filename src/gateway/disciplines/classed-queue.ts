/**
 * Parallel queues, one per class of requests, first come, first served within each. The discipline decides which queue
 * is next.
 */
import { NO_ROW, type RequestRow } from '../../ids.ts';
import { arrivedBefore } from '../../workload/request-table.ts';
import { ArrivalOrder } from './arrival-order.ts';
import {
  importanceOf,
  type DisciplineEnvironment,
  type ServiceAccount,
  type WaitingQueue,
} from './discipline.ts';

export abstract class ClassedQueue implements WaitingQueue {
  abstract readonly steady: boolean;
  readonly account: ServiceAccount | null = null;
  length = 0;
  protected readonly environment: DisciplineEnvironment;
  protected readonly queues: readonly ArrivalOrder[];
  /** The class of each row. */
  private readonly classes: 'priority' | 'tier';

  constructor(environment: DisciplineEnvironment, classes: 'priority' | 'tier', count: number) {
    this.environment = environment;
    this.classes = classes;
    const { declared, links } = environment;
    this.queues = Array.from({ length: count }, () => new ArrivalOrder(declared, links));
  }

  abstract peek(): RequestRow;
  abstract precedes(a: RequestRow, b: RequestRow): boolean;

  /** None: a new arrival has not waited yet and overtakes no request. */
  lastBehind(_arrival: RequestRow): RequestRow {
    return NO_ROW;
  }

  behind(_arrival: RequestRow): number {
    return 0;
  }

  servedBehind(_arrival: RequestRow): number {
    return 0;
  }

  importance(row: RequestRow): number {
    return importanceOf(this.environment.declared, row, 0);
  }

  push(row: RequestRow): void {
    this.queues[this.classOf(row)]!.insert(row);
    this.length += 1;
  }

  remove(row: RequestRow): void {
    this.queues[this.classOf(row)]!.remove(row);
    this.length -= 1;
  }

  lastOfTier(tier: number): RequestRow {
    const { wasServed, declared } = this.environment;
    let last: RequestRow = NO_ROW;
    for (const queue of this.queues) {
      const candidate = queue.lastWhere((row) => declared.tier[row] === tier && !wasServed(row));
      if (candidate === NO_ROW) continue;
      if (last === NO_ROW || arrivedBefore(declared, last, candidate)) last = candidate;
    }
    return last;
  }

  oldestAt(): number {
    const { wasServed, declared } = this.environment;
    let oldestAt = Infinity;
    for (const queue of this.queues) {
      const oldest = queue.firstWhere((row) => !wasServed(row));
      if (oldest !== NO_ROW) oldestAt = Math.min(oldestAt, declared.attemptAt[oldest]!);
    }
    return oldestAt;
  }

  protected classOf(row: RequestRow): number {
    const { priority, tier } = this.environment.declared;
    return (this.classes === 'priority' ? priority : tier)[row]!;
  }
}
