/** Campaigns as callers send them, and as they are read back from the store to be run. */
import type { Campaign } from '../campaigns/campaign.ts';
import { CAMPAIGNS } from '../campaigns/requests.ts';
import { InputError } from '../errors.ts';
import { shippedCatalog } from '../files/catalog-files.ts';
import type { Store } from '../store/store.ts';
import type { CampaignKind, CampaignToStore } from '../store/campaign-identity.ts';
import { notFound, type Refusal } from './problems.ts';
import { operatorsPlugins, readChoice, type ScenarioChoice } from './uploads.ts';

/** A scenario of a campaign as a caller sends it. */
export interface SentChoice {
  readonly scenario: ScenarioChoice;
  readonly overrides: readonly string[];
}

/** A campaign as a caller sends it. */
export interface SentCampaign {
  readonly kind: CampaignKind;
  readonly scenarios: readonly SentChoice[];
  /** What its kind takes beside its scenarios, with defaults filled in. */
  readonly parameters: object;
  readonly caller: string;
  readonly key: string | null;
}

/** A campaign as it is kept, and ready to be run. */
export interface ReadCampaign {
  readonly asked: CampaignToStore;
  readonly campaign: Campaign<object>;
}

/** Characters of scenarios that one campaign may have read, all its variants together; and what one counts at least. */
const MOST_CHARACTERS = 2 ** 24;
const LEAST_CHARACTERS = 2 ** 16;

/** The campaign that a caller sends. Throws `InputError` and `Refusal` for what is wrong with it, or too much. */
export function readSentCampaign(
  store: Store,
  { kind, scenarios: sent, parameters }: SentCampaign,
  depth: number,
): ReadCampaign {
  const scenarios = sent.map(({ scenario: choice, overrides }, index) => {
    const { request, scenario } = readChoice(store, choice, overrides, depth);
    const { name, hash } = scenario;
    return { name, given: `${name} (${index + 1})`, hash, text: request.text, overrides: request.overrides };
  });
  const each = Math.max(LEAST_CHARACTERS, ...scenarios.map(({ text }) => text.length));
  let left = MOST_CHARACTERS;
  const onScenario = () => {
    left -= each;
    if (left >= 0) return;
    const most = Math.floor(MOST_CHARACTERS / each);
    const message = `makes more than ${most} variants of the scenario, which are the most for one of its length; ask for fewer points, or campaigns of less`;
    throw new InputError([{ place: 'body', path: '', message }]);
  };
  const asked = { kind, scenarios, parameters };
  return { asked, campaign: readStoredCampaign(asked, onScenario) };
}

/**
 * A stored campaign, ready to be run; `onScenario` is called at each scenario that is read. Throws `InputError` for what
 * it has wrong.
 */
export const readStoredCampaign = (
  { kind, scenarios, parameters }: CampaignToStore,
  onScenario: () => void = () => undefined,
): Campaign<object> =>
  CAMPAIGNS[kind].read(
    scenarios.map(({ name, given, text, overrides }) => ({
      given,
      request: { path: name, text, overrides, plugins: operatorsPlugins() },
    })),
    parameters,
    { catalog: shippedCatalog(), option: (name) => name, onScenario },
  );

/** The refusal for a campaign that is not there. */
export const noCampaign = (id: string): Refusal => notFound(`there is no campaign ${id}`);
