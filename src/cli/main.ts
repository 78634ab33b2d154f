#!/usr/bin/env node
/**
 * The command line: the commands, their options and the exit codes. The implementation of a command is loaded when it
 * is called, so that `--help` and `--version` respond immediately.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { codeOfError, describeWithCode, type Fault } from '../errors.ts';
import { DEFAULT_REPLICATIONS, MOST_ASKED_REPLICATIONS } from '../experiments/default-replications.ts';
import { visible } from '../shown.ts';
import { decimalOf } from '../units.ts';
import { EXPORT_COLUMNS } from '../store/export-columns.ts';
import { SCOPES, type Scope } from '../store/scopes.ts';
import { DEFAULT_STORE } from './shared/store-options.ts';
import { guardTerminal } from './shared/terminal.ts';

const EXIT_INPUT = 2;
const EXIT_DEFECT = 3;
const EXIT_ENVIRONMENT = 4;

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function wholeNumber(text: string): number {
  const value = decimalOf(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('expected a whole number of one or more.');
  return value;
}

function replicationCount(text: string): number {
  const value = wholeNumber(text);
  if (value > MOST_ASKED_REPLICATIONS)
    throw new InvalidArgumentError(
      `expected at most ${MOST_ASKED_REPLICATIONS.toLocaleString('en-US')}; ask for a precision with --precision 0.01 instead.`,
    );
  return value;
}

/** A seed, which names the streams of random numbers: any text with a visible character. */
function seedText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('expected a text that is not empty, such as 1.');
  return text;
}

