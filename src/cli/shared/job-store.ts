/** Opens the store for the job of a command, and reports what the job takes. */
import { longJobText } from '../../batch/job-cost.ts';
import type { JobCost } from '../../batch/job-cost.ts';
import type { ExpectedBatch } from '../../campaigns/expected-batches.ts';
import { openForJob } from '../../campaigns/open-store.ts';
import type { Store } from '../../store/store.ts';
import { notice } from './terminal.ts';

/** The options of a command that decide where and how a job is run. */
export interface JobOptions {
  readonly seed: string;
  readonly byHour: boolean;
  readonly threads?: number | undefined;
  /** The file that results are stored in; `false` for none. */
  readonly store: string | false;
  /** Whether to ignore stored replications and run them again. */
  readonly fresh?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/**
 * Opens the store for a job, and unless the command is quiet reports an estimate of more than a minute and a store that
 * is new. Throws as `openForJob` does.
 */
export function openFor(expected: readonly ExpectedBatch[], options: JobOptions): Store {
  const { seed, byHour, threads = null, fresh = false, store, quiet = false } = options;
  return openForJob(
    store === false ? null : store,
    { expected, seed, byHour, threads, fresh },
    {
      onCost: (cost) => printEstimate(cost, options),
      onNewStore: (path) =>
        quiet ||
        notice(
          `results are kept in ${path}, which is new; --store FILE names another, --no-store keeps none`,
        ),
      onNotice: notice,
    },
  );
}

/** Prints on standard error what a job will take, if that is over a minute and the command is not quiet. */
export function printEstimate(
  cost: JobCost,
  { store, quiet = false }: Pick<JobOptions, 'store' | 'quiet'>,
): void {
  const text = longJobText(cost, store === false ? 'a temporary file' : undefined);
  if (text !== null && !quiet) notice(`estimate: ${text}`);
}
