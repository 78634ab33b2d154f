/**
 * The connection of a thread to the store, and the form of its answers: plain data goes in and comes out, and errors,
 * which would lose their class between threads, go out as problems.
 */
import { workerData } from 'node:worker_threads';
import { runningProgram, type Program } from '../../files/program.ts';
import type { BatchSummary } from '../../store/batch-summary.ts';
import { Store, type ReadBatch } from '../../store/store.ts';
import { noBatch, problemOf, Refusal, type Problem } from '../problems.ts';
import type { Limits } from '../settings.ts';
import { useOperatorsPlugins } from '../uploads.ts';

/** What a thread is started with. */
export interface StoreThreadData {
  readonly store: string;
  readonly limits: Limits;
  /** Threads of each batch that runs. */
  readonly threads: number;
  /** Files of the operator's plugins. */
  readonly plugins: readonly string[];
}

/** An answer as it crosses between threads, where errors would lose their class. */
export type Answer<T> = { readonly value: T } | { readonly problem: Problem; readonly log: string | null };

export const { store: path, limits, threads, plugins } = workerData as StoreThreadData;
await useOperatorsPlugins(plugins);

/** A caller is asked to retry rather than kept waiting, and others queued behind it. */
const IMPATIENT = { patience: 0 };

let opened: { readonly toWrite: Store; readonly toRead: Store; readonly program: Program } | null = null;

/** The store, to write and to read, opened at the first operation. */
export function connection() {
  if (opened === null) {
    const toWrite = Store.open(path, IMPATIENT);
    opened = { toWrite, toRead: Store.openToRead(path, IMPATIENT), program: runningProgram() };
  }
  return opened;
}

/** Makes an operation return its errors as problems. */
export const answering =
  <Question, T>(work: (question: Question) => T) =>
  (question: Question): Answer<T> => {
    try {
      return { value: work(question) };
    } catch (error) {
      return problemOf(error);
    }
  };

/** A batch that has results. Throws `Refusal` if there is none of this id, or no replication of it is done. */
export function found(store: Store, id: string): ReadBatch & { readonly summary: BatchSummary } {
  const summary = store.summary(id);
  if (summary === null) throw noBatch(id);
  if (summary.done === 0)
    throw new Refusal(409, 'no-results', `no replication of batch ${id} is done; wait for the first`);
  return { summary, ...store.read(summary) };
}