function portNumber(text: string): number {
  const value = decimalOf(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('expected a port from 1 to 65535, or 0 for one that is free.');
  return value;
}

function fraction(text: string): number {
  const value = decimalOf(text);
  if (!(value > 0 && value < 1))
    throw new InvalidArgumentError('expected a number between 0 and 1, such as 0.02.');
  return value;
}

function scopeOf(text: string): Scope {
  const found = SCOPES.find((scope) => scope === text);
  if (found === undefined) throw new InvalidArgumentError(`expected ${SCOPES.join(' or ')}.`);
  return found;
}

/** In any order, each above zero. */
function multiples(text: string): number[] {
  const values = text.split(',').map(decimalOf);
  if (!values.every((value) => value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError('expected multiples of the fleet, such as 0.5,1,2.');
  return values;
}

/** Commander's suggestion, which it appends to an error on a line of its own. */
const SUGGESTION = /\n\(Did you mean [^\n]*\?\)$/;

/** Commands and options of version 0.1, and what they are called since 0.2. */
const RENAMED: Readonly<Record<string, string>> = {
  months: 'subscribers',
  '--level': '--confidence',
  '--law': '--step-time',
};

/** The suggestion for a command or option that has another name since 0.2. */
function renamed(text: string): string | undefined {
  const old = /unknown (?:command|option) '([^']*)'/.exec(text)?.[1];
  return old !== undefined && Object.hasOwn(RENAMED, old) ? `\n(Did you mean ${RENAMED[old]}?)` : undefined;
}

/** Commander's error message, with the user's text kept on one line. */
function usageError(message: string): string {
  const whole = message.trimEnd();
  const given = SUGGESTION.exec(whole)?.[0] ?? '';
  const text = whole.slice(0, whole.length - given.length);
  const suggestion = renamed(text) ?? given;
  return `${visible(text)}${suggestion}\n`;
}

const gather = (text: string, before: string[]) => [...before, text];

const store = () =>
  new Option('--store <file>', 'SQLite file in which replications are stored as they finish').default(
    DEFAULT_STORE,
  );
const vary = () =>
  new Option('--vary <path=values>', 'values of a path, or their distribution; repeatable')
    .argParser(gather)
    .default([] as string[], 'none');
const plugin = () =>
  new Option(
    '--plugin <file.mjs>',
    'module with strategies and metrics of your own, which is run; repeatable',
  )
    .argParser(gather)
    .default([] as string[], 'none');
const threads = () =>
  new Option('--threads <n>', 'worker threads (default: all cores)').argParser(wholeNumber);
const confidence = () =>
  new Option('--confidence <p>', 'confidence of the intervals').argParser(fraction).default(0.95);
const json = () => new Option('--json', 'print one JSON document instead of the table').default(false);
const keepNothing = () => new Option('--no-store', 'store nothing');
const quiet = () => new Option('--quiet', 'no progress and no estimate on standard error');
const logLevel = () =>
  new Option('--log-level <level>', 'structured logs on standard error from this level on')
    .choices(['debug', 'info', 'warn', 'error', 'silent'] as const)
    .default('warn' as const);

const program = new Command('fleetyield')
  .description('Simulate LLM inference on a fixed GPU fleet, with revenue and cost.')
  .version(version())
  .showHelpAfterError('(fleetyield --help shows the commands)')
  .exitOverride()
  .configureOutput({ outputError: (message, write) => write(usageError(message)) })
  .addHelpText(
    'after',
    `
Examples:
  fleetyield run configs/scenarios/openai-2025.yaml
  fleetyield run erlang-c --replications 20 --json
  fleetyield results
  fleetyield export openai-2025 --out estimates.csv
  fleetyield report openai-2025 --out board.html
  fleetyield scaling my-fleet.yaml
  fleetyield new
  fleetyield validate my-fleet.yaml
  fleetyield calibrate measured.csv --scenario my-fleet.yaml
  fleetyield fit-workload trace.csv --format csv
  fleetyield list rate-limits
  fleetyield serve

Exit codes: 0 done, 2 invalid input, 3 internal error (a bug in fleetyield), 4 environment error (disk, memory, network),
130 interrupted, with what was finished stored.`,
  );

/** The formats of benchmarks and gateways, as in `workload/traces`. */
const BENCHMARKS = ['vllm-bench', 'guidellm', 'inference-perf', 'aiperf', 'litellm'] as const;

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
    new Option('--warm-up <rule>', 'lengthen the warm-up to where pilot replications have settled').choices([
      'mser5',
    ] as const),
  )
  .option('--seed <text>', 'random seed', seedText, '1')
  .option('--set <path=value>', 'replace a value of the scenario; repeatable', gather, [])
  .addOption(plugin())
  .addOption(threads())
  .addOption(confidence())
  .option('--by-hour', 'also estimate by clock hour of the window (scopes hour:0, hour:1, …)', false)
  .option('--out <dir>', 'write NAME.json and NAME.svg into this folder')
  .option('--requests <file.csv>', 'write one row per request of replication 0, warm-up included')
  .option('--fresh', 'discard stored replications and start again', false)
  .option('--force', 'with --fresh: also a batch that another process is running, which then stops', false)
  .addOption(store())
  .option('--no-store', 'store nothing; only --out and --requests write files')
  .option('--statement', 'show the whole income statement below the table', false)
  .addOption(json())
  .addOption(quiet())
  .addOption(logLevel())
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
    const { run } = await import('./run/action.ts');
    process.exitCode = await run(scenarios, options);
  });

const results = program
  .command('results')
  .description('Inspect stored results.')
  .addHelpText(
    'after',
    `
BATCH is the beginning of an id, four digits or more, or the name of a scenario for that scenario as it is written. One
with changes (--set, a point of a sweep or a scaling) has them in its name, as its table shows it. If several batches have
the same name, for example with different seeds, use their ids.

Examples:
  fleetyield results
  fleetyield results list --scenario openai-2025 --since 2026-11-01
  fleetyield results show 3f2a
  fleetyield results compare my-fleet 'my-fleet with fleet.pools[0].replicas=3'
  fleetyield results compare 3f2a 91cc --json
  fleetyield results delete 3f2a`,
  );

results
  .command('list', { isDefault: true })
  .description('List batches, most recently updated first.')
  .option('--scenario <name>', 'filter by scenario')
  .option('--since <date>', 'filter by date of the last update, such as 2026-11-24 or later')
  .addOption(
    new Option('--status <status>', 'filter by status').choices([
      'finished',
      'running',
      'unfinished',
      'failed',
    ] as const),
  )
  .option('--json', 'print JSON instead of the table', false)
  .addOption(store())
  .action(async (options) => {
    const { listResults } = await import('./results/action.ts');
    listResults(options);
  });

