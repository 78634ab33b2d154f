/** Files that the user asks a command to write. */
import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError, InputError } from '../errors.ts';
import { notice } from './terminal.ts';

/**
 * Finds out before anything runs that files cannot be written: a folder that is not there or takes none, a name longer
 * than the file system has. Throws `EnvironmentError` as `writeOutput` would; `undefined` is a file that is not asked for.
 */
export function checkOutputs(...paths: readonly (string | undefined)[]): void {
  for (const path of paths) {
    if (path === undefined) continue;
    attemptWrite(path, () => {
      const there = statSync(path, { throwIfNoEntry: false });
      if (there?.isDirectory() === true) throw new Error('it is a folder');
      // What is no folder has nothing in it, a dot neither.
      accessSync(there === undefined ? `${dirname(path)}/.` : path, constants.W_OK);
    });
  }
}

/** Writes a file and says so on standard error. Throws `EnvironmentError` where it cannot. */
export function writeOutput(path: string, text: string): void {
  attemptWrite(path, () => writeFileSync(path, text));
  notice(`wrote ${path}`);
}

/** Runs what writes to `path`; a failure of the machine is told with the path. */
export function attemptWrite(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new EnvironmentError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
