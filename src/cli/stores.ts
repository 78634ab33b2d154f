/** Where a command keeps replications, and the batch that a scenario means there. */
import { existsSync } from 'node:fs';
import { damagedText } from '../batch/run-batch.ts';
import { runningProgram, type Program } from '../files/program.ts';
import { scenarioText, type ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { outlineOf, type BatchDescription } from '../store/batch-identity.ts';
import { Store } from '../store/store.ts';
import type { StoredBatch } from '../store/stored-batch.ts';
import { notice } from './terminal.ts';

/** Opens the file, or a store that is gone with the process for `false`. A new file is told of. */
export function openStore(path: string | false, tell: (text: string) => void): Store {
  if (path === false) return Store.temporary();
  const isNew = path !== '' && !existsSync(path);
  const store = openToWrite(path);
  if (isNew)
    tell(`results are kept in ${path}, which is new; --store FILE names another, --no-store keeps none`);
  return store;
}

/** Opens a store to write; where another process holds it, that is waited for, and told. */
export const openToWrite = (path: string): Store => Store.open(path, { onWait: notice });

/** Read once: it is a digest of the whole program. */
let program: Program | null = null;

/** What a scenario means in a store, as it was asked for. */
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
 * The batch of a scenario as it was asked for, with the replications that are there of it: those of which a record is
 * damaged are told, and are not there any more.
 */
export function batchOf(store: Store, ...asked: Parameters<typeof descriptionOf>): StoredBatch {
  const batch = store.batch(descriptionOf(...asked));
  const damaged = batch.mend();
  if (damaged.length > 0) notice(damagedText(batch, damaged));
  return batch;
}
