/**
 * The live sessions, in columns. A row is one client's chain of requests from its first arrival to its end, one request
 * at a time, and is recycled afterwards. A closed loop without sessions has chains of one request.
 */
import { growColumns, type ColumnGroup } from '../kernel/columns.ts';

const FIRST_ROWS = 64;

/** The user of a session that is not part of a closed loop. */
export const NO_USER = -1;

export class SessionTable {
  readonly columns = {
    tier: new Int32Array(FIRST_ROWS),
    /** Number within its tier, in order of start: what the prefix cache knows it by. */
    number: new Int32Array(FIRST_ROWS),
    /** The user of a closed loop whose session it is, or `NO_USER`. */
    user: new Int32Array(FIRST_ROWS),
    tenant: new Int32Array(FIRST_ROWS),
    /**
     * Ordinal of its request under way or next, and how much further that of each next is, but in a replayed session.
     */
    ordinal: new Float64Array(FIRST_ROWS),
    stride: new Int32Array(FIRST_ROWS),
    /** Requests it will make, of a session that is not replayed, and those that have their outcome. */
    turns: new Int32Array(FIRST_ROWS),
    turn: new Int32Array(FIRST_ROWS),
    /** Tokens of the last answered prompt and its answer. */
    context: new Int32Array(FIRST_ROWS),
    /** First arrival [s]. */
    startedAt: new Float64Array(FIRST_ROWS),
    /** The least quality of its answers. */
    quality: new Float64Array(FIRST_ROWS),
    /** The row of its request that has no outcome yet; `NO_ROW` while its client thinks. */
    request: new Int32Array(FIRST_ROWS),
    /** 1 when its outcome is decided while one of its requests is still running. */
    decided: new Uint8Array(FIRST_ROWS),
    live: new Uint8Array(FIRST_ROWS),
    /** Rises at each recycling: an event that carries another version is stale. */
    version: new Int32Array(FIRST_ROWS),
  } satisfies ColumnGroup;

  private capacity = FIRST_ROWS;
  /** Rows handed out at least once. */
  private used = 0;
  private readonly free: number[] = [];

  /** A row for a session that starts now; all but its version is stale until written. */
  open(): number {
    if (this.free.length === 0 && this.used === this.capacity) {
      this.capacity *= 2;
      growColumns(this.columns, this.capacity);
    }
    const session = this.free.pop() ?? this.used++;
    this.columns.live[session] = 1;
    return session;
  }

  /** Gives the row back; events that still name it become stale. */
  close(session: number): void {
    this.columns.live[session] = 0;
    this.columns.version[session]! += 1;
    this.free.push(session);
  }

  /** The rows that hold a live session. */
  *liveRows(): Generator<number> {
    for (let session = 0; session < this.used; session++) {
      if (this.columns.live[session] === 1) yield session;
    }
  }
}
