/** The most important class first; within a class, first come, first served. */
import { NO_ROW, type RequestRow } from '../../ids.ts';
import { ArrivalOrder } from './arrival-order.ts';
import { disciplineStrategy, type DisciplineEnvironment, type WaitingLine } from './discipline.ts';

export const strictPriority = disciplineStrategy({
  kind: 'strict-priority',
  summary: 'The smallest priority number first, always; within it, first come, first served.',
  parameters: {},
  example: { kind: 'strict-priority' },
  create: (_, environment) => new StrictPriority(environment),
});

class StrictPriority implements WaitingLine {
  length = 0;
  private readonly classes: readonly ArrivalOrder[];
  private readonly environment: DisciplineEnvironment;

  constructor(environment: DisciplineEnvironment) {
    this.environment = environment;
    const { classes, declared, links } = environment;
    this.classes = Array.from({ length: classes }, () => new ArrivalOrder(declared, links));
  }

  push(row: RequestRow): void {
    this.classes[this.environment.declared.priority[row]!]!.insert(row);
    this.length += 1;
  }

  peek(): RequestRow {
    for (const line of this.classes) {
      if (line.first !== NO_ROW) return line.first;
    }
    return NO_ROW;
  }

  lastBehind(priority: number): RequestRow {
    const { wasServed } = this.environment;
    for (let index = this.classes.length - 1; index > priority; index--) {
      const last = this.classes[index]!.lastWhere((row) => !wasServed(row));
      if (last !== NO_ROW) return last;
    }
    return NO_ROW;
  }

  remove(row: RequestRow): void {
    this.classes[this.environment.declared.priority[row]!]!.remove(row);
    this.length -= 1;
  }

  oldestAt(): number {
    const { wasServed, declared } = this.environment;
    let oldestAt = Infinity;
    for (const line of this.classes) {
      const oldest = line.firstWhere((row) => !wasServed(row));
      if (oldest !== NO_ROW) oldestAt = Math.min(oldestAt, declared.attemptAt[oldest]!);
    }
    return oldestAt;
  }
}
