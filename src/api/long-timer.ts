/** Timers of any length: those of Node fire at once when they are longer than 2³¹ − 1 ms, which is 24.8 days. */

/** The longest delay that `setTimeout` supports [ms]. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls back after any number of seconds; the returned function cancels the timer.
 *
 * @param longest the longest delay given to one timer of Node [ms]
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
