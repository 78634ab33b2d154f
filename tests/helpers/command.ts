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
}

/** A running command: its process, what it has written so far, and its end. */
export interface Running {
  readonly process: ChildProcess;
  readonly written: { stdout: string; stderr: string };
  readonly outcome: Promise<Outcome>;
}

export function start(args: readonly string[], options: CommandOptions = {}): Running {
  return startProcess(process.execPath, [PROGRAM, ...args], options);
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

function startProcess(file: string, args: readonly string[], { cwd, env }: CommandOptions): Running {
  const { NO_COLOR: _colour, FORCE_COLOR: _force, NODE_OPTIONS: _node, ...inherited } = process.env;
  const child = spawn(file, args, { cwd, env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...written }));
  });
  return { process: child, written, outcome };
}

/** Waits until `holds`; fails when it does not within the deadline [ms]. */
export async function until(holds: () => boolean, what: string, deadline = 30_000): Promise<void> {
  const end = performance.now() + deadline;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited ${deadline} ms in vain for ${what}`);
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
