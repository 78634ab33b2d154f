/** The batch of a scenario in a store: what identifies it, and what is stored of it already. */
import { damagedText } from '../batch/run-batch.ts';
import { runningProgram } from '../files/program.ts';
import { scenarioText, type ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { outlineOf, type BatchDescription } from '../store/batch-identity.ts';
import type { Store } from '../store/store.ts';
import type { StoredBatch } from '../store/stored-batch.ts';

/** What decides the numbers of a batch beside its scenario. */
export interface BatchSettings {
  readonly seed: string;
  /** Whether it also measures by clock hour of the window. */
  readonly byHour: boolean;
}

/** The description of a scenario and the request it was loaded from, which identifies its batch in a store. */
export function descriptionOf(
  scenario: Scenario,
  request: ScenarioRequest,
  { seed, byHour }: BatchSettings,
): BatchDescription {
  return {
    kind: 'run',
    seed,
    byHour,
    program: runningProgram(),
    outline: outlineOf(scenario, request.overrides),
    text: scenarioText(request),
    overrides: request.overrides,
    resolved: scenario.resolved,
  };
}

/**
 * The batch of a scenario and its request, with its stored replications: those with damaged records are removed, and
 * `onNotice` is called with a message about them.
 */
export function storedBatch(
  store: Store,
  scenario: Scenario,
  request: ScenarioRequest,
  settings: BatchSettings,
  onNotice: (text: string) => void,
): StoredBatch {
  const batch = store.batch(descriptionOf(scenario, request, settings));
  const damaged = batch.removeDamaged();
  if (damaged.length > 0) onNotice(damagedText(batch, damaged));
  return batch;
}
