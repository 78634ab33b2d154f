/**
 * Answers that several callers share: who asks what is being found out waits for the same answer, and what was found
 * stands for a while, the longer it took. So callers who ask again and again cannot take a thread for themselves.
 */

/** An answer stands for so many times the time it took, but no shorter than this [ms]. */
const TIMES = 4;
const SHORTEST = 250;
/** Answers that are kept at once. */
const MOST = 100;

export class SharedAnswers<T> {
  private readonly answers = new Map<string, { readonly answer: Promise<T>; until: number }>();

  /** The answer to what has this key; `find` finds it out. One that fails is told to who waits and not kept. */
  of(key: string, find: () => Promise<T>): Promise<T> {
    const known = this.answers.get(key);
    if (known !== undefined && performance.now() < known.until) return known.answer;
    const askedAt = performance.now();
    const entry = { answer: find(), until: Infinity };
    this.answers.delete(key);
    this.answers.set(key, entry);
    const [oldest] = this.answers.keys();
    if (this.answers.size > MOST) this.answers.delete(oldest!);
    entry.answer.then(
      () => {
        const took = performance.now() - askedAt;
        entry.until = performance.now() + Math.max(SHORTEST, TIMES * took);
      },
      () => {
        if (this.answers.get(key) === entry) this.answers.delete(key);
      },
    );
    return entry.answer;
  }
}
