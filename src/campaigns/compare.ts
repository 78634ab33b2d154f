/** `compare`: compares scenarios with the first of them, under common random numbers. */
import { compareScenarios, type ComparisonOfScenarios, type Side } from '../experiments/compare.ts';
import { loadScenario, type ScenarioRequest } from '../files/scenario-files.ts';
import { runningProgram } from '../files/program.ts';
import { visible } from '../shown.ts';
import { campaignOf, refusal, type Campaign, type CampaignInputs } from './campaign.ts';
import { loadAll } from './load-all.ts';

/** What `compare` is asked. */
export interface CompareRequest {
  /** The baseline and at least one other. `given` is what a scenario is called where two share a name. */
  readonly scenarios: readonly { readonly given: string; readonly request: ScenarioRequest }[];
  readonly seed: string;
  /** Of each scenario. */
  readonly replications: number;
  /** Confidence level of the intervals. */
  readonly confidence: number;
}

/** The JSON document of `compare`. */
export interface ComparisonDocument extends ComparisonOfScenarios {
  readonly fleetyield: string;
  readonly seed: string;
  readonly replications: number;
  readonly confidence: number;
}

/** Reads the scenarios. Throws `InputError` with every fault of all of them. */
export function compareCampaign(
  { scenarios: given, seed, replications, confidence }: CompareRequest,
  { catalog, onScenario }: CampaignInputs,
): Campaign<ComparisonDocument> {
  if (given.length < 2)
    throw refusal('compare', 'takes a baseline and at least one scenario to hold against it');
  const requests = given.map(({ request }) => request);
  const scenarios = loadAll(requests.map((request) => () => loadScenario(request, catalog)));
  scenarios.forEach((scenario) => onScenario?.(scenario));
  const names = distinctNames(
    scenarios.map(({ name }) => visible(name)),
    given.map((one) => one.given),
  );
  const variants = scenarios.map((scenario, index) => ({ scenario, request: requests[index]! }));
  const settings = { seed, confidence, replications, byHour: false };
  const expected = variants.map((one) => ({ ...one, replications }));
  return campaignOf({ settings, expected }, async (runs): Promise<ComparisonDocument> => {
    const sides = (await runs.run(variants, replications)).map(
      ({ batch, replications: indices }, index): Side => ({
        name: names[index]!,
        metrics: batch.metrics(),
        fingerprints: batch.fingerprints(indices),
        column: (place) => batch.column(place, indices),
      }),
    );
    const [baseline, ...others] = sides;
    const comparison = compareScenarios(baseline!, others, confidence);
    return { fleetyield: runningProgram().version, seed, replications, confidence, ...comparison };
  });
}

/** The names of the scenarios, or what they were given as where two scenarios share a name. */
function distinctNames(names: readonly string[], given: readonly string[]): readonly string[] {
  return new Set(names).size === names.length ? names : given;
}
