/** What a command says before it starts on something long. */
import { longJobText, possibleJobCost, type JobPart } from '../batch/job-cost.ts';

/**
 * Prints on standard error what a job will take where that is over a minute; nothing where `quiet`. Throws `InputError` for
 * one that would never end or does not fit this machine. `store` is the file that keeps it, `null` for none.
 */
export function printEstimate(
  parts: readonly JobPart[],
  workers: number | null,
  store: string | null,
  quiet: boolean,
): void {
  const cost = possibleJobCost(parts, workers, store);
  const text = longJobText(cost, store === null ? 'a temporary file' : undefined);
  if (text !== null && !quiet) process.stderr.write(`estimate: ${text}\n`);
}
