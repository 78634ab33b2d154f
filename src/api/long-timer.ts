/** Timers of any length: those of Node fire at once when they are longer than 2³¹ − 1 ms, which is 24.8 days. */

/** The longest delay that `setTimeout` keeps [ms]. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls back after so many seconds, however many; the function that is given back forgets it.
 *
 * @param longest the longest delay that one timer of Node is given [ms]
 */
export function after(seconds: number, work: () => void, longest = LONGEST): () => void {
  const due = performance.now() + seconds * 1_000;
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = due - performance.now();
    timer = left > longest ? setTimeout(wait, longest) : setTimeout(work, Math.max(0, left));
  };
  wait();
  return () => clearTimeout(timer);
}
