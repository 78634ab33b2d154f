/**
 * Builds `dist` once before the tests, when it is older than what it is built from: the tests of the command line run the
 * program as a user does.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The program as it is installed. */
export const PROGRAM = join(ROOT, 'dist/cli/main.js');

export default function build(): void {
  if (isBuilt()) return;
  try {
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
      cwd: ROOT,
      stdio: 'inherit',
    });
  } catch (error) {
    // Wrong types are the check's affair; without a program there is nothing to test.
    if (!isBuilt()) throw error;
  }
}

function isBuilt(): boolean {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const newest = Math.max(...sources.map((path) => statSync(join(ROOT, 'src', path)).mtimeMs));
  return existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs >= newest;
}