results
  .command('show')
  .description('Show a batch as run does, from all finished replications.')
  .argument('<batch>', 'beginning of an id, or name of a scenario')
  .option('--statement', 'show the whole income statement below the table', false)
  .option('--json', 'print the JSON document of run instead of the table', false)
  .addOption(store())
  .action(async (batch, options) => {
    const { showResult } = await import('./results/action.ts');
    showResult(batch, options);
  });

results
  .command('compare')
  .description('Show paired differences between two batches.')
  .argument('<baseline>', 'beginning of an id, or name of a scenario')
  .argument('<batch>', 'the other, run with the same seed')
  .addOption(json())
  .addOption(store())
  .action(async (baseline, batch, options) => {
    const { compareResults } = await import('./results/action.ts');
    compareResults(baseline, batch, options, version());
  });

results
  .command('delete')
  .description('Delete batches.')
  .argument('<batch...>', 'beginnings of ids, or names of scenarios')
  .option('--force', 'also batches that another process is running, which then stops', false)
  .addOption(store())
  .action(async (batches, options) => {
    const { deleteResults } = await import('./results/action.ts');
    deleteResults(batches, options);
  });

results
  .command('prune')
  .description('Delete what is no longer needed, and shrink the store.')
  .option('--failed', 'batches in which replications failed', false)
  .option(
    '--other-programs',
    'batches of another version of fleetyield or Node, which cannot be resumed',
    false,
  )
  .option('--samples', 'samples of finished batches; estimates and values stay', false)
  .option('--dry-run', 'only print what would be deleted, and its size', false)
  .addOption(store())
  .addHelpText(
    'after',
    `
Samples are most of a store; pooled quantiles are computed from them. Without them a batch can be shown, exported and
reported at its own confidence; to compare it, to use another one or to extend it, it has to be run again.

Examples:
  fleetyield results prune --samples --dry-run
  fleetyield results prune --failed --other-programs`,
  )
  .action(async (options) => {
    const { pruneResults } = await import('./results/prune.ts');
    pruneResults(options);
  });

program
  .command('export')
  .description('Export stored numbers as CSV, JSON or Parquet.')
  .argument('[batch]', 'beginning of an id, or name of a scenario; all batches if left out')
  .requiredOption('--out <file>', 'file to write')
  .addOption(
    new Option('--format <format>', 'of the file (default: by its ending)').choices([
      'csv',
      'json',
      'parquet',
    ] as const),
  )
  .addOption(
    new Option('--what <table>', 'rows to write')
      .choices(['replications', 'estimates', 'hourly', 'batches'] as const)
      .default('estimates' as const),
  )
  .addOption(store())
  .addHelpText('after', exportHelp)
  .action(async (batch, options) => {
    const { exportBatch } = await import('./export/action.ts');
    exportBatch(batch, options);
  });

/** The examples of `export`, and the columns of its tables. */
function exportHelp(): string {
  const tables = Object.entries(EXPORT_COLUMNS).map(([table, columns]) => {
    const lines = columns.map(({ name, meaning }) => `  ${name.padEnd(15)}${meaning}`.trimEnd());
    return `Columns of ${table}:\n${lines.join('\n')}`;
  });
  return `
Examples:
  fleetyield export openai-2025 --out estimates.csv
  fleetyield export 3f2a --what replications --out replications.parquet
  fleetyield export 3f2a --what hourly --format json --out hours.txt
  fleetyield export --what batches --out batches.csv

Times are in seconds and money in US dollars; no data is empty in CSV and null elsewhere.

${tables.join('\n\n')}`;
}

program
  .command('report')
  .description('Write stored batches as one self-contained HTML page.')
  .argument('<batch...>', 'beginnings of ids, or names of scenarios; others are compared with the first')
  .option('--out <file.html>', 'file to write', 'report.html')
  .option('--scaling <file.json>', 'output of scaling --json for the same fleet, shown as a section')
  .addOption(store())
  .addHelpText(
    'after',
    `
The page needs no other file and no network: tables and pictures of outcomes, latency, service levels, utilisation and
money, by tier and by hour, with intervals and sources.

Examples:
  fleetyield report openai-2025 --out board.html
  fleetyield report 3f2a 91cc --out before-and-after.html
  fleetyield report openai-2025 --scaling scaling.json --out board.html`,
  )
  .action(async (batches, options) => {
    const { report } = await import('./report/action.ts');
    report(batches, options);
  });

