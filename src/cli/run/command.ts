/** `run` as the command line declares it; its action is loaded when it is called. */
import { Option, type Command } from '@commander-js/extra-typings';
import {
  confidenceOption,
  fraction,
  gather,
  jsonOption,
  logLevelOption,
  pluginOption,
  quietOption,
  replicationCount,
  seedText,
  storeOption,
  threadsOption,
  type OptionsOf,
} from '../options.ts';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';

/** Declares `run`. */
export const declareRun = (program: Command) =>
  program
    .command('run')
    .description('Simulate scenarios: what is served, how fast, and what it earns and costs.')
    .argument('<scenario...>', 'scenario files, names of shipped scenarios, or - for standard input')
    .addOption(
      new Option('--replications <n>', `independent replications (default: ${DEFAULT_REPLICATIONS})`)
        .argParser(replicationCount)
        .conflicts('precision'),
    )
    .option(
      '--precision <r>',
      'add replications until the relative half-width of the watched metrics is at most this',
      fraction,
    )
    .option(
      '--metric <name>',
      'metric that --precision watches, such as tier:free/ttft.p99; repeatable',
      gather,
      [],
    )
    .option('--max-replications <n>', 'most replications of --precision (default: 400)', replicationCount)
    .addOption(
      new Option('--warm-up <rule>', 'lengthen the warm-up to where pilot replications have settled').choices(
        ['mser5'] as const,
      ),
    )
    .option('--seed <text>', 'random seed', seedText, '1')
    .option('--set <path=value>', 'replace a value of the scenario; repeatable', gather, [])
    .addOption(pluginOption())
    .addOption(threadsOption())
    .addOption(confidenceOption())
    .option('--by-hour', 'also estimate by clock hour of the window (scopes hour:0, hour:1, …)', false)
    .option('--out <dir>', 'write NAME.json and NAME.svg into this folder')
    .option('--requests <file.csv>', 'write one row per request of replication 0, warm-up included')
    .option('--fresh', 'discard stored replications and start again', false)
    .option('--force', 'with --fresh: also a batch that another process is running, which then stops', false)
    .addOption(storeOption())
    .option('--no-store', 'store nothing; only --out and --requests write files')
    .option('--statement', 'show the whole income statement below the table', false)
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      `
Examples:
  fleetyield run my-fleet.yaml --replications 20
  fleetyield run my-fleet.yaml --set fleet.pools[0].replicas=8
  fleetyield run my-fleet.yaml --set workload.tiers[free].arrivals.ratePerSecond=20 --json
  fleetyield run my-fleet.yaml --precision 0.05 --metric tier:paid/ttft.p99
  fleetyield run erlang-c --warm-up mser5
  fleetyield run azure-replay --requests requests.csv --replications 1
  fleetyield run valleys --statement`,
    )
    .action(async (scenarios, options) => {
      const { run } = await import('./action.ts');
      process.exitCode = await run(scenarios, options);
    });

/** What `run` takes. */
export type RunOptions = OptionsOf<typeof declareRun>;
