/**
 * Builds `dist` from `src`, ready to be run. With `--if-stale` it does nothing where the program is newer than all that it
 * is built from: npm prepares a clone at `npm ci`, and once more at the first `npx fleetyield` there.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'dist/cli/main.js');

/** Whether the program is there and newer than sources, their folders, settings and libraries. */
function isFresh() {
  if (!existsSync(PROGRAM)) return false;
  const sources = ['', ...readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })];
  const inputs = [
    ...sources.map((path) => join(ROOT, 'src', path)),
    ...['tsconfig.json', 'tsconfig.build.json', 'package.json'].map((path) => join(ROOT, path)),
  ];
  return statSync(PROGRAM).mtimeMs >= Math.max(...inputs.map((path) => statSync(path).mtimeMs));
}

if (!(process.argv.includes('--if-stale') && isFresh())) {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  } catch (error) {
    // The compiler has said what is wrong.
    process.exit(error.status ?? 1);
  }
}
// The compiler makes plain files, and npm sets the bit only where it links the program anew.
chmodSync(PROGRAM, 0o755);
