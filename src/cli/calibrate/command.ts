/** `calibrate` as the command line declares it; its action is loaded when it is called. */
import { Option, type Command } from '@commander-js/extra-typings';
import { fraction, gather, jsonOption, type OptionsOf } from '../options.ts';
import { BENCHMARK_FORMATS } from '../../workload/traces/format-names.ts';
import { version } from '../shared/version.ts';

/** Declares `calibrate`. */
export const declareCalibrate = (program: Command) =>
  program
    .command('calibrate')
    .description('Fit a step-time model to a measured run of your own engine, and test it.')
    .argument('<measured.csv>', 'one request per line, with a header; times in seconds; - for standard input')
    .addOption(
      new Option('--format <layout>', 'csv, or the benchmark that wrote the file')
        .choices(['csv', ...BENCHMARK_FORMATS])
        .default('csv' as const),
    )
    .requiredOption('--scenario <file>', 'scenario file, or name, whose pool has the settings of that engine')
    .option('--set <path=value>', 'replace a value of the scenario; repeatable', gather, [])
    .option(
      '--prompts <file.jsonl>',
      'block ids of the prompts, one request per line: which prefixes are shared',
    )
    .option('--pool <name>', 'the pool that was measured, where there are several')
    .option(
      '--step-time <kind>',
      'step-time model to fit: affine or smooth-roofline (default: the pool’s own)',
    )
    .option(
      '--split <share>',
      'share of the requests, by arrival, fitted to be tested on the rest',
      fraction,
      0.5,
    )
    .option('--front-end <duration>', 'time a request spends outside the engine (default: fitted)')
    .addOption(
      new Option(
        '--arrivals <from>',
        'times to replay: arrival of the request, or entry into the engine’s queue',
      )
        .choices(['arrival', 'queue'] as const)
        .default('arrival' as const),
    )
    .option('--picture <file.svg>', 'write a picture of simulated against measured')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Columns: arrival_s, input_tokens, output_tokens, first_token_s, last_token_s, and optionally cached_tokens and
queued_s; also the names that run --requests writes. Other columns are ignored. The run must cover one replica, starting idle.
Benchmarks: vllm bench serve --save-detailed, GuideLLM, inference-perf, AIPerf and LiteLLM's logs (list traces); requests
that failed are left out.
Prompts: {"input_tokens": 35, "block_ids": [7, 8]}, in the order of the requests; an id stands for its block of
kv.blockSize tokens and all before it. Where KV is short, they decide who is pre-empted.

Examples:
  fleetyield calibrate measured.csv --scenario my-fleet.yaml
  fleetyield calibrate result.json --format vllm-bench --scenario my-fleet.yaml
  fleetyield calibrate measured.csv --scenario my-fleet.yaml --step-time smooth-roofline --picture fit.svg
  fleetyield calibrate measured.csv --scenario my-fleet.yaml --prompts prompts.jsonl
  fleetyield calibrate measured.csv --scenario my-fleet.yaml --pool main --front-end 8ms --json`,
    )
    .action(async (file, options) => {
      const { runCalibration } = await import('./action.ts');
      process.exitCode = await runCalibration(file, options, version());
    });

/** What `calibrate` takes. */
export type CalibrateOptions = OptionsOf<typeof declareCalibrate>;
