/**
 * Answers shared by several callers: those that request an answer in the making wait for the same one, and a finished
 * answer stays valid for a while, the longer it took to make. So callers that repeat a request cannot take up a whole
 * thread. An answer that expired recently is still served while the next one is made: only the first caller ever waits.
 */

/** An answer is valid for this many times as long as it took to make, but at least for the shortest time [ms]. */
const TIMES = 4;
const SHORTEST = 250;
/** After this many validity periods an answer is no longer served while the next one is made. */
const OLDEST = 3;
/** How many answers are kept at once. */
const MOST = 100;

interface Kept<T> {
  readonly answer: Promise<T>;
  /** When it expires, and when it is no longer served at all [ms]. */
  readonly until: number;
  readonly oldest: number;
}

export class SharedAnswers<T> {
  private readonly found = new Map<string, Kept<T>>();
  private readonly sought = new Map<string, Promise<T>>();

  /**
   * The answer for this key; `find` makes it. An answer that fails is passed to the callers waiting for it and not
   * kept.
   */
  of(key: string, find: () => Promise<T>): Promise<T> {
    const kept = this.found.get(key);
    const askedAt = performance.now();
    if (kept !== undefined && askedAt < kept.until) return kept.answer;
    const next = this.sought.get(key) ?? this.seek(key, find, askedAt);
    return kept !== undefined && askedAt < kept.oldest ? kept.answer : next;
  }

  private seek(key: string, find: () => Promise<T>, askedAt: number): Promise<T> {
    const answer = find();
    this.sought.set(key, answer);
    answer.then(
      () => {
        const now = performance.now();
        const stands = Math.max(SHORTEST, TIMES * (now - askedAt));
        this.sought.delete(key);
        this.found.delete(key);
        this.found.set(key, { answer, until: now + stands, oldest: now + OLDEST * stands });
        const [oldest] = this.found.keys();
        if (this.found.size > MOST) this.found.delete(oldest!);
      },
      () => {
        this.sought.delete(key);
        this.found.delete(key);
      },
    );
    return answer;
  }
}