program
  .command('reprice')
  .description('Show the income statement of a stored batch at other prices, without simulating again.')
  .argument('<batch>', 'beginning of an id, or name of a scenario')
  .requiredOption('--prices <file.yaml>', 'file with other prices and costs')
  .addOption(store())
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
    const { reprice } = await import('./reprice/action.ts');
    reprice(batch, options, version());
  });

program
  .command('validate')
  .description('Check scenario files without running them.')
  .argument('<scenario...>', 'scenario files, names of shipped scenarios, or - for standard input')
  .option('--set <path=value>', 'replace a value of the scenario; repeatable', gather, [])
  .addOption(plugin())
  .addHelpText('after', '\nExample:\n  fleetyield validate my-fleet.yaml')
  .action(async (scenarios, options) => {
    const { validate } = await import('./validate/action.ts');
    process.exitCode = await validate(scenarios, options);
  });

program
  .command('new')
  .description('Write a scenario of your own to begin with: a copy of a template.')
  .argument('[template]', 'my-fleet, or the name of a shipped scenario', 'my-fleet')
  .option('--out <file.yaml>', 'file to write (default: TEMPLATE.yaml); a file that exists is never replaced')
  .addHelpText(
    'after',
    `
Examples:
  fleetyield new
  fleetyield new erlang-c --out my-queue.yaml`,
  )
  .action(async (template, options) => {
    const { newScenario } = await import('./new/action.ts');
    newScenario(template, options);
  });

program
  .command('schema')
  .description('Print the JSON Schema of scenario files, for editors that complete and check them.')
  .addHelpText(
    'after',
    `
Example:
  fleetyield schema > fleetyield.schema.json

Then, as the first line of a scenario, for editors with the YAML language server:
  # yaml-language-server: $schema=fleetyield.schema.json`,
  )
  .action(async () => {
    const { scenarioFileSchema } = await import('../files/scenario-schema.ts');
    process.stdout.write(`${JSON.stringify(scenarioFileSchema, null, 2)}\n`);
  });

program
  .command('compare')
  .description('Compare scenarios with the first: paired differences under common random numbers.')
  .argument('<scenario...>', 'scenario files, or names of shipped scenarios; the first is the baseline')
  .option('--replications <n>', 'independent replications of each', replicationCount, 20)
  .option('--seed <text>', 'random seed', seedText, '1')
  .option('--set <path=value>', 'replace a value of every scenario; repeatable', gather, [])
  .addOption(plugin())
  .addOption(threads())
  .addOption(confidence())
  .addOption(json())
  .addOption(store())
  .addOption(keepNothing())
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
    const { compare } = await import('./compare/action.ts');
    process.exitCode = await compare(scenarios, options);
  });

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
  .addOption(plugin())
  .option('--pool <name>', 'scale only this pool (default: all serving pools)')
  .option('--step <share>', 'share of the fleet removed and added to see what a GPU is worth', fraction, 0.02)
  .addOption(threads())
  .addOption(confidence())
  .option('--picture <file>', 'write a picture (.svg), or a page with the picture and the numbers (.html)')
  .addOption(json())
  .addOption(store())
  .addOption(keepNothing())
  .addOption(quiet())
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
    const { scaling } = await import('./scaling/action.ts');
    process.exitCode = await scaling(scenario, options);
  });

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
  .addOption(plugin())
  .addOption(threads())
  .addOption(confidence())
  .addOption(json())
  .addOption(store())
  .addOption(keepNothing())
  .addOption(quiet())
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
    const { months } = await import('./subscribers/action.ts');
    process.exitCode = await months(scenario, options);
  });

