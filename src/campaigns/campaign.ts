/**
 * Campaigns: what needs several batches. A campaign is read and checked before anything is run, and then resolves to
 * the JSON document that its command prints. It knows neither commands nor HTTP.
 */
import type { Catalog } from '../catalog/catalog.ts';
import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';
import { loadScenario, type ScenarioRequest } from '../files/scenario-files.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { CampaignContext } from './context.ts';
import type { ExpectedBatch } from './expected-batches.ts';
import { VariantRuns, type CampaignSettings, type VariantRequest } from './variants.ts';

/** A campaign whose input was read and checked, ready to be run. */
export interface Campaign<Document> {
  readonly settings: CampaignSettings;
  /** The batches that it is expected to run, as far as that is known before it is run. */
  readonly expected: readonly ExpectedBatch[];
  /** What the user should know of the request before it is run; mostly nothing. */
  readonly notes: readonly string[];
  /**
   * Runs its batches and resolves to its document. Rejects with `CampaignInterrupted` when the signal ended it, with
   * `InputError` where the results show that the request has no answer, and with what kept a replication from a result.
   */
  run(context: CampaignContext): Promise<Document>;
}

/** How the input of a campaign is read, beside its request. */
export interface CampaignInputs {
  readonly catalog: Catalog;
  /** What an option is called in messages: `--vary` on a command line. */
  option(name: string): string;
  /** Called with each scenario that was read, for example to show its warnings. */
  onScenario?(scenario: Scenario): void;
}

/** What all campaigns of one scenario are asked. */
export interface ScenarioCampaign {
  /** The scenario; its overrides apply to all that is run. */
  readonly scenario: ScenarioRequest;
  readonly seed: string;
  /** Confidence level of the intervals. */
  readonly confidence: number;
}

/** A campaign that `work` runs, from its first batch to its document. */
export function campaignOf<Document>(
  { settings, expected, notes = [] }: CampaignPlan,
  work: (runs: VariantRuns) => Promise<Document>,
): Campaign<Document> {
  return {
    settings,
    expected,
    notes,
    run: async (context) => {
      const runs = new VariantRuns(settings, context, expected);
      try {
        return await work(runs);
      } finally {
        await runs.end();
      }
    },
  };
}

interface CampaignPlan {
  readonly settings: CampaignSettings;
  readonly expected: readonly ExpectedBatch[];
  readonly notes?: readonly string[];
}

/** The scenario of a request with further values replaced. Throws what `loadScenario` throws. */
export function variantOf(
  scenario: ScenarioRequest,
  overrides: readonly string[],
  { catalog, onScenario }: CampaignInputs,
): VariantRequest {
  const request = { ...scenario, overrides: [...scenario.overrides, ...overrides] };
  const loaded = loadScenario(request, catalog);
  onScenario?.(loaded);
  return { request, scenario: loaded };
}

/** The error for an option with a wrong value. */
export const refusal = (place: string, message: string): InputError =>
  new InputError([{ kind: 'option', place, path: '', message }]);

/** Refuses an option that counts something and is no whole number of one or more; leaving it out is fine. */
export function checkCount(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return;
  throw refusal(name, `${shown(value)} is out of range; expected a whole number of one or more`);
}
