/** `compare`: compares scenarios with the first of them, under common random numbers. */
import { compareCampaign } from '../../campaigns/compare.ts';
import { loadPlugins } from '../../files/plugin-files.ts';
import { campaignInputs, printDocument, runCampaign } from '../shared/campaign-run.ts';
import { comparisonTable } from '../shared/comparison-table.ts';
import { inputFiles } from '../shared/input.ts';
import { EXIT_INTERRUPTED } from '../shared/interrupt.ts';
import { scenarioPath } from '../../files/shipped-scenarios.ts';
import type { CompareOptions } from './command.ts';

/** Returns the exit code. */
export async function compare(files: readonly string[], options: CompareOptions): Promise<number> {
  const { seed, replications, confidence, set } = options;
  const plugins = await loadPlugins(options.plugin);
  const read = inputFiles(options.quiet);
  const scenarios = files.map((given) => ({
    given,
    request: { path: scenarioPath(given), overrides: set, files: read, plugins },
  }));
  const campaign = compareCampaign({ scenarios, seed, replications, confidence }, campaignInputs());
  const document = await runCampaign(campaign, options);
  if (document === null) return EXIT_INTERRUPTED;
  printDocument(document, options, () => comparisonTable(document, options));
  return 0;
}
