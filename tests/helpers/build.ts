/** Builds `dist` once before the tests where it is stale: the tests of the command line run the program as a user does. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The program as it is installed. */
export const PROGRAM = join(ROOT, 'dist/cli/main.js');

export default function build(): void {
  try {
    execFileSync(process.execPath, [join(ROOT, 'tools/build.js'), '--if-stale'], { stdio: 'inherit' });
  } catch (error) {
    // Wrong types are the check's affair; without a program there is nothing to test.
    if (!existsSync(PROGRAM)) throw error;
  }
}
