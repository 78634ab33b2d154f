/** How the command line is asked for help, and how it takes what it does not understand. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fleetyield } from '../helpers/command.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const COMMANDS =
  'run results export validate new schema compare scaling subscribers sweep sensitivity reprice report calibrate fit-workload list serve token'.split(
    ' ',
  );

describe('help', () => {
  it('tells the version of the package', async () => {
    expect(await fleetyield(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('names every command and the exit codes', async () => {
    const { code, stdout, stderr } = await fleetyield(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, commands] = /^Commands:\n(.*?)\n\n/ms.exec(stdout)!;
    const named = [...commands!.matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name!);
    expect(named.filter((name) => name !== 'help').toSorted()).toEqual(COMMANDS.toSorted());
    expect(stdout).toContain(
      'Exit codes: 0 done, 2 invalid input, 3 internal error (a bug in fleetyield), 4 environment error (disk, memory, network),\n130 interrupted, with what was finished stored.',
    );
  });

  it.each(COMMANDS)('of %s says what it does, with examples', async (command) => {
    const { code, stdout, stderr } = await fleetyield([command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: fleetyield ${command} `));
    expect(stdout).toMatch(new RegExp(`^Examples?:\n {2}fleetyield ${command}`, 'm'));
  });

  it('of run names every option of the contract', async () => {
    const { stdout } = await fleetyield(['run', '--help']);
    const options = [
      'replications',
      'precision',
      'seed',
      'set',
      'threads',
      'out',
      'requests',
      'json',
      'quiet',
    ];
    for (const option of options) expect(stdout).toMatch(new RegExp(`^ {2}--${option}\\b`, 'm'));
  });
});

describe('what is not understood', () => {
  const WRONG: Readonly<Record<string, readonly [args: string[], ...says: string[]]>> = {
    'a misspelt command': [['rnu', 'x.yaml'], "unknown command 'rnu'", '(Did you mean run?)'],
    'a misspelt option': [
      ['run', 'erlang-c', '--replicatons', '3'],
      "unknown option '--replicatons'",
      '(Did you mean --replications?)',
    ],
    'no command': [[], 'Usage: fleetyield'],
    'no scenario': [['run'], "missing required argument 'scenario'"],
    'a surplus argument': [['list', 'arrivals', 'metrics'], "too many arguments for 'list'"],
    'no replications': [
      ['run', 'erlang-c', '--replications', '0'],
      "'--replications <n>' argument '0' is invalid. expected a whole number of one or more.",
    ],
    'sizes that are no multiples': [
      ['scaling', 'erlang-c', '--gpus', '1,0x2'],
      "'--gpus <multiples>' argument '1,0x2' is invalid. expected multiples of the fleet, such as 0.5,1,2.",
    ],
    'half a thread': [
      ['run', 'erlang-c', '--threads', '1.5'],
      "'--threads <n>' argument '1.5' is invalid. expected a whole number of one or more.",
    ],
    'a precision of everything': [
      ['run', 'erlang-c', '--precision', '1'],
      "'--precision <r>' argument '1' is invalid. expected a number between 0 and 1, such as 0.02.",
    ],
    'a confidence in percent': [
      ['run', 'erlang-c', '--confidence', '95'],
      "'--confidence <p>' argument '95' is invalid. expected a number between 0 and 1, such as 0.95.",
    ],
    'a number of replications beside a precision': [
      ['run', 'erlang-c', '--replications', '5', '--precision', '0.1'],
      "'--replications <n>' cannot be used with option '--precision <r>'",
    ],
    'an unknown level of logs': [
      ['run', 'erlang-c', '--log-level', 'loud'],
      'Allowed choices are debug, info, warn, error, silent.',
    ],
    'an unknown family': [
      ['list', 'arival'],
      'there is no family "arival"; did you mean "arrivals"? known: arrivals, activity,',
    ],
    'a family that every object has': [['list', 'constructor'], 'there is no family "constructor"; known: '],
    'a scenario that is not there': [
      ['run', 'erlang'],
      'erlang there is no such file, and no shipped scenario of that name; did you mean "erlang-c"? known: ',
    ],
    'rows of two scenarios in one file': [
      ['run', 'erlang-c', 'two-requests', '--requests', 'x.csv'],
      '--requests writes the rows of one scenario; run one at a time',
    ],
  };

  it.each(Object.keys(WRONG))('ends with 2 and nothing on standard output: %s', async (title) => {
    const [args, ...says] = WRONG[title]!;
    const { code, stdout, stderr } = await fleetyield(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const piece of says) expect(stderr).toContain(piece);
    expect(stderr).not.toContain('    at ');
  });
});

describe('starting up', () => {
  /** The files that a command loads, as the engine's own coverage lists them. */
  async function filesOf(args: readonly string[]): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'fleetyield-coverage-'));
    try {
      await fleetyield(args, { env: { NODE_V8_COVERAGE: folder } });
      const scripts = readdirSync(folder).flatMap(
        (file) =>
          (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] }).result,
      );
      return scripts.map(({ url }) => url).filter((url) => url.startsWith('file:'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async function packagesOf(args: readonly string[]): Promise<Set<string>> {
    const names = (await filesOf(args)).map((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
    return new Set(names.filter((name) => name !== undefined));
  }

  // The declarations of commands and the parser that is bundled with them are 170 kB; the engine is 10 times as much.
  it.each(['--version', '--help'])('%s loads the command line and nothing else', async (flag) => {
    const files = await filesOf([flag]);
    const bytes = files.map((url) => statSync(fileURLToPath(url)).size).reduce((a, b) => a + b, 0);
    expect(files.filter((url) => url.includes('node_modules'))).toEqual([]);
    expect(bytes).toBeGreaterThan(100e3);
    expect(bytes).toBeLessThan(300e3);
  });

  it('loads no picture, no threads and no database to check a scenario', async () => {
    const packages = await packagesOf(['validate', 'two-requests']);
    expect(packages).toContain('ajv');
    for (const heavy of ['@observablehq/plot', 'linkedom', 'piscina', 'better-sqlite3'])
      expect(packages).not.toContain(heavy);
  });
});
