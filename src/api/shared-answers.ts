/**
 * Answers that several callers share: who asks what is being found out waits for the same answer, and what was found
 * stands for a while, the longer it took. So callers who ask again and again cannot take a thread for themselves. When it
 * stands no longer, and who asks comes soon, it is told at once while the next is found out: only the first of them waits.
 */

/** An answer stands for so many times the time it took, but no shorter than this [ms]. */
const TIMES = 4;
const SHORTEST = 250;
/** It is told while the next is found out until so many times that have passed. */
const OLDEST = 3;
/** Answers that are kept at once. */
const MOST = 100;

interface Kept<T> {
  readonly answer: Promise<T>;
  /** When it stands no longer, and when it is not told any more [ms]. */
  readonly until: number;
  readonly oldest: number;
}

export class SharedAnswers<T> {
  private readonly found = new Map<string, Kept<T>>();
  private readonly sought = new Map<string, Promise<T>>();

  /** The answer to what has this key; `find` finds it out. One that fails is told to who waits and not kept. */
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
