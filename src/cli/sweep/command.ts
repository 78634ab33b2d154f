/** `sweep` as the command line declares it; its action is loaded when it is called. */
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
import { DESIGNS } from '../../campaigns/choices.ts';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';

/** Declares `sweep`. */
export const declareSweep = (program: Command) =>
  program
    .command('sweep')
    .description('Run a scenario over a grid or a sample of values, under common random numbers.')
    .argument('<scenario>', 'scenario file, or name of a shipped scenario')
    .addOption(varyOption())
    .addOption(
      new Option('--design <design>', 'every combination, or a sample of points')
        .choices(DESIGNS)
        .default('grid' as const),
    )
    .option('--points <n>', 'points of a sampled design', wholeNumber)
    .option(
      '--metric <name>',
      'metric to show, such as ttft.p99 or tier:free/share.served; repeatable',
      gather,
      [],
    )
    .option(
      '--replications <n>',
      'independent replications of each point',
      replicationCount,
      DEFAULT_REPLICATIONS,
    )
    .option('--seed <text>', 'random seed, also of the design', seedText, '1')
    .option('--set <path=value>', 'replace a value at every point; repeatable', gather, [])
    .addOption(pluginOption())
    .addOption(threadsOption())
    .addOption(confidenceOption())
    .option('--out <file.csv>', 'write one row per point and metric')
    .option('--picture <file.svg>', 'draw the first metric against one varied value, or two')
    .addOption(jsonOption())
    .addOption(storeOption())
    .addOption(noStoreOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Values are lists, as in a file, or distributions for sampled designs: uniform(low,high), log-uniform(low,high),
integers(low,high), triangular(low,mode,high), normal(mean,sd), lognormal(mean,cv), with units where values have them.
Points are stored like any batch: rerun the same command to resume.

Examples:
  fleetyield sweep my-fleet.yaml --vary fleet.pools[0].replicas=2,3,4,6 --metric ttft.p99 --picture replicas.svg
  fleetyield sweep my-fleet.yaml --vary fleet.pools[0].replicas=2,3,4 --vary gateway.admission.maxWaiting=50,100,200
  fleetyield sweep my-fleet.yaml --vary 'workload.tiers[free].arrivals.ratePerSecond=lognormal(30,0.3)' \\
    --design sobol --points 32 --out points.csv`,
    )
    .action(async (scenario, options) => {
      const { sweep } = await import('./action.ts');
      process.exitCode = await sweep(scenario, options);
    });

/** What `sweep` takes. */
export type SweepOptions = OptionsOf<typeof declareSweep>;
