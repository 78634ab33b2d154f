/**
 * Observers: what a program outside the simulation sees of each request, as it happens. They see names and copies of
 * numbers, and change nothing.
 */
import type { RequestRow } from '../ids.ts';
import type { RequestTable } from '../workload/request-table.ts';
import type { Cell } from './cell.ts';
import type { Outcome } from './outcome.ts';

/**
 * Called as requests go through the system; leave out what is not needed. `now` is the time since the start of the run
 * [s]. The view is of the request until the call returns; read from it what is to be kept. Calls of one request come in
 * the order of its story: arrived first, closed last, and for each attempt that is served queued, admitted, first token,
 * finished, with another admission after each pre-emption. Where prefill and decode have pools of their own, a request
 * is queued and admitted in each.
 *
 * @example
 * simulate(scenario.cell, '1', 0, { observe: { admitted: ({ id, tier }, now) => console.log(id, tier, now) } });
 */
export interface RequestObserver {
  /** The request arrives: its first attempt is about to be made. */
  readonly arrived?: (request: RequestView, now: number) => void;
  /** An attempt is refused by a rate limit, or shed for lack of room; its client may retry. */
  readonly refused?: (request: RequestView, now: number, reason: 'limited' | 'shed') => void;
  /** It begins to wait for a replica, for the first time or because its replica went out of service. */
  readonly queued?: (request: RequestView, now: number) => void;
  /** A replica takes it into service. */
  readonly admitted?: (request: RequestView, now: number) => void;
  /** Its first output token is there. */
  readonly firstToken?: (request: RequestView, now: number) => void;
  /** It has to leave its replica for another request, and waits again. */
  readonly preempted?: (request: RequestView, now: number) => void;
  /** Its output is complete. */
  readonly finished?: (request: RequestView, now: number) => void;
  /** It has its outcome. */
  readonly closed?: (request: RequestView, now: number, outcome: Outcome) => void;
}

/** A request, to be read. Tokens are counts; instants are seconds since the start of the run, NaN before they come. */
export class RequestView {
  private row = -1;
  private readonly cell: Cell;
  private readonly table: RequestTable;

  constructor(cell: Cell, table: RequestTable) {
    this.cell = cell;
    this.table = table;
  }

  /** Points the view at a row; only the simulation does this. */
  at(row: RequestRow): this {
    this.row = row;
    return this;
  }

  /** Its number in order of arrival, over all tiers, from 0. */
  get id(): number {
    return this.table.declared.id[this.row]!;
  }

  /** The name of its tier. */
  get tier(): string {
    return this.cell.tiers[this.table.declared.tier[this.row]!]!.rule.name;
  }

  /** The number of its tenant within the tier, from 0. */
  get tenant(): number {
    return this.table.declared.tenant[this.row]!;
  }

  /** The name of the model that answers: the one asked for, unless the gateway grants another. */
  get model(): string {
    return this.cell.models[this.table.granted.model[this.row]!]!;
  }

  /** Its priority; 0 is the most important. */
  get priority(): number {
    return this.table.declared.priority[this.row]!;
  }

  /** The name of the pool that serves it or served it last; `null` before. */
  get pool(): string | null {
    const pool = this.table.progress.pool[this.row]!;
    return pool < 0 ? null : this.cell.pools[pool]!.name;
  }

  get promptTokens(): number {
    return this.table.declared.promptTokens[this.row]!;
  }

  /** Prompt tokens found in a prefix cache when service began. */
  get cachedTokens(): number {
    return this.table.progress.cachedTokens[this.row]!;
  }

  /** The bound on its output that the client declares; 0 for none. */
  get maxOutput(): number {
    return this.table.declared.maxOutput[this.row]!;
  }

  /** Output tokens so far. */
  get outputTokens(): number {
    return this.table.progress.outputDone[this.row]!;
  }

  /** Attempts so far, this one included. */
  get attempts(): number {
    return this.table.progress.attempts[this.row]!;
  }

  get preemptions(): number {
    return this.table.progress.preemptions[this.row]!;
  }

  /** Whether degradation gives it less than it asked for. */
  get degraded(): boolean {
    return this.table.granted.degraded[this.row] === 1;
  }

  /** Arrival of its first attempt. */
  get arrivedAt(): number {
    return this.table.progress.arrivedAt[this.row]!;
  }

  /** Arrival of its present attempt. */
  get attemptAt(): number {
    return this.table.declared.attemptAt[this.row]!;
  }

  /** First admission of its present attempt. */
  get admittedAt(): number {
    return this.table.progress.admittedAt[this.row]!;
  }

  get firstTokenAt(): number {
    return this.table.progress.firstTokenAt[this.row]!;
  }
}

/** Reports rows of a table to an observer, through one view that is pointed at each. */
export class Reporter {
  private readonly observer: RequestObserver;
  private readonly view: RequestView;

  constructor(observer: RequestObserver, cell: Cell, table: RequestTable) {
    this.observer = observer;
    this.view = new RequestView(cell, table);
  }

  report(
    what: 'arrived' | 'queued' | 'admitted' | 'firstToken' | 'preempted' | 'finished',
    row: RequestRow,
    now: number,
  ): void {
    this.observer[what]?.(this.view.at(row), now);
  }

  refused(row: RequestRow, now: number, reason: 'limited' | 'shed'): void {
    this.observer.refused?.(this.view.at(row), now, reason);
  }

  closed(row: RequestRow, now: number, outcome: Outcome): void {
    this.observer.closed?.(this.view.at(row), now, outcome);
  }
}
