/**
 * Answers made a moment ago, as text. Many callers request the same page, which changes many times a second while a
 * batch runs: reading and writing it for each of them would occupy the thread that answers.
 */

/** How old an answer may be [ms]; a caller cannot distinguish it from one that was in transit for as long. */
const OLDEST = 100;
/** How many answers are kept at once. */
const MOST = 20;

export class RecentAnswers {
  private readonly texts = new Map<string, string>();
  private readonly clock: () => number;
  private since = 0;

  /** @param clock time [ms] */
  constructor(clock = (): number => performance.now()) {
    this.clock = clock;
  }

  /** The answer for this key; `make` makes it. */
  of(key: string, make: () => string): string {
    const now = this.clock();
    if (now - this.since >= OLDEST) this.forget();
    const there = this.texts.get(key);
    if (there !== undefined) return there;
    if (this.texts.size >= MOST) this.forget();
    const made = make();
    // No answer is older than the first of those kept.
    if (this.texts.size === 0) this.since = now;
    this.texts.set(key, made);
    return made;
  }

  /** Discards every answer, because what was answered has changed. */
  forget(): void {
    this.texts.clear();
  }
}
