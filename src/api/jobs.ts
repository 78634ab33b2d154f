/**
 * Jobs as seen from the thread that answers requests: it announces new ones, and is notified when something happens.
 */
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { codeFolder } from '../files/package-folder.ts';
import type { FromJobThread, JobThreadData, ToJobThread } from './job-thread.ts';

/** The event for a change of any batch; no batch has this id. */
const ANY = Symbol('any batch');

export class JobRunner {
  private readonly thread: Worker;
  private readonly changes = new EventEmitter();
  private ending = false;

  /**
   * @param log receives lines for the log
   * @param onLost called when the thread ends unexpectedly, or the store is gone
   */
  constructor(
    data: JobThreadData,
    log: (text: string) => void,
    onLost: (reason: string, isOurs: boolean) => void,
  ) {
    // Threads run built files: the loader of sources does not reach what they import.
    this.thread = new Worker(join(codeFolder(), 'api/job-thread.js'), { workerData: data });
    this.changes.setMaxListeners(0);
    this.thread.on('message', (message: FromJobThread) => {
      if (message.kind === 'log') log(message.text);
      if (message.kind === 'lost') onLost(message.text, false);
      if (message.kind === 'changed') this.changed(message.id);
    });
    this.thread.on('error', (error) => onLost(error.stack ?? error.message, true));
    this.thread.on('exit', () => {
      if (!this.ending) onLost('the thread that runs batches ended', true);
    });
  }

  /** There may be something to run. */
  look(): void {
    this.send({ kind: 'look' });
  }

  /** A batch was cancelled. */
  cancel(id: string): void {
    this.send({ kind: 'cancel', id });
    this.changed(id);
  }

  /** Something happened to a batch. */
  changed(id: string): void {
    this.changes.emit(ANY);
    this.changes.emit(id);
  }

  /** Calls the listener whenever something happens to any batch. */
  onChange(listener: () => void): void {
    this.changes.on(ANY, listener);
  }

  /** Calls back at each change of a batch, until the returned function is called. */
  follow(id: string, onChange: () => void): () => void {
    this.changes.on(id, onChange);
    return () => this.changes.off(id, onChange);
  }

  /** Ends the thread: what runs is returned to the queue, and the replications it has finished are kept. */
  async end(): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    const exit = once(this.thread, 'exit');
    this.send({ kind: 'end' });
    await exit;
  }

  private send(message: ToJobThread): void {
    this.thread.postMessage(message);
  }
}
