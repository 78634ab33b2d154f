/** The command line: its commands, and what errors print and exit with. */
import { Command, CommanderError, Option } from '@commander-js/extra-typings';
import { codeOfError, describeWithCode, type Fault } from '../errors.ts';
import { visible } from '../shown.ts';
import { declareRun } from './run/command.ts';
import { declareResults } from './results/command.ts';
import { declareExport } from './export/command.ts';
import { declareReport } from './report/command.ts';
import { declareReprice } from './reprice/command.ts';
import { declareValidate } from './validate/command.ts';
import { declareNew } from './new/command.ts';
import { declareSchema } from './schema/command.ts';
import { declareCompare } from './compare/command.ts';
import { declareScaling } from './scaling/command.ts';
import { declareSubscribers } from './subscribers/command.ts';
import { declareSweep } from './sweep/command.ts';
import { declareSensitivity } from './sensitivity/command.ts';
import { declareCalibrate } from './calibrate/command.ts';
import { declareFitWorkload } from './fit-workload/command.ts';
import { declareList } from './list/command.ts';
import { declareServe } from './serve/command.ts';
import { declareToken } from './token/command.ts';
import { wholeNumber } from './options.ts';
import { version } from './shared/version.ts';

const EXIT_INPUT = 2;
const EXIT_DEFECT = 3;
const EXIT_ENVIRONMENT = 4;

/** How commands are declared, in the order in which help shows them. */
const COMMANDS: readonly ((program: Command) => unknown)[] = [
  declareRun,
  declareResults,
  declareExport,
  declareReport,
  declareReprice,
  declareValidate,
  declareNew,
  declareSchema,
  declareCompare,
  declareScaling,
  declareSubscribers,
  declareSweep,
  declareSensitivity,
  declareCalibrate,
  declareFitWorkload,
  declareList,
  declareServe,
  declareToken,
];

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

/** The program with all its commands. */
function assembled(): Command {
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
  for (const declare of COMMANDS) declare(program);
  acceptWorkers(program);
  return program;
}

/** Adds the name that `--threads` had in version 0.1 to every command that takes it. */
function acceptWorkers(program: Command): void {
  for (const command of program.commands.filter(({ options }) =>
    options.some(({ long }) => long === '--threads'),
  ))
    command
      .addOption(new Option('--workers <n>').argParser(wholeNumber).hideHelp())
      .on('option:workers', () =>
        command.setOptionValueWithSource('threads', command.getOptionValue('workers'), 'cli'),
      );
}

/** Runs a command line, given as in `process.argv`; what fails is reported and sets the exit code. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  try {
    await assembled().parseAsync(argv);
  } catch (error) {
    fail(error);
  }
}

/** A reader that closes early (`| head`) is not a failure: work continues. Any other failure to write is reported. */
export function onOutputError(error: NodeJS.ErrnoException): void {
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
