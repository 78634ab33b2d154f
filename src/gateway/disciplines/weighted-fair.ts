/** Service in proportion to weights: a busy tier does not reduce another's share. */
import { NO_ROW, type RequestRow } from '../../ids.ts';
import { arrivedBefore } from '../../workload/request-table.ts';
import { ClassedQueue } from './classed-queue.ts';
import { disciplineStrategy, type DisciplineEnvironment, type ServiceAccount } from './discipline.ts';

/**
 * Each tier has a counter: tokens it was served ÷ its weight. The waiting tier with the smallest counter is next, and
 * within it the first to arrive. Prompt tokens that are not assumed cached are charged when service starts, output
 * tokens when it ends, since their number is unknown before. When a tier begins to wait its counter is lifted to the
 * smallest of the tiers that already wait, or, where none does, to that of the tier served last: unused share is not
 * carried over.
 *
 * Between two tiers that both wait throughout, tokens ÷ weight differ by at most (P + n C) ÷ w in favour of a tier of
 * weight w, P being its longest prompt, C its longest output and n the requests that can be in service: its counter
 * rises only by a start, which happens only when it is not above the other's, and by the ends of the n requests that
 * have started by then.
 *
 * Source: the virtual token counter of Sheng et al., "Fairness in serving large language models", OSDI 2024, with
 * outputs charged at the end of a request instead of token by token.
 */
export const weightedFair = disciplineStrategy({
  kind: 'weighted-fair',
  summary:
    'The tier that was served the fewest tokens for its weight first; within it, first come, first served.',
  parameters: {},
  example: { kind: 'weighted-fair' },
  declares: { ranks: 'none', looksAtPrices: false },
  create: (_, environment) => new WeightedFair(environment),
});

class WeightedFair extends ClassedQueue {
  readonly steady = false;
  override readonly account: ServiceAccount = {
    started: (row) => this.started(row),
    ended: (row, outputTokens) => this.charge(this.classOf(row), outputTokens),
  };
  /** Tokens served ÷ weight, by tier. */
  private readonly served: Float64Array;
  private lastServed = 0;

  constructor(environment: DisciplineEnvironment) {
    super(environment, 'tier', environment.tiers.length);
    this.served = new Float64Array(environment.tiers.length);
  }

  override push(row: RequestRow): void {
    const tier = this.classOf(row);
    if (this.queues[tier]!.length === 0) this.lift(tier);
    super.push(row);
  }

  peek(): RequestRow {
    let best: RequestRow = NO_ROW;
    for (const { first } of this.queues) {
      if (first !== NO_ROW && (best === NO_ROW || this.precedes(first, best))) best = first;
    }
    return best;
  }

  precedes(a: RequestRow, b: RequestRow): boolean {
    const gap = this.served[this.classOf(a)]! - this.served[this.classOf(b)]!;
    return gap < 0 || (gap === 0 && arrivedBefore(this.environment.declared, a, b));
  }

  private lift(tier: number): void {
    let least = Infinity;
    for (let other = 0; other < this.queues.length; other++) {
      if (this.queues[other]!.length > 0) least = Math.min(least, this.served[other]!);
    }
    if (least === Infinity) least = this.served[this.lastServed]!;
    this.served[tier] = Math.max(this.served[tier]!, least);
  }

  private started(row: RequestRow): void {
    const { promptTokens, cachedTokens } = this.environment.declared;
    this.lastServed = this.classOf(row);
    this.charge(this.lastServed, promptTokens[row]! - cachedTokens[row]!);
  }

  private charge(tier: number, tokens: number): void {
    this.served[tier]! += tokens / this.environment.tiers[tier]!.weight;
  }
}
