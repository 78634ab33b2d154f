/** Signals that end a command early, with what it has finished stored. */

/** The exit code of a command that a signal ended early. */
export const EXIT_INTERRUPTED = 130;

/** Runs work that ends early when the process is asked to end: its signal is then aborted, and the process goes on. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    return await work(interrupt.signal);
  } finally {
    process.removeListener('SIGINT', onSignal);
    process.removeListener('SIGTERM', onSignal);
  }
}
