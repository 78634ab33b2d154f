/**
 * Campaigns as functions of the library: from scenarios and options to the JSON document that the command of the same
 * name prints. They keep nothing unless a store is given, and print nothing.
 */
import { shippedCatalog } from '../files/catalog-files.ts';
import { InputFiles } from '../files/input-files.ts';
import { NO_PLUGINS, type Plugins } from '../plugins/plugins.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { Store } from '../store/store.ts';
import type { CampaignKind } from '../store/campaign-identity.ts';
import { checkCount, type Campaign, type CampaignInputs } from './campaign.ts';
import type { ComparisonDocument } from './compare.ts';
import type { CampaignContext } from './context.ts';
import { openForJob } from './open-store.ts';
import { CAMPAIGNS, type CampaignParametersOf, type GivenScenario } from './requests.ts';
import { scenarioRequest } from './scenario-request.ts';
import type { ScalingDocument } from './scaling-document.ts';
import type { SensitivityDocument } from './sensitivity.ts';
import type { SubscribersDocument } from './subscribers-document.ts';
import type { SweepDocument } from './sweep.ts';

/** A scenario file, the name of a shipped scenario, or a scenario written in code, which cannot name files. */
export type CampaignScenario = string | ScenarioInput;

/** How a campaign is run, beside what it is asked. */
export interface CampaignRunOptions {
  /** Values to replace in every scenario, each `PATH=VALUE`. */
  readonly set?: readonly string[] | undefined;
  /** Strategies and metrics of your own, as `loadPlugins` resolves to. */
  readonly plugins?: Plugins | undefined;
  /** Where replications are kept and reused: a file, or an open store. Nothing is kept when omitted. */
  readonly store?: string | Store | undefined;
  /** Worker threads; all cores when omitted. */
  readonly threads?: number | undefined;
  /** Ends the campaign early: it then rejects with `CampaignInterrupted`, and what it finished is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Called about ten times a second while the campaign runs. */
  readonly onProgress?: CampaignContext['onProgress'] | undefined;
  /** Called with what the user should know, such as what the campaign waits for. */
  readonly onNotice?: CampaignContext['onNotice'] | undefined;
}

/** The options of a kind of campaign: what it is asked, and how it is run. */
export type CampaignOptions<Kind extends CampaignKind> = CampaignParametersOf<Kind> & CampaignRunOptions;

/**
 * Compares scenarios with the first of them, under common random numbers. Throws `InputError` for what is wrong with
 * the scenarios or options, and `EnvironmentError` where the machine fails; so do the others.
 */
export const compare = async (
  scenarios: readonly CampaignScenario[],
  options: CampaignOptions<'compare'> = {},
): Promise<ComparisonDocument> =>
  running(options, (parameters) => CAMPAIGNS.compare.read(given(scenarios, options), parameters, INPUTS));

/** Runs a scenario with some of its values varied, under common random numbers. */
export const sweep = async (
  scenario: CampaignScenario,
  options: CampaignOptions<'sweep'>,
): Promise<SweepDocument> =>
  running(options, (parameters) => CAMPAIGNS.sweep.read(given([scenario], options), parameters, INPUTS));

/** Shows which values of a scenario matter. */
export const sensitivity = async (
  scenario: CampaignScenario,
  options: CampaignOptions<'sensitivity'>,
): Promise<SensitivityDocument> =>
  running(options, (parameters) =>
    CAMPAIGNS.sensitivity.read(given([scenario], options), parameters, INPUTS),
  );

/** Shows what the fleet would earn at other sizes, what one GPU is worth, and what the binding constraint is. */
export const scaling = async (
  scenario: CampaignScenario,
  options: CampaignOptions<'scaling'> = {},
): Promise<ScalingDocument> =>
  running(options, (parameters) => CAMPAIGNS.scaling.read(given([scenario], options), parameters, INPUTS));

/** Projects subscribers and load month by month, each driving the other through service quality. */
export const subscribers = async (
  scenario: CampaignScenario,
  options: CampaignOptions<'subscribers'> = {},
): Promise<SubscribersDocument> =>
  running(options, (parameters) =>
    CAMPAIGNS.subscribers.read(given([scenario], options), parameters, INPUTS),
  );

const INPUTS: CampaignInputs = {
  get catalog() {
    return shippedCatalog();
  },
  option: (name) => name,
};

/** Scenarios as requests; those written in code are called by their number where two share a name. */
function given(
  scenarios: readonly CampaignScenario[],
  { set = [], plugins = NO_PLUGINS }: CampaignRunOptions,
): readonly GivenScenario[] {
  const files = new InputFiles();
  return scenarios.map((one, index) => ({
    given: typeof one === 'string' ? one : `${one.name} (${index + 1})`,
    request: scenarioRequest(one, { overrides: set, files, plugins }),
  }));
}

/** Runs a campaign with the store that the options give, or with one that is deleted afterwards. */
async function running<Document>(
  {
    set: _set,
    plugins: _plugins,
    store: kept,
    threads: asked,
    signal,
    onProgress,
    onNotice,
    ...parameters
  }: CampaignRunOptions,
  read: (parameters: object) => Campaign<Document>,
): Promise<Document> {
  checkCount('threads', asked);
  const threads = asked ?? null;
  const campaign = read(parameters);
  campaign.notes.forEach((note) => onNotice?.(note));
  const { settings, expected } = campaign;
  const store =
    kept instanceof Store
      ? kept
      : openForJob(
          kept ?? null,
          { ...settings, expected, threads },
          onNotice === undefined ? {} : { onNotice },
        );
  try {
    return await campaign.run({
      store,
      threads,
      signal: signal ?? new AbortController().signal,
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(onNotice === undefined ? {} : { onNotice, onMore: onNotice }),
    });
  } finally {
    if (store !== kept) store.close();
  }
}
