/** `compare` as the command line declares it; its action is loaded when it is called. */
import type { Command } from '@commander-js/extra-typings';
import {
  confidenceOption,
  gather,
  jsonOption,
  noStoreOption,
  pluginOption,
  quietOption,
  replicationCount,
  seedText,
  storeOption,
  threadsOption,
  type OptionsOf,
} from '../options.ts';

/** Declares `compare`. */
export const declareCompare = (program: Command) =>
  program
    .command('compare')
    .description('Compare scenarios with the first: paired differences under common random numbers.')
    .argument('<scenario...>', 'scenario files, or names of shipped scenarios; the first is the baseline')
    .option('--replications <n>', 'independent replications of each', replicationCount, 20)
    .option('--seed <text>', 'random seed', seedText, '1')
    .option('--set <path=value>', 'replace a value of every scenario; repeatable', gather, [])
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
Every replication meets the same demand in all scenarios, unless a scenario changes demand itself (the table says so).

Examples:
  fleetyield compare today.yaml tighter-limits.yaml
  fleetyield compare today.yaml a.yaml b.yaml --replications 50 --json`,
    )
    .action(async (scenarios, options) => {
      const { compare } = await import('./action.ts');
      process.exitCode = await compare(scenarios, options);
    });

/** What `compare` takes. */
export type CompareOptions = OptionsOf<typeof declareCompare>;
