/** Where a command stores replications, and which stored batch a scenario corresponds to. */
import { existsSync } from 'node:fs';
import { damagedText } from '../batch/run-batch.ts';
import { runningProgram, type Program } from '../files/program.ts';
import { scenarioText, type ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { outlineOf, type BatchDescription } from '../store/batch-identity.ts';
import { Store } from '../store/store.ts';
import type { StoredBatch } from '../store/stored-batch.ts';
import { notice } from './terminal.ts';

/** Opens the file, or for `false` a store that is gone when the process ends. Reports when the file is new. */
export function openStore(path: string | false, tell: (text: string) => void): Store {
  if (path === false) return Store.temporary();
  const isNew = path !== '' && !existsSync(path);
  const store = openToWrite(path);
  if (isNew)
    tell(`results are kept in ${path}, which is new; --store FILE names another, --no-store keeps none`);
  return store;
}

/** Opens a store for writing; waits while another process holds it, and reports that. */
export const openToWrite = (path: string): Store => Store.open(path, { onWait: notice });

/** Computed once: it includes a digest of the whole program. */
let program: Program | null = null;

/** The description of a scenario and its request, which identifies its batch in a store. */
export function descriptionOf(
  scenario: Scenario,
  request: ScenarioRequest,
  { seed, byHour }: { readonly seed: string; readonly byHour: boolean },
): BatchDescription {
  program ??= runningProgram();
  return {
    ...{ kind: 'run', seed, byHour, program },
    outline: outlineOf(scenario, request.overrides),
    text: scenarioText(request),
    overrides: request.overrides,
    resolved: scenario.resolved,
  };
}

/**
 * The batch of a scenario and its request, with its stored replications: those with damaged records are reported and
 * removed.
 */
export function batchOf(store: Store, ...asked: Parameters<typeof descriptionOf>): StoredBatch {
  const batch = store.batch(descriptionOf(...asked));
  const damaged = batch.mend();
  if (damaged.length > 0) notice(damagedText(batch, damaged));
  return batch;
}
