/** What a command says before it starts on something long. */
import { longJobText, possibleJobCost, type JobPart } from '../batch/job-cost.ts';

/**
 * Tells on standard error what a job will take where that is over a minute. Throws `InputError` for one that would never
 * end or does not fit this machine. `store` is the file that keeps it, `null` for none.
 */
export function tellEstimate(parts: readonly JobPart[], workers: number | null, store: string | null): void {
  const text = longJobText(possibleJobCost(parts, workers, store));
  if (text !== null) process.stderr.write(`estimate: ${text}\n`);
}