program
  .command('sweep')
  .description('Run a scenario over a grid or a sample of values, under common random numbers.')
  .argument('<scenario>', 'scenario file, or name of a shipped scenario')
  .addOption(vary())
  .addOption(
    new Option('--design <design>', 'every combination, or a sample of points')
      .choices(['grid', 'latin-hypercube', 'sobol'] as const)
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
  .addOption(plugin())
  .addOption(threads())
  .addOption(confidence())
  .option('--out <file.csv>', 'write one row per point and metric')
  .option('--picture <file.svg>', 'draw the first metric against one varied value, or two')
  .addOption(json())
  .addOption(store())
  .addOption(keepNothing())
  .addOption(quiet())
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
    const { sweep } = await import('./sweep/action.ts');
    process.exitCode = await sweep(scenario, options);
  });

program
  .command('sensitivity')
  .description('Find out which values of a scenario matter: screen many, or draw a tornado of some.')
  .argument('<scenario>', 'scenario file, or name of a shipped scenario')
  .addOption(vary())
  .addOption(
    new Option('--method <method>', 'Morris elementary effects, or one factor at a time')
      .choices(['morris', 'tornado'] as const)
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
  .addOption(plugin())
  .addOption(threads())
  .addOption(confidence())
  .option('--picture <file.svg>', 'draw the tornado of the first metric')
  .addOption(json())
  .addOption(store())
  .addOption(keepNothing())
  .addOption(quiet())
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
    const { sensitivity } = await import('./sensitivity/action.ts');
    process.exitCode = await sensitivity(scenario, options);
  });

program
  .command('calibrate')
  .description('Fit a step-time model to a measured run of your own engine, and test it.')
  .argument('<measured.csv>', 'one request per line, with a header; times in seconds; - for standard input')
  .addOption(
    new Option('--format <layout>', 'csv, or the benchmark that wrote the file')
      .choices(['csv', ...BENCHMARKS] as const)
      .default('csv' as const),
  )
  .requiredOption('--scenario <file>', 'scenario file, or name, whose pool has the settings of that engine')
  .option('--set <path=value>', 'replace a value of the scenario; repeatable', gather, [])
  .option(
    '--prompts <file.jsonl>',
    'block ids of the prompts, one request per line: which prefixes are shared',
  )
  .option('--pool <name>', 'the pool that was measured, where there are several')
  .option('--step-time <kind>', 'step-time model to fit: affine or smooth-roofline (default: the pool’s own)')
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
  .addOption(json())
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
    const { runCalibration } = await import('./calibrate/action.ts');
    process.exitCode = await runCalibration(file, options, version());
  });

program
  .command('fit-workload')
  .description('Fit arrivals and lengths to a trace, and report what they reproduce.')
  .argument('<trace>', 'trace file, plain, gzip or zstd; - for standard input')
  .addOption(
    new Option('--format <layout>', 'layout of the file')
      .choices([
        'csv',
        'jsonl',
        'azure-llm-2023',
        'burstgpt',
        'mooncake',
        'qwen-bailian',
        ...BENCHMARKS,
      ] as const)
      .makeOptionMandatory(),
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
  .option('--resamples <n>', 'simulations of each candidate (default: 199, of large traces 39)', wholeNumber)
  .option('--seed <text>', 'seed of the simulations', seedText, '1')
  .option('--picture <file.svg>', 'write a picture of measured and fitted')
  .addOption(json())
  .addOption(quiet())
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
    const { runFitWorkload } = await import('./fit-workload/action.ts');
    process.exitCode = await runFitWorkload(file, options, version());
  });

program
  .command('list')
  .description('List strategies, presets and metrics.')
  .argument('[family]', 'one family, such as rate-limits, metrics or scenarios')
  .addOption(plugin())
  .option('--json', 'print JSON, with the schema and an example of each strategy', false)
  .addHelpText(
    'after',
    '\nExamples:\n  fleetyield list\n  fleetyield list arrivals\n  fleetyield list metrics',
  )
  .action(async (family, options) => {
    const { list } = await import('./list/action.ts');
    await list(family, options);
  });

