/**
 * The reservation of a batch: at most one object of one living process runs it. It knows the table of runs, and not what
 * is run.
 */
import { randomUUID } from 'node:crypto';
import type { prepareBatch } from './batch-statements.ts';
import type { StoreFile } from './database.ts';
import { lives, processFrom, SIGN_INTERVAL, thisProcess, type ProcessIdentity } from './runner.ts';
import { BatchHeld } from './store-errors.ts';

/** The process that runs a batch. */
export interface Holder {
  readonly process: ProcessIdentity;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** The prefix of the names under which objects of this thread run a batch, and the names in use. */
const THREAD = `${randomUUID()} `;
const active = new Set<string>();

export class BatchClaim {
  private readonly file: StoreFile;
  private readonly key: number;
  private readonly statements: ReturnType<typeof prepareBatch>;
  /** The name of this object among those that may run the batch; `null` as long as it does not run it. */
  private runner: string | null = null;
  private signDue = 0;

  constructor(file: StoreFile, key: number, statements: ReturnType<typeof prepareBatch>) {
    this.file = file;
    this.key = key;
    this.statements = statements;
  }

  /** Reserves the batch: returns `null` on success, or else who holds it. Runs in a transaction. */
  take(): Holder | null {
    const holder = this.holder();
    if (holder !== null) return holder;
    this.runner = `${THREAD}${randomUUID()}`;
    active.add(this.runner);
    const at = now();
    this.statements.run.run(this.key, this.runner, JSON.stringify(thisProcess()), at, at);
    this.signDue = performance.now() + SIGN_INTERVAL;
    return null;
  }

  /** Gives a sign of life when one is due. */
  sign(): void {
    if (performance.now() < this.signDue) return;
    this.file.writing(() => this.statements.sign.run(now(), this.key, this.runner));
    this.signDue = performance.now() + SIGN_INTERVAL;
  }

  /**
   * Lets others run the batch. If that cannot be written now, others of this thread may run it at once, and all others
   * once this process has ended.
   */
  release(): void {
    const { runner } = this;
    if (runner === null) return;
    active.delete(runner);
    this.file.once(() => this.file.writing(() => this.statements.release.run(this.key, runner)));
    this.runner = null;
  }

  /** Whether another has taken a batch that this object reserved. */
  isLost(): boolean {
    if (this.runner === null) return false;
    const held = this.statements.held.get(this.key) as { runner: string } | undefined;
    return held?.runner !== this.runner;
  }

  /** The other process or object that runs the batch, if any. */
  holder(): Holder | null {
    const held = this.statements.held.get(this.key) as
      { runner: string; process: string; since: string; signedAt: string } | undefined;
    if (held === undefined || held.runner === this.runner) return null;
    const other = processFrom(held.process);
    // A reservation of this thread that could not be released.
    if (held.runner.startsWith(THREAD) && !active.has(held.runner)) return null;
    return other !== null && lives(other, held.signedAt) ? { process: other, since: held.since } : null;
  }
}

/** The error if another process runs a batch that was to be deleted or cleared. */
export function heldBy(name: string, { process: { pid, host }, since }: Holder, option: string): BatchHeld {
  const by = `process ${pid} on ${host} since ${since.slice(0, 19).replace('T', ' ')} UTC`;
  return new BatchHeld(
    name,
    by,
    `wait for it or stop it, or add --force to ${option === '' ? '' : `${option} to `}take the batch from it`,
  );
}

const now = (): string => new Date().toISOString();
