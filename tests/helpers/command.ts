/** The built program, run as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM } from './build.ts';

export interface Outcome {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The user that runs it, where root starts it. */
  readonly uid?: number;
}

/** A running command: its process, what it has written so far, and its end. */
export interface Running {
  readonly process: ChildProcess;
  readonly written: { stdout: string; stderr: string };
  readonly outcome: Promise<Outcome>;
}

export function start(
  args: readonly string[],
  options: CommandOptions = {},
  program: string = PROGRAM,
): Running {
  return startProcess(process.execPath, [program, ...args], options);
}

export function fleetyield(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  return start(args, options).outcome;
}

/** A line of shell, in which `fleetyield` is the program. */
export function shell(line: string, options: CommandOptions = {}): Promise<Outcome> {
  const program = `'${process.execPath}' '${PROGRAM}'`;
  return startProcess('bash', ['-o', 'pipefail', '-c', line.replaceAll('fleetyield', program)], options)
    .outcome;
}

/** Processes of this test file that have not ended. */
const alive = new Set<ChildProcess>();

/** Ends what a failed test may have left running. */
export function endAll(): void {
  for (const child of alive) child.kill('SIGKILL');
}

/** What the surroundings of the tests say of Node and its colours; a command under test does not hear of it. */
const NOT_INHERITED = ['NO_COLOR', 'NODE_DISABLE_COLORS', 'FORCE_COLOR', 'COLORTERM', 'CI', 'NODE_OPTIONS'];

const SURROUNDINGS = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_INHERITED.includes(name))),
  TERM: 'xterm',
};

function startProcess(file: string, args: readonly string[], { cwd, env, uid }: CommandOptions): Running {
  const child = spawn(file, args, {
    cwd,
    env: { ...SURROUNDINGS, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  child.once('close', () => alive.delete(child));
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...written }));
  });
  return { process: child, written, outcome };
}

/**
 * Waits until what a command has written `holds`. Fails, showing what it has written, when the command ends first or
 * the deadline [ms] passes.
 */
export async function until(
  { process: child, written }: Running,
  holds: (written: { readonly stdout: string; readonly stderr: string }) => boolean,
  deadline = 30_000,
): Promise<void> {
  const end = performance.now() + deadline;
  while (!holds(written)) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || performance.now() > end) {
      child.kill('SIGKILL');
      throw new Error(
        `${ended ? 'it ended' : `waited ${deadline} ms in vain`}; it wrote ${JSON.stringify(written)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A folder for one test file, with the files given. */
export class Folder {
  readonly path: string;

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    this.path = mkdtempSync(join(tmpdir(), 'fleetyield-'));
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.of(name), content);
    return this.of(name);
  }

  of(name: string): string {
    return join(this.path, name);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
