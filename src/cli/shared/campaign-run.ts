/** Runs the campaign of a command: its input, progress and notices on standard error, and interruption. */
import type { Campaign, CampaignInputs } from '../../campaigns/campaign.ts';
import { CampaignInterrupted } from '../../campaigns/context.ts';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';
import { readCatalog } from '../../files/catalog-files.ts';
import { loadPlugins } from '../../files/plugin-files.ts';
import type { ScenarioRequest } from '../../files/scenario-files.ts';
import { scenarioPath } from '../../files/shipped-scenarios.ts';
import { inputFiles, printNotes } from './input.ts';
import { interruptible } from './interrupt.ts';
import { CampaignBar } from './progress.ts';
import { openFor, printEstimate } from './job-store.ts';
import { notice } from './terminal.ts';

/** The options of all commands that run campaigns. */
export interface CampaignOptions {
  readonly seed: string;
  readonly confidence: number;
  readonly set: readonly string[];
  /** Files of plugins. */
  readonly plugin: readonly string[];
  readonly threads?: number | undefined;
  /** The file that results are stored in; `false` for none. */
  readonly store: string | false;
  readonly quiet?: boolean | undefined;
  readonly json: boolean;
}

/** How a command reads the input of its campaign: warnings about scenarios are shown. */
export const campaignInputs = (): CampaignInputs => ({
  catalog: readCatalog(),
  option: (name) => `--${name}`,
  onScenario: printNotes,
});

/** The scenario that a command names, with its plugins. Throws `InputError` where there is none of that name. */
export const scenarioOf = async (
  file: string,
  { set, plugin, quiet }: Pick<CampaignOptions, 'set' | 'plugin' | 'quiet'>,
): Promise<ScenarioRequest> => ({
  path: scenarioPath(file),
  overrides: set,
  files: inputFiles(quiet),
  plugins: await loadPlugins(plugin),
});

/**
 * The document of a campaign; `null` when it was interrupted, which is then reported. Throws what opening the store and
 * running throw.
 */
export async function runCampaign<Document>(
  campaign: Campaign<Document>,
  options: CampaignOptions,
): Promise<Document | null> {
  const { settings, expected } = campaign;
  const { threads = null, quiet = false } = options;
  campaign.notes.forEach(notice);
  const store = openFor(expected, { ...options, byHour: settings.byHour });
  if (settings.replications === 1 && !quiet)
    notice(
      `1 replication of each: there are no intervals; --replications ${DEFAULT_REPLICATIONS} gives some`,
    );
  let bar = new CampaignBar(quiet);
  try {
    return await interruptible((signal) =>
      campaign.run({
        store,
        signal,
        threads,
        onNotice: notice,
        onProgress: (progress) => bar.update(progress),
        onMore: (reason, cost) => {
          bar.stop();
          bar = new CampaignBar(quiet);
          if (!quiet) notice(reason);
          printEstimate(cost, options);
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof CampaignInterrupted)) throw error;
    bar.stop();
    const onwards = options.store === false ? '' : '; run the same command to resume';
    notice(`${error.message}, nothing to compare${onwards}`);
    return null;
  } finally {
    bar.stop();
    store.close();
  }
}

/** Prints the document of a campaign, or with its table. */
export function printDocument<Document>(
  document: Document,
  { json }: Pick<CampaignOptions, 'json'>,
  tableOf: (document: Document) => string,
): void {
  process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : tableOf(document));
}
