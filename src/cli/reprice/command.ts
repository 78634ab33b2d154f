/** `reprice` as the command line declares it; its action is loaded when it is called. */
import type { Command } from '@commander-js/extra-typings';
import { storeOption, type OptionsOf } from '../options.ts';
import { version } from '../shared/version.ts';

/** Declares `reprice`. */
export const declareReprice = (program: Command) =>
  program
    .command('reprice')
    .description('Show the income statement of a stored batch at other prices, without simulating again.')
    .argument('<batch>', 'beginning of an id, or name of a scenario')
    .requiredOption('--prices <file.yaml>', 'file with other prices and costs')
    .addOption(storeOption())
    .option('--json', 'print one JSON document instead of the statement', false)
    .addHelpText(
      'after',
      `
The file has the section economics of a scenario, and tiers with name, revenue and slaCredits; what it leaves out stays
unchanged. The result equals that of running the scenario with these prices, to the last digit.

  tiers:
    - { name: paid, revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 4 } }
  economics: { gpuHour: { kind: owned, preset: h100-2025 } }

Examples:
  fleetyield reprice openai-2025 --prices dearer.yaml
  fleetyield reprice 3f2a --prices dearer.yaml --json`,
    )
    .action(async (batch, options) => {
      const { reprice } = await import('./action.ts');
      reprice(batch, options, version());
    });

/** What `reprice` takes. */
export type RepriceOptions = OptionsOf<typeof declareReprice>;
