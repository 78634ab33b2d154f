/** A scenario with some of its values replaced, as campaigns run it. */
import type { ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** A scenario and the request it was loaded from. */
export interface VariantRequest {
  readonly request: ScenarioRequest;
  readonly scenario: Scenario;
}
