/** `scaling` as the command line declares it; its action is loaded when it is called. */
import { Option, type Command } from '@commander-js/extra-typings';
import {
  confidenceOption,
  fraction,
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
  type OptionsOf,
} from '../options.ts';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';

/** Declares `scaling`. */
export const declareScaling = (program: Command) =>
  program
    .command('scaling')
    .description('Revenue and cost against fleet size: what a GPU is worth, and what binds.')
    .argument('<scenario>', 'scenario file, or name of a shipped scenario')
    .addOption(
      new Option('--gpus <multiples>', 'fleet sizes to run, as multiples of the present fleet')
        .argParser(multiples)
        .default([0.5, 0.75, 1, 1.5, 2], '0.5,0.75,1,1.5,2'),
    )
    .option(
      '--replications <n>',
      `independent replications of each size and load (default: ${DEFAULT_REPLICATIONS}, and 10 where intervals leave open what binds)`,
      replicationCount,
    )
    .option('--seed <text>', 'random seed', seedText, '1')
    .option('--set <path=value>', 'replace a value of the scenario; repeatable', gather, [])
    .addOption(pluginOption())
    .option('--pool <name>', 'scale only this pool (default: all serving pools)')
    .option(
      '--step <share>',
      'share of the fleet removed and added to see what a GPU is worth',
      fraction,
      0.02,
    )
    .addOption(threadsOption())
    .addOption(confidenceOption())
    .option('--picture <file>', 'write a picture (.svg), or a page with the picture and the numbers (.html)')
    .addOption(jsonOption())
    .addOption(storeOption())
    .addOption(noStoreOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Every replication meets the same demand at every size. Each pool that serves is multiplied and rounded to whole replicas
of the cell; beside the sizes, a fleet a step smaller and larger and 5 % less and more load are run. What binds follows
from s = eS ÷ (eS + eD), the elasticities to GPUs and to load: supply above 0.8, demand below 0.2.

Examples:
  fleetyield scaling my-fleet.yaml
  fleetyield scaling openai-2025 --gpus 0.5,1,2 --replications 5 --picture scaling.html
  fleetyield scaling my-fleet.yaml --pool main --step 0.05 --json`,
    )
    .action(async (scenario, options) => {
      const { scaling } = await import('./action.ts');
      process.exitCode = await scaling(scenario, options);
    });

/** What `scaling` takes. */
export type ScalingOptions = OptionsOf<typeof declareScaling>;
