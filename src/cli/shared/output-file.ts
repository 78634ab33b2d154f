/** Files that the user asks a command to write. */
import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError, InputError } from '../../errors.ts';
import { notice } from './terminal.ts';

/**
 * Checks before anything runs that files can be written: their folder exists and is writable, and their names are not
 * too long for the file system. Throws `EnvironmentError` as `writeOutput` would; `undefined` is a file that was not
 * requested.
 */
export function checkOutputs(...paths: readonly (string | undefined)[]): void {
  for (const path of paths) {
    if (path === undefined) continue;
    attemptWrite(path, () => {
      const there = statSync(path, { throwIfNoEntry: false });
      if (there?.isDirectory() === true) throw new Error('it is a folder');
      // Only a folder has a `.` entry, so this fails for anything else.
      accessSync(there === undefined ? `${dirname(path)}/.` : path, constants.W_OK);
    });
  }
}

/** Writes a file and reports it on standard error. Throws `EnvironmentError` where it cannot. */
export function writeOutput(path: string, text: string): void {
  attemptWrite(path, () => writeFileSync(path, text));
  notice(`wrote ${path}`);
}

/** Runs code that writes to `path`; an operating system error is reported with the path. */
export function attemptWrite(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new EnvironmentError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
