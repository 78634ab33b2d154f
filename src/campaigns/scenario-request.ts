/** Scenarios as users of the library give them, as requests. */
import type { ScenarioRequest } from '../files/scenario-files.ts';
import { scenarioPath } from '../files/shipped-scenarios.ts';
import { IN_CODE, textOf } from '../scenario/from-code.ts';
import type { ScenarioInput } from '../scenario/schema.ts';

/** The request of a scenario that is a file, the name of a shipped one, or written in code. */
export const scenarioRequest = (
  scenario: string | ScenarioInput,
  how: Omit<ScenarioRequest, 'path' | 'text'>,
): ScenarioRequest =>
  typeof scenario === 'string'
    ? { path: scenarioPath(scenario), ...how }
    : { path: IN_CODE, text: textOf(scenario), ...how };
