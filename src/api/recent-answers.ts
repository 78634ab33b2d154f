/**
 * Answers that were made a moment ago, as text. Many callers ask for the same page of what changes many times a second
 * while a batch runs: to read and write it for each of them anew takes the time of the thread that answers.
 */

/** How old an answer may be [ms]; who asks cannot tell it from one that was under way so long. */
const OLDEST = 100;
/** Answers that are kept at once. */
const MOST = 20;

export class RecentAnswers {
  private readonly texts = new Map<string, string>();
  private readonly clock: () => number;
  private since = 0;

  /** @param clock time [ms] */
  constructor(clock = (): number => performance.now()) {
    this.clock = clock;
  }

  /** The answer to what has this key; `make` makes it. */
  of(key: string, make: () => string): string {
    const now = this.clock();
    if (now - this.since >= OLDEST) this.forget();
    const there = this.texts.get(key);
    if (there !== undefined) return there;
    if (this.texts.size >= MOST) this.forget();
    const made = make();
    // No answer is older than the first of those that are kept.
    if (this.texts.size === 0) this.since = now;
    this.texts.set(key, made);
    return made;
  }

  /** Makes every answer anew from now on: what was answered has changed. */
  forget(): void {
    this.texts.clear();
  }
}
