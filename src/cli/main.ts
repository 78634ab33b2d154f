#!/usr/bin/env node
/**
 * The command line. Here are the commands, their options and the exit codes; what a command does is loaded when it is
 * called, so that `--help` and `--version` answer at once.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from '@commander-js/extra-typings';

const EXIT_INPUT = 2;
const EXIT_DEFECT = 3;
const EXIT_ENVIRONMENT = 4;

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('expected a whole number of one or more.');
  return value;
}

function fraction(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1))
    throw new InvalidArgumentError('expected a number between 0 and 1, such as 0.02.');
  return value;
}

const gather = (text: string, before: string[]) => [...before, text];

const quiet = () => new Option('--quiet', 'no progress on standard error');
const logLevel = () =>
  new Option('--log-level <level>', 'structured logs on standard error from this level on')
    .choices(['debug', 'info', 'warn', 'error', 'silent'] as const)
    .default('warn' as const);

const program = new Command('fleetyield')
  .description('Simulates the serving fleet of a language-model provider, with the money in the loop.')
  .version(version())
  .showHelpAfterError('(fleetyield --help shows the commands)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  fleetyield run configs/scenarios/openai-2025.yaml
  fleetyield run erlang-c --replications 20 --json
  fleetyield validate my-fleet.yaml
  fleetyield calibrate measured.csv --scenario my-fleet.yaml
  fleetyield list rate-limits

Exit codes: 0 done, 2 the input is wrong, 3 a defect of the program, 4 the machine failed, 130 interrupted.`,
  );

program
  .command('run')
  .description('Simulates scenarios and shows what was served, earned and spent.')
  .argument('<scenario...>', 'scenario files, or names of shipped scenarios')
  .addOption(
    new Option('--replications <n>', 'independent replications')
      .argParser(wholeNumber)
      .conflicts('precision'),
  )
  .option(
    '--precision <r>',
    'replicate until the headline estimates are within this share of the truth',
    fraction,
  )
  .option('--seed <text>', 'seed of all randomness', '1')
  .option('--set <path=value>', 'replaces a value of the scenario; repeatable', gather, [])
  .option('--workers <n>', 'worker threads (default: all cores)', wholeNumber)
  .option('--level <p>', 'confidence level of the intervals', fraction, 0.95)
  .option('--by-hour', 'also estimate by clock hour of the window (scopes hour:0, hour:1, …)', false)
  .option('--out <dir>', 'write NAME.json and NAME.svg into this folder')
  .option('--requests <file.csv>', 'write one row per request of replication 0, warm-up included')
  .option('--json', 'print one JSON document instead of the table', false)
  .addOption(quiet())
  .addOption(logLevel())
  .addHelpText(
    'after',
    `
Examples:
  fleetyield run my-fleet.yaml --replications 20
  fleetyield run my-fleet.yaml --set fleet.pools[0].replicas=8
  fleetyield run my-fleet.yaml --set workload.tiers[free].arrivals.ratePerSecond=20 --json
  fleetyield run azure-replay --requests requests.csv --replications 1`,
  )
  .action(async (scenarios, options) => {
    const { run } = await import('./commands/run.ts');
    process.exitCode = await run(scenarios, options, version());
  });

program
  .command('validate')
  .description('Checks scenario files without running them.')
  .argument('<scenario...>', 'scenario files, or names of shipped scenarios')
  .option('--set <path=value>', 'replaces a value of the scenario; repeatable', gather, [])
  .addHelpText('after', '\nExample:\n  fleetyield validate my-fleet.yaml')
  .action(async (scenarios, options) => {
    const { validate } = await import('./commands/validate.ts');
    process.exitCode = validate(scenarios, options);
  });

program
  .command('compare')
  .description('Holds scenarios against the first of them: paired differences under common random numbers.')
  .argument('<scenario...>', 'scenario files, or names of shipped scenarios; the first is the baseline')
  .option('--replications <n>', 'independent replications of each', wholeNumber, 20)
  .option('--seed <text>', 'seed of all randomness', '1')
  .option('--set <path=value>', 'replaces a value of every scenario; repeatable', gather, [])
  .option('--workers <n>', 'worker threads (default: all cores)', wholeNumber)
  .option('--level <p>', 'confidence level of the intervals', fraction, 0.95)
  .option('--json', 'print one JSON document instead of the table', false)
  .addOption(quiet())
  .addHelpText(
    'after',
    `
Every replication meets the same demand in all scenarios, unless a scenario changes demand itself (the table says so).

Examples:
  fleetyield compare today.yaml tighter-limits.yaml
  fleetyield compare today.yaml a.yaml b.yaml --replications 50 --json`,
  )
  .action(async (scenarios, options) => {
    const { compare } = await import('./commands/compare.ts');
    process.exitCode = await compare(scenarios, options, version());
  });

program
  .command('calibrate')
  .description('Fits a step-time law to a measured run of your own engine, and tests it.')
  .argument('<measured.csv>', 'one request a line, with a header; instants in seconds')
  .requiredOption('--scenario <file>', 'scenario file, or name, whose pool has the settings of that engine')
  .option('--set <path=value>', 'replaces a value of the scenario; repeatable', gather, [])
  .option('--pool <name>', 'the pool that was measured, where there are several')
  .option('--law <kind>', 'law to fit: affine or smooth-roofline (default: the pool’s own)')
  .option(
    '--split <share>',
    'share of the requests, by arrival, fitted to be tested on the rest',
    fraction,
    0.5,
  )
  .option('--front-end <duration>', 'time of a request outside the engine (default: fitted)')
  .addOption(
    new Option('--arrivals <from>', 'what arrives: the request, or its entry into the engine’s queue')
      .choices(['arrival', 'queue'] as const)
      .default('arrival' as const),
  )
  .option('--picture <file.svg>', 'write a picture of simulated against measured')
  .option('--json', 'print one JSON document instead of the table', false)
  .addHelpText(
    'after',
    `
Columns: arrival_s, input_tokens, output_tokens, first_token_s, last_token_s, and optionally cached_tokens and
queued_s; also the names that run --requests writes. Others are let be. The run is of one replica, from idle.

Examples:
  fleetyield calibrate measured.csv --scenario my-fleet.yaml
  fleetyield calibrate measured.csv --scenario my-fleet.yaml --law smooth-roofline --picture fit.svg
  fleetyield calibrate measured.csv --scenario my-fleet.yaml --pool main --front-end 8ms --json`,
  )
  .action(async (file, options) => {
    const { runCalibration } = await import('./commands/calibrate.ts');
    process.exitCode = await runCalibration(file, options, version());
  });

program
  .command('list')
  .description('Shows the strategies, presets and metrics there are.')
  .argument('[family]', 'one family, such as rate-limits, metrics or scenarios')
  .option('--json', 'print JSON, with the schema and an example of each strategy', false)
  .addHelpText(
    'after',
    '\nExamples:\n  fleetyield list\n  fleetyield list arrivals\n  fleetyield list metrics',
  )
  .action(async (family, options) => {
    const { list } = await import('./commands/list.ts');
    list(family, options);
  });

/** A reader that has seen enough (`| head`) is no failure: the work goes on. Any other failure to write is told. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`standard output cannot be written: ${error.message}\n`);
  process.exit(EXIT_ENVIRONMENT);
}

/** Ends the process with the exit code that an error stands for, having said what is wrong. */
function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_INPUT;
    return;
  }
  const { exitCode, message, stack } = error as { exitCode?: number; message: string; stack?: string };
  if (exitCode !== undefined && exitCode !== EXIT_DEFECT) {
    process.stderr.write(`${message}\n`);
    process.exitCode = exitCode;
    return;
  }
  process.stderr.write(
    `fleetyield is wrong here, not you: ${exitCode === undefined ? (stack ?? message) : message}\n` +
      'Please report it with the command and the scenario; CONTRIBUTING.md says how.\n',
  );
  process.exitCode = EXIT_DEFECT;
}

process.stdout.on('error', onOutputError);
process.stderr.on('error', () => {
  // There is nowhere left to tell it.
});

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
