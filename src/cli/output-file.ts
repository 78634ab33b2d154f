/** Files that the user asks a command to write. */
import { writeFileSync } from 'node:fs';
import { EnvironmentError } from '../errors.ts';

/** Writes a file and says so on standard error. Throws `EnvironmentError` where it cannot. */
export function writeOutput(path: string, text: string): void {
  attemptWrite(path, () => writeFileSync(path, text));
  process.stderr.write(`wrote ${path}\n`);
}

/** Runs what writes to `path`; a failure of the machine is told with the path. */
export function attemptWrite(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new EnvironmentError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
