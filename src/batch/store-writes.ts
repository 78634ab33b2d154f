/**
 * The writes of a running batch to its store, retried while the store cannot be written: another process holds it, or
 * the disk is full. It knows how long to wait, and not what is written.
 */
import { setTimeout } from 'node:timers/promises';
import type { Holder } from '../store/batch-claim.ts';
import { StoreUnavailable } from '../store/store-errors.ts';
import type { StoredBatch } from '../store/stored-batch.ts';

/** Pause between two attempts [ms]; an attempt itself waits for other processes too. */
const PAUSE = 250;
/** Attempts to release. */
const RELEASES = 3;
const PATIENCE = { seconds: 600, forRoom: false };

export class StoreWrites {
  private readonly batch: StoredBatch;
  private readonly signal: AbortSignal;
  private readonly patience: { readonly seconds: number; readonly forRoom: boolean };
  private readonly notify: (text: string) => void;

  constructor(request: {
    readonly batch: StoredBatch;
    readonly signal: AbortSignal;
    readonly patience?: { readonly seconds: number; readonly forRoom: boolean };
    onNotice?(text: string): void;
  }) {
    this.batch = request.batch;
    this.signal = request.signal;
    this.patience = request.patience ?? PATIENCE;
    this.notify = (text) => request.onNotice?.(text);
  }

  /** Claims the batch once no other process runs it. Rejects with `AbortError` when the signal fires. */
  async claim(): Promise<void> {
    let reported: Holder | null = null;
    for (;;) {
      const holder = await this.write(() => this.batch.claim());
      if (holder === null) return;
      if (reported?.since !== holder.since)
        this.notify(`${this.batch.name} is being run by process ${holder.process.pid}; waiting for it`);
      reported = holder;
      await setTimeout(PAUSE, undefined, { signal: this.signal });
    }
  }

  /** Throws when the batch is gone; a heartbeat that cannot be written now is written later. */
  attend(): void {
    try {
      this.batch.attend();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }

  /** Lets other processes run the batch. Obstacles are not waited for long: the claim lapses when this process ends. */
  async release(): Promise<void> {
    for (let attempt = 0; attempt < RELEASES; attempt++) {
      try {
        return this.batch.release();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) return;
      }
      await setTimeout(PAUSE);
    }
  }

  /**
   * Writes as soon as possible. Rejects with `StoreUnavailable` when that takes too long, and when the signal fires.
   */
  write<T>(work: () => T): Promise<T> {
    return whenWritable(work, { signal: this.signal, patience: this.patience, onNotice: this.notify });
  }
}

/** How long a write is attempted, and what is called meanwhile. */
interface Attempts {
  readonly signal: AbortSignal;
  readonly patience?: { readonly seconds: number; readonly forRoom: boolean };
  onNotice?(text: string): void;
}

/**
 * Runs work that writes to a store as soon as that is possible. Rejects with `StoreUnavailable` when that takes too long,
 * and when the signal fires.
 */
export async function whenWritable<T>(work: () => T, attempts: Attempts): Promise<T> {
  const { signal, patience = PATIENCE } = attempts;
  const until = performance.now() + 1_000 * patience.seconds;
  for (let isReported = false; ;) {
    try {
      return work();
    } catch (error) {
      const waits = error instanceof StoreUnavailable && (error.reason === 'busy' || patience.forRoom);
      if (!waits || performance.now() >= until || signal.aborted) throw error;
      if (!isReported) attempts.onNotice?.(`${error.message}; waiting until it can be written`);
      isReported = true;
    }
    await setTimeout(PAUSE);
  }
}
