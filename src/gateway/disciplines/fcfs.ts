/** First come, first served. */
import { NO_ROW, type RequestRow } from '../../ids.ts';
import { arrivedBefore } from '../../workload/request-table.ts';
import { ArrivalOrder } from './arrival-order.ts';
import {
  disciplineStrategy,
  importanceOf,
  type DisciplineEnvironment,
  type WaitingQueue,
} from './discipline.ts';

export const fcfs = disciplineStrategy({
  kind: 'fcfs',
  summary: 'First come, first served, whatever the priority.',
  parameters: {},
  example: { kind: 'fcfs' },
  declares: { ranks: 'none', looksAtPrices: false },
  create: (_, environment) => new FirstComeFirstServed(environment),
});

class FirstComeFirstServed implements WaitingQueue {
  readonly steady = true;
  readonly account = null;
  private readonly queue: ArrivalOrder;
  private readonly environment: DisciplineEnvironment;

  constructor(environment: DisciplineEnvironment) {
    this.environment = environment;
    this.queue = new ArrivalOrder(environment.declared, environment.links);
  }

  get length(): number {
    return this.queue.length;
  }

  push(row: RequestRow): void {
    this.queue.insert(row);
  }

  peek(): RequestRow {
    return this.queue.first;
  }

  remove(row: RequestRow): void {
    this.queue.remove(row);
  }

  lastBehind(): RequestRow {
    return NO_ROW;
  }

  behind(): number {
    return 0;
  }

  servedBehind(): number {
    return 0;
  }

  importance(row: RequestRow): number {
    return importanceOf(this.environment.declared, row, 0);
  }

  lastOfTier(tier: number): RequestRow {
    const { wasServed, declared } = this.environment;
    return this.queue.lastWhere((row) => declared.tier[row] === tier && !wasServed(row));
  }

  precedes(a: RequestRow, b: RequestRow): boolean {
    return arrivedBefore(this.environment.declared, a, b);
  }

  oldestAt(): number {
    const { wasServed, declared } = this.environment;
    const oldest = this.queue.firstWhere((row) => !wasServed(row));
    return oldest === NO_ROW ? Infinity : declared.attemptAt[oldest]!;
  }
}
