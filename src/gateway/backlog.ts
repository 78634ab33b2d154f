/**
 * The backlog of a model: deferrable requests, which wait beside the queue until a replica has capacity to spare. Each
 * tier is first come, first served; among tiers the most important is next, and among equals the one whose window
 * closes first.
 */
import { NO_ROW, type RequestRow } from '../ids.ts';
import type { DeclaredColumns } from '../workload/request-table.ts';
import { ArrivalOrder, type QueueLinks } from './disciplines/arrival-order.ts';

/** A deferrable tier, as the backlog sees it. */
export interface DeferrableTier {
  /** The index of the tier. */
  readonly tier: number;
  readonly priority: number;
  /** From the arrival of a request to the closing of its window [s]. */
  readonly window: number;
  /** Share of a replica that is reserved: requests from the backlog may not use it. */
  readonly reserve: number;
}

/** Tolerance of comparisons of shares: above rounding, below the difference of shares of a few parts. */
const ROUNDING = 1e-12;

interface TierQueue extends DeferrableTier {
  readonly queue: ArrivalOrder;
}

export class Backlog {
  private readonly declared: DeclaredColumns;
  /** The most important tier first. */
  private readonly queues: readonly TierQueue[];
  /** The queue of each tier; `undefined` for tiers that do not defer. */
  private readonly queueOf: readonly (ArrivalOrder | undefined)[];

  constructor(tiers: readonly DeferrableTier[], declared: DeclaredColumns, links: QueueLinks) {
    this.declared = declared;
    this.queues = tiers
      .map((tier) => ({ ...tier, queue: new ArrivalOrder(declared, links) }))
      .sort((a, b) => a.priority - b.priority);
    const queueOf: (ArrivalOrder | undefined)[] = [];
    for (const { tier, queue } of this.queues) queueOf[tier] = queue;
    this.queueOf = queueOf;
  }

  /** Enqueues a row; one that returns after pre-emption is placed by its arrival. */
  push(row: RequestRow): void {
    this.queueOf[this.declared.tier[row]!]!.insert(row);
  }

  /** Removes a row, wherever it is. */
  remove(row: RequestRow): void {
    this.queueOf[this.declared.tier[row]!]!.remove(row);
  }

  /**
   * The next request for a replica of which this share is in use; `NO_ROW` when there is none, or only its reserve is
   * left.
   */
  headFor(use: number): RequestRow {
    let head: RequestRow = NO_ROW;
    let priority = 0;
    let closesAt = 0;
    for (const one of this.queues) {
      const { first } = one.queue;
      if (first === NO_ROW || use >= 1 - one.reserve - ROUNDING) continue;
      const closes = this.declared.attemptAt[first]! + one.window;
      if (head !== NO_ROW && (one.priority > priority || closes >= closesAt)) continue;
      head = first;
      priority = one.priority;
      closesAt = closes;
    }
    return head;
  }
}
