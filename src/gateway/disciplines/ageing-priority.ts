/** Priority that grows with waiting time, so that no request starves. */
import { Type } from 'typebox';
import { ParameterError } from '../../errors.ts';
import { NO_ROW, type RequestRow } from '../../ids.ts';
import { Positive } from '../../input/schema.ts';
import { arrivedBefore } from '../../workload/request-table.ts';
import { ClassedQueue } from './classed-queue.ts';
import { disciplineStrategy, type DisciplineEnvironment } from './discipline.ts';

/**
 * Whenever service starts, the request with the largest slope × waiting time is next. Within a class that is the one
 * that has waited longest, so only the first of each class are compared.
 *
 * Source: Kleinrock, "A delay dependent queue discipline", Naval Res. Logist. Quart. 11 (1964).
 */
export const ageingPriority = disciplineStrategy({
  kind: 'ageing-priority',
  summary: 'The largest slope × waiting time first, with a slope for each priority.',
  parameters: {
    slopes: Type.Array(
      Positive({ description: 'How fast a waiting request gains priority, relative to others.' }),
      {
        minItems: 1,
        description: 'One slope per priority, from 0 on; larger is more important.',
      },
    ),
  },
  example: { kind: 'ageing-priority', slopes: [4, 1] },
  declares: { ranks: 'none', looksAtPrices: false },
  create: ({ slopes }, environment) => {
    if (slopes.length < environment.classes) {
      throw new ParameterError(
        'slopes',
        `has ${slopes.length} items, but there are tiers of priority ${environment.classes - 1}; give one for each priority from 0 to ${environment.classes - 1}`,
      );
    }
    return new AgeingPriority(environment, slopes);
  },
});

class AgeingPriority extends ClassedQueue {
  readonly steady = false;
  private readonly slopes: readonly number[];

  constructor(environment: DisciplineEnvironment, slopes: readonly number[]) {
    super(environment, 'priority', environment.classes);
    this.slopes = slopes;
  }

  peek(): RequestRow {
    let best: RequestRow = NO_ROW;
    for (const { first } of this.queues) {
      if (first !== NO_ROW && (best === NO_ROW || this.precedes(first, best))) best = first;
    }
    return best;
  }

  precedes(a: RequestRow, b: RequestRow): boolean {
    const gain = this.claimOf(a) - this.claimOf(b);
    return gain > 0 || (gain === 0 && arrivedBefore(this.environment.declared, a, b));
  }

  private claimOf(row: RequestRow): number {
    const { declared, now } = this.environment;
    return this.slopes[this.classOf(row)]! * (now() - declared.attemptAt[row]!);
  }
}
