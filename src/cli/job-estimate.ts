/** What a command says before it starts on something long, and before it writes anything. */
import { existsSync } from 'node:fs';
import { longJobText, possibleJobCost, type JobPart } from '../batch/job-cost.ts';
import type { ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { batchId } from '../store/batch-identity.ts';
import type { Store } from '../store/store.ts';
import { descriptionOf, openStore } from './stores.ts';
import { notice } from './terminal.ts';

/** A batch that a job is expected to run; no `request` where it depends on what comes before it. */
export interface ExpectedBatch {
  readonly scenario: Scenario;
  readonly request: ScenarioRequest | null;
  readonly replications: number;
}

export interface JobOptions {
  readonly seed: string;
  readonly byHour: boolean;
  readonly workers?: number | undefined;
  /** The file in which results are kept; `false` for none. */
  readonly store: string | false;
  /** What is in the store is not counted: it is run again. */
  readonly fresh?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** A part of a job, with those of its replications that are in the store already. */
export interface ExpectedPart extends JobPart {
  readonly there: number;
}

/** What a job is expected to run, `replications` being those still to be run; no batch is made of it. `null` is a store that is not there. */
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
 * Opens the store for a job whose estimate has passed, and tells the estimate where it is over a minute: what is refused
 * leaves no batch behind, and no new store. Throws `InputError` as `printEstimate` does, and what opening throws.
 */
export function openFor(
  expected: readonly ExpectedBatch[],
  options: JobOptions,
  tell: (text: string) => void,
): Store {
  const { workers = null, quiet = false, store: path } = options;
  const isThere = path !== false && existsSync(path);
  if (!isThere) printEstimate(partsOf(expected, null, options), workers, path === false ? null : path, quiet);
  const store = openStore(path, tell);
  if (!isThere) return store;
  try {
    printEstimate(partsOf(expected, store, options), workers, store.path, quiet);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

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
  if (text !== null && !quiet) notice(`estimate: ${text}`);
}
