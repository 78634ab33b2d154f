/** Opens the store for a job, once it is known that the job can be done here. */
import { existsSync } from 'node:fs';
import { possibleJobCost, type JobCost } from '../batch/job-cost.ts';
import { Store } from '../store/store.ts';
import type { BatchSettings } from './batches.ts';
import { partsOf, type ExpectedBatch } from './expected-batches.ts';

/** A job whose store is to be opened. */
export interface JobToStore extends BatchSettings {
  readonly expected: readonly ExpectedBatch[];
  /** Number of threads; all cores when `null`. */
  readonly threads: number | null;
  /** Whether stored replications are run again. */
  readonly fresh?: boolean;
}

/** What is reported while a store is opened. */
export interface OpeningListener {
  /** Called with the cost of the job, before anything is written. */
  onCost?(cost: JobCost): void;
  /** Called with the path of a store that is new. */
  onNewStore?(path: string): void;
  /** Called with a message while another process holds the store. */
  onNotice?(text: string): void;
}

/**
 * Opens the file for a job that this machine can do, or for `null` a store that is deleted when it is closed: a refused
 * job leaves neither a batch nor a new store behind. Throws `InputError` for a job that would never end or does not fit
 * this machine, and what opening throws.
 */
export function openForJob(path: string | null, job: JobToStore, listener: OpeningListener = {}): Store {
  const isThere = path !== null && existsSync(path);
  const check = (store: Store | null) => {
    const parts = partsOf(job.expected, job.fresh === true ? null : store, job);
    listener.onCost?.(possibleJobCost(parts, job.threads, store?.keptIn ?? path));
  };
  if (!isThere) check(null);
  const store = openStore(path, (text) => listener.onNotice?.(text));
  if (!isThere) {
    if (path !== null) listener.onNewStore?.(path);
    return store;
  }
  try {
    check(store);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

function openStore(path: string | null, onNotice: (text: string) => void): Store {
  return path === null ? Store.temporary() : Store.open(path, { onNotice });
}
