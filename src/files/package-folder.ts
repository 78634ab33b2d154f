/** Where the program is installed: the folder of its package, whether it runs from `src` or from `dist`. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../errors.ts';

/**
 * The folder of the code that runs: `src`, or `dist` where it is built. Every module lies one folder deep in it, and so do
 * the pieces of the bundle.
 */
export const codeFolder = (): string => dirname(dirname(fileURLToPath(import.meta.url)));

/** Throws `EnvironmentError` when the program is not installed whole. */
export function packageFolder(start: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) {
      throw new EnvironmentError(`no package.json above ${start}; the program is not installed whole`);
    }
  }
}
