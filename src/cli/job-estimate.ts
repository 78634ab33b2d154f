/** What a command reports before it starts a long job, and before it writes anything. */
import { existsSync } from 'node:fs';
import { longJobText, possibleJobCost, type JobPart } from '../batch/job-cost.ts';
import type { ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { batchId } from '../store/batch-identity.ts';
import type { Store } from '../store/store.ts';
import { descriptionOf, openStore } from './stores.ts';
import { notice } from './terminal.ts';

/** A batch that a job is expected to run; `request` is `null` where it depends on earlier batches. */
export interface ExpectedBatch {
  readonly scenario: Scenario;
  readonly request: ScenarioRequest | null;
  readonly replications: number;
}

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

/** A part of a job, including the replications of it that are already stored. */
export interface ExpectedPart extends JobPart {
  readonly there: number;
}

/**
 * The parts that a job is expected to run, where `replications` counts those still to run; this creates no batch.
 * `store` is `null` where it does not exist yet.
 */
export function partsOf(
  expected: readonly ExpectedBatch[],
  store: Store | null,
  options: JobOptions,
): ExpectedPart[] {
  return expected.map(({ scenario, request, replications }) => {
    const kept =
      store === null || request === null || options.fresh === true
        ? 0
        : store.doneOf(batchId(descriptionOf(scenario, request, options)));
    const there = Math.min(kept, replications);
    return { name: scenario.name, cell: scenario.cell, replications: replications - there, there };
  });
}

/**
 * Opens the store for a job that passes its estimate, and prints the estimate where it is over a minute: a refused job
 * leaves neither a batch nor a new store behind. Throws `InputError` as `printEstimate` does, and what opening throws.
 */
export function openFor(
  expected: readonly ExpectedBatch[],
  options: JobOptions,
  tell: (text: string) => void,
): Store {
  const { threads = null, quiet = false, store: path } = options;
  const isThere = path !== false && existsSync(path);
  if (!isThere) printEstimate(partsOf(expected, null, options), threads, path === false ? null : path, quiet);
  const store = openStore(path, tell);
  if (!isThere) return store;
  try {
    printEstimate(partsOf(expected, store, options), threads, store.path, quiet);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

/**
 * Prints on standard error what a job will take, if that is over a minute and not `quiet`. Throws `InputError` for a
 * job that would never end or does not fit this machine. `store` is the file that results go to, `null` for none.
 */
export function printEstimate(
  parts: readonly JobPart[],
  threads: number | null,
  store: string | null,
  quiet: boolean,
): void {
  const cost = possibleJobCost(parts, threads, store);
  const text = longJobText(cost, store === null ? 'a temporary file' : undefined);
  if (text !== null && !quiet) notice(`estimate: ${text}`);
}
