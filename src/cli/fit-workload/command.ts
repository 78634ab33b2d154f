/** `fit-workload` as the command line declares it; its action is loaded when it is called. */
import { Option, type Command } from '@commander-js/extra-typings';
import { jsonOption, quietOption, seedText, wholeNumber, type OptionsOf } from '../options.ts';
import { TRACE_FORMAT_NAMES } from '../../workload/traces/format-names.ts';
import { version } from '../shared/version.ts';

/** Declares `fit-workload`. */
export const declareFitWorkload = (program: Command) =>
  program
    .command('fit-workload')
    .description('Fit arrivals and lengths to a trace, and report what they reproduce.')
    .argument('<trace>', 'trace file, plain, gzip or zstd; - for standard input')
    .addOption(
      new Option('--format <layout>', 'layout of the file').choices(TRACE_FORMAT_NAMES).makeOptionMandatory(),
    )
    .option(
      '--block-size <tokens>',
      'tokens of the blocks that hash_ids name (default: as published)',
      wholeNumber,
    )
    .option('--out <file.yaml>', 'write the workload for a scenario, with notes as comments')
    .option(
      '--name <tier>',
      'name of the tier; where the trace names tiers, the one to fit (default: the only one, or fitted)',
    )
    .option('--model <name>', 'model that the tier requests', 'llama-3.1-8b')
    .option('--tenants', 'also fit how requests are spread over tenants', false)
    .option('--bins <windows>', 'windows in which the dispersion of counts is compared', '1s,10s,60s,5min')
    .option('--start <time>', 'time of the week of the first request, for the shape of the day', 'Mon 00:00')
    .option(
      '--resamples <n>',
      'simulations of each candidate (default: 199, of large traces 39)',
      wholeNumber,
    )
    .option('--seed <text>', 'seed of the simulations', seedText, '1')
    .option('--picture <file.svg>', 'write a picture of measured and fitted')
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Poisson, renewal, by the hour, batches and modulated Poisson are tried in turn; the first whose simulations reach the
variation of gaps and the dispersion of counts of the trace is taken, or else the nearest, and what it misses is named.

Examples:
  fleetyield fit-workload trace.csv --format csv --out workload.yaml --picture fit.svg
  fleetyield fit-workload conversation_trace.jsonl --format mooncake --model mini --json
  fleetyield fit-workload BurstGPT_without_fails_1.csv --format burstgpt --start 'Mon 00:00' --bins 10s,1min,10min`,
    )
    .action(async (file, options) => {
      const { runFitWorkload } = await import('./action.ts');
      process.exitCode = await runFitWorkload(file, options, version());
    });

/** What `fit-workload` takes. */
export type FitWorkloadOptions = OptionsOf<typeof declareFitWorkload>;
