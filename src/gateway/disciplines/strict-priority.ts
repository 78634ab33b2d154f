/** The most important class first; within a class, first come, first served. */
import { NO_ROW, type RequestRow } from '../../ids.ts';
import { arrivedBefore } from '../../workload/request-table.ts';
import { ClassedQueue } from './classed-queue.ts';
import { disciplineStrategy, type DisciplineEnvironment } from './discipline.ts';

export const strictPriority = disciplineStrategy({
  kind: 'strict-priority',
  summary: 'The smallest priority number first, always; within it, first come, first served.',
  parameters: {},
  example: { kind: 'strict-priority' },
  declares: { ranks: 'all', looksAtPrices: false },
  create: (_, environment) => new StrictPriority(environment),
});

class StrictPriority extends ClassedQueue {
  readonly steady = true;

  constructor(environment: DisciplineEnvironment) {
    super(environment, 'priority', environment.classes);
  }

  peek(): RequestRow {
    for (const queue of this.queues) {
      if (queue.first !== NO_ROW) return queue.first;
    }
    return NO_ROW;
  }

  override lastBehind(arrival: RequestRow): RequestRow {
    const { wasServed } = this.environment;
    for (let index = this.queues.length - 1; index > this.classOf(arrival); index--) {
      const last = this.queues[index]!.lastWhere((row) => !wasServed(row));
      if (last !== NO_ROW) return last;
    }
    return NO_ROW;
  }

  override behind(arrival: RequestRow): number {
    let count = 0;
    for (let index = this.classOf(arrival) + 1; index < this.queues.length; index++) {
      count += this.queues[index]!.length;
    }
    return count;
  }

  override servedBehind(arrival: RequestRow): number {
    let count = 0;
    for (let index = this.classOf(arrival) + 1; index < this.queues.length; index++) {
      count += this.queues[index]!.countWhere(this.environment.wasServed);
    }
    return count;
  }

  override importance(row: RequestRow): number {
    return this.environment.declared.priority[row]!;
  }

  precedes(a: RequestRow, b: RequestRow): boolean {
    const gap = this.classOf(a) - this.classOf(b);
    return gap < 0 || (gap === 0 && arrivedBefore(this.environment.declared, a, b));
  }
}
