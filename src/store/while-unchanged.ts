/**
 * Answers reused as long as the store has not been written to: reading the same rows for each of many callers takes
 * longer than checking whether they changed. It knows SQLite, and nothing of what is answered.
 */
import type { StoreFile } from './database.ts';

/** How many answers are kept at once. */
const MOST = 20;
/** How long an answer is reused at most [ms]: the death of another process changes answers without a write. */
const LONGEST = 500;

export class WhileUnchanged<T> {
  private readonly file: StoreFile;
  private readonly found = new Map<string, { readonly answer: T; readonly until: number }>();
  private version: unknown = null;

  constructor(file: StoreFile) {
    this.file = file;
  }

  /** The answer for this key; `find` reads it. */
  of(key: string, find: () => T): T {
    // Writes of this connection do not change its own data version.
    if (!this.file.database.readonly) return find();
    const version = this.file.guarded(() => this.file.database.pragma('data_version', { simple: true }));
    if (version !== this.version) this.found.clear();
    this.version = version;
    const kept = this.found.get(key);
    const now = performance.now();
    if (kept !== undefined && now < kept.until) return kept.answer;
    const answer = find();
    this.found.delete(key);
    this.found.set(key, { answer, until: now + LONGEST });
    const [oldest] = this.found.keys();
    if (this.found.size > MOST) this.found.delete(oldest!);
    return answer;
  }
}
