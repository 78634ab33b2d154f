/** Faults of a store, and reasons why it cannot be written. It knows no SQL. */
import { EnvironmentError, InputError } from '../errors.ts';

/** The store cannot be written now but may be later: another process locks it, or the disk is full. */
export class StoreUnavailable extends EnvironmentError {
  override readonly kind = 'store-unavailable';
  readonly reason: 'busy' | 'full';

  constructor(reason: 'busy' | 'full', message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreUnavailable';
    this.reason = reason;
  }
}

/** The file is no longer the one that was opened: it was removed, moved, or replaced by another. */
export class StoreGone extends EnvironmentError {
  override readonly kind = 'store-gone';
  constructor(path: string) {
    super(
      `${path} is gone: since it was opened it was removed, moved or replaced, so what was finished is not kept there; run the same command again`,
    );
    this.name = 'StoreGone';
  }
}

/** The batch is no longer the one that was opened: deleted, cleared, or taken over by another process. */
export class BatchGone extends EnvironmentError {
  override readonly kind = 'store-gone';
  constructor(name: string, path: string) {
    super(
      `${name} in ${path} was deleted, begun afresh or taken over by another process while it was in use here; what this command finished of it since then is not kept`,
    );
    this.name = 'BatchGone';
  }
}

/** A record does not read back as it was written. */
export class DamagedRecord extends EnvironmentError {
  override readonly kind = 'store-damaged';
  constructor(path: string, what: string, remedy: string) {
    super(`${path} is damaged: ${what} is not what was written; ${remedy}`);
    this.name = 'DamagedRecord';
  }
}

/** The request needs samples that were pruned from the store. */
export class SamplesPruned extends InputError {
  constructor(name: string) {
    super([
      {
        kind: 'batch-state',
        place: name,
        path: '',
        message:
          'its samples were pruned: only the estimates of all its replications at their own confidence level are kept; for anything else run it with --fresh',
      },
    ]);
    this.name = 'SamplesPruned';
  }
}

/** Another process runs the batch that was to be deleted or cleared. */
export class BatchHeld extends InputError {
  constructor(name: string, by: string, remedy: string) {
    super([{ kind: 'batch-held', place: name, path: '', message: `is being run by ${by}; ${remedy}` }]);
    this.name = 'BatchHeld';
  }
}
