/**
 * The identity of this program: its version, and a digest of everything in it that affects numbers. It knows files, and
 * not what they do.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shippedCatalogDirectory } from './catalog-files.ts';
import { codeFolder, packageFolder } from './package-folder.ts';

export interface Program {
  readonly version: string;
  /** Equal for two programs that produce the same numbers for the same scenario, seed and Node version. */
  readonly code: string;
}

/** Code that only runs, stores and shows what the rest computes, and what the build makes from all of the code. */
const DECIDE_NOTHING =
  /^((batch|campaigns|cli|store|api|client|bundled|prepared)[/\\]|files[/\\]listings\.|(core|index|plugin)\.)/;

let running: Program | null = null;

/**
 * The running program, read once. Its digest covers the code above `batch/`, the catalogue and the versions of the
 * libraries: during development the version stays the same while the numbers may change.
 */
export function runningProgram(): Program {
  running ??= readProgram();
  return running;
}

function readProgram(): Program {
  const { version, dependencies } = JSON.parse(
    readFileSync(join(packageFolder(), 'package.json'), 'utf8'),
  ) as { version: string; dependencies: object };
  const digest = createHash('sha256').update(JSON.stringify(dependencies));
  addFiles(digest, codeFolder(), (path) => /(?<!\.d)\.[jt]s$/.test(path) && !DECIDE_NOTHING.test(path));
  addFiles(digest, shippedCatalogDirectory(), (path) => path.endsWith('.yaml'));
  return { version, code: digest.digest('hex') };
}

function addFiles(
  digest: ReturnType<typeof createHash>,
  folder: string,
  counts: (path: string) => boolean,
): void {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(counts).toSorted()) {
    digest.update(`${path}\n`).update(readFileSync(join(folder, path)));
  }
}
