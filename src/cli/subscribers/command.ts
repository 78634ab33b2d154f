/** `subscribers` as the command line declares it; its action is loaded when it is called. */
import { Option, type Command } from '@commander-js/extra-typings';
import {
  confidenceOption,
  gather,
  jsonOption,
  multiples,
  noStoreOption,
  pluginOption,
  quietOption,
  replicationCount,
  seedText,
  storeOption,
  threadsOption,
  wholeNumber,
  type OptionsOf,
} from '../options.ts';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';

/** Declares `subscribers`. */
export const declareSubscribers = (program: Command) =>
  program
    .command('subscribers')
    .description('Project subscribers and demand month by month, with churn driven by service quality.')
    .argument('<scenario>', 'scenario file, or name of a shipped scenario; a tier has churn or signUps')
    .option('--months <n>', 'months to project', wholeNumber, 12)
    .addOption(
      new Option('--gpus <multiples>', 'fleet sizes to run, as multiples of the present fleet')
        .argParser(multiples)
        .default([1], '1'),
    )
    .option(
      '--replications <n>',
      'independent replications of each month and size',
      replicationCount,
      DEFAULT_REPLICATIONS,
    )
    .option('--seed <text>', 'random seed', seedText, '1')
    .option('--set <path=value>', 'replace a value of the scenario; repeatable', gather, [])
    .addOption(pluginOption())
    .addOption(threadsOption())
    .addOption(confidenceOption())
    .addOption(jsonOption())
    .addOption(storeOption())
    .addOption(noStoreOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
The measured window of the scenario represents each month. A month begins with the subscribers that the churn and sign-ups
of the month before leave; each of them sends as much as in the first month.

Examples:
  fleetyield subscribers openai-2025-churn --months 6
  fleetyield subscribers my-fleet.yaml --gpus 0.5,1,2 --json`,
    )
    .action(async (scenario, options) => {
      const { subscribers } = await import('./action.ts');
      process.exitCode = await subscribers(scenario, options);
    });

/** What `subscribers` takes. */
export type SubscribersOptions = OptionsOf<typeof declareSubscribers>;