program
  .command('serve')
  .description('Serve the HTTP API: run batches and read results from other programs.')
  .option('--port <n>', 'port; 0 for one that is free', portNumber, 8080)
  .option('--host <address>', 'address; other than this machine, tokens are required', '127.0.0.1')
  .addOption(store())
  .option('--out <dir>', 'also write the JSON document of each finished batch and campaign into this folder')
  .option('--auth', 'require tokens on this machine too', false)
  .option('--threads <n>', 'threads of each batch; two run at a time (default: half the cores)', wholeNumber)
  .option('--rate-limit <n>', 'requests per minute and caller', wholeNumber, 1_200)
  .option('--time-limit <seconds>', 'longest time a batch may run', wholeNumber, 3_600)
  .addOption(plugin())
  .addOption(logLevel())
  .addHelpText(
    'after',
    `
GET /docs explains every operation, GET /openapi.json is for programs. A signal ends the server: what runs goes back to
the queue, what is finished is kept, and the next server resumes.

Examples:
  fleetyield serve
  fleetyield serve --port 9000 --store lab.sqlite
  fleetyield token create lab --scope read --scope write && fleetyield serve --host 0.0.0.0
  curl localhost:8080/v1/batches --json '{"scenario": {"kind": "shipped", "name": "erlang-c"}}'`,
  )
  .action(async (options) => {
    const { serve } = await import('./serve/action.ts');
    await serve(options, version());
  });

const token = program
  .command('token')
  .description('Manage API tokens.')
  .addHelpText(
    'after',
    `
Examples:
  fleetyield token create dashboard
  fleetyield token create lab --scope read --scope write
  fleetyield token list
  fleetyield token revoke 4f1d22ab90ce`,
  );

token
  .command('create')
  .description('Create a token (shown only once).')
  .argument('<name>', 'token name')
  .addOption(
    new Option('--scope <scope>', 'permission; repeatable (default: read)').argParser(
      (scope: string, before: readonly Scope[] | undefined) => [...(before ?? []), scopeOf(scope)],
    ),
  )
  .addOption(store())
  .action(async (name, { store, scope = ['read'] }) => {
    const { createToken } = await import('./token/action.ts');
    createToken(name, { store, scope });
  });

token
  .command('list')
  .description('List tokens, newest first.')
  .option('--json', 'print JSON instead of the table', false)
  .addOption(store())
  .action(async (options) => {
    const { listTokens } = await import('./token/action.ts');
    listTokens(options);
  });

token
  .command('revoke')
  .description('Revoke a token immediately.')
  .argument('<id>', 'id, as shown by token list')
  .addOption(store())
  .action(async (id, options) => {
    const { revokeToken } = await import('./token/action.ts');
    revokeToken(id, options);
  });

/** A reader that closes early (`| head`) is not a failure: work continues. Any other failure to write is reported. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`standard output cannot be written: ${error.message}\n`);
  process.exit(EXIT_ENVIRONMENT);
}

/** Reports an error and sets its exit code. */
function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_INPUT;
    return;
  }
  const { exitCode, message, stack, faults } = error as {
    exitCode?: number;
    message: string;
    stack?: string;
    faults?: readonly Fault[];
  };
  if (faults !== undefined) {
    process.stderr.write(`${faults.map(describeWithCode).join('\n')}\n`);
    process.exitCode = EXIT_INPUT;
    return;
  }
  const code = codeOfError(error)!;
  if (exitCode !== undefined && exitCode !== EXIT_DEFECT) {
    // An interruption is no fault.
    process.stderr.write(exitCode === EXIT_ENVIRONMENT ? `${message} [${code}]\n` : `${message}\n`);
    process.exitCode = exitCode;
    return;
  }
  process.stderr.write(
    `internal error, a bug in fleetyield [${code}]: ${exitCode === undefined ? (stack ?? message) : message}\n` +
      'Please report it with the command and the scenario; CONTRIBUTING.md says how.\n',
  );
  process.exitCode = EXIT_DEFECT;
}

/** Adds the name that `--threads` had in version 0.1 to every command that takes it. */
function acceptWorkers(): void {
  for (const command of program.commands.filter(({ options }) =>
    options.some(({ long }) => long === '--threads'),
  ))
    command
      .addOption(new Option('--workers <n>').argParser(wholeNumber).hideHelp())
      .on('option:workers', () =>
        command.setOptionValueWithSource('threads', command.getOptionValue('workers'), 'cli'),
      );
}

acceptWorkers();
guardTerminal();
process.stdout.on('error', onOutputError);
process.stderr.on('error', () => {
  // There is no stream left to report it on.
});

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
