/**
 * When the windows of deferrable requests close. Those of a tier close in order of arrival, so one timer per tier is
 * enough, however many wait.
 */
import { HeldQueues, type RowLinks } from '../gateway/held-queues.ts';
import { NO_ROW, type RequestRow } from '../ids.ts';
import { growColumns } from '../kernel/columns.ts';
import type { RequestTable } from '../workload/request-table.ts';
import { onGrid } from '../units.ts';

export class CompletionWindows {
  private readonly table: RequestTable;
  /** Length by tier [s]; ∞ for tiers that do not defer. */
  private readonly windows: readonly number[];
  private readonly setTimer: (at: number, tier: number) => void;
  private readonly links: RowLinks = { next: new Int32Array(256), previous: new Int32Array(256) };
  private readonly open: HeldQueues;
  /** 1 for the tiers whose timer is set. */
  private readonly timerIsSet: Uint8Array;

  /** `setTimer` schedules `nextClosed` for a tier at an instant [s]. */
  constructor(table: RequestTable, windows: readonly number[], setTimer: (at: number, tier: number) => void) {
    this.table = table;
    this.windows = windows;
    this.setTimer = setTimer;
    this.open = new HeldQueues(this.links);
    this.timerIsSet = new Uint8Array(windows.length);
  }

  /** A deferrable request has arrived. */
  add(row: RequestRow): void {
    const tier = this.table.declared.tier[row]!;
    const { length } = this.links.next;
    if (row >= length) growColumns(this.links, Math.max(2 * length, row + 1));
    this.open.push(tier, row);
    if (this.timerIsSet[tier] === 1) return;
    this.timerIsSet[tier] = 1;
    this.setTimer(this.closesAt(row), tier);
  }

  /** A deferrable request has its outcome. */
  remove(row: RequestRow): void {
    this.open.remove(this.table.declared.tier[row]!, row);
  }

  /**
   * The next request of a tier whose window has closed by now; `NO_ROW` if none has, and then the timer is set again.
   */
  nextClosed(tier: number, now: number): RequestRow {
    const row = this.open.first(tier);
    if (row === NO_ROW) {
      this.timerIsSet[tier] = 0;
      return NO_ROW;
    }
    const closesAt = this.closesAt(row);
    if (closesAt <= now) return row;
    this.setTimer(closesAt, tier);
    return NO_ROW;
  }

  private closesAt(row: RequestRow): number {
    return onGrid(this.table.progress.arrivedAt[row]! + this.windows[this.table.declared.tier[row]!]!);
  }
}
