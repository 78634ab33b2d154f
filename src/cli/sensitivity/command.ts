/** `sensitivity` as the command line declares it; its action is loaded when it is called. */
import { Option, type Command } from '@commander-js/extra-typings';
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
  varyOption,
  wholeNumber,
  type OptionsOf,
} from '../options.ts';
import { METHODS } from '../../campaigns/choices.ts';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';

/** Declares `sensitivity`. */
export const declareSensitivity = (program: Command) =>
  program
    .command('sensitivity')
    .description('Find out which values of a scenario matter: screen many, or draw a tornado of some.')
    .argument('<scenario>', 'scenario file, or name of a shipped scenario')
    .addOption(varyOption())
    .addOption(
      new Option('--method <method>', 'Morris elementary effects, or one factor at a time')
        .choices(METHODS)
        .default('tornado' as const),
    )
    .option('--walks <n>', 'number of Morris trajectories (k + 1 runs each for k factors)', wholeNumber, 10)
    .option('--levels <n>', 'grid levels per factor, an even number', wholeNumber, 4)
    .option(
      '--metric <name>',
      'metric to judge by, such as revenue or tier:free/ttft.p99; repeatable',
      gather,
      [],
    )
    .option(
      '--replications <n>',
      'independent replications of each point',
      replicationCount,
      DEFAULT_REPLICATIONS,
    )
    .option('--seed <text>', 'random seed, also of the trajectories', seedText, '1')
    .option('--set <path=value>', 'replace a value at every point; repeatable', gather, [])
    .addOption(pluginOption())
    .addOption(threadsOption())
    .addOption(confidenceOption())
    .option('--picture <file.svg>', 'draw the tornado of the first metric')
    .addOption(jsonOption())
    .addOption(storeOption())
    .addOption(noStoreOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Values vary between the ends of their list or distribution (listed by sweep --help); of distributions without ends, between the 5 % and
95 % quantiles.

Examples:
  fleetyield sensitivity my-fleet.yaml --vary fleet.pools[0].replicas=2,4 \\
    --vary 'workload.tiers[free].arrivals.ratePerSecond=uniform(20,40)' --metric revenue --picture tornado.svg
  fleetyield sensitivity my-fleet.yaml --method morris --walks 20 --vary 'gateway.admission.maxWaiting=integers(10,500)' \\
    --vary 'workload.tiers[paid].arrivals.ratePerSecond=normal(6,1)'`,
    )
    .action(async (scenario, options) => {
      const { sensitivity } = await import('./action.ts');
      process.exitCode = await sensitivity(scenario, options);
    });

/** What `sensitivity` takes. */
export type SensitivityOptions = OptionsOf<typeof declareSensitivity>;
