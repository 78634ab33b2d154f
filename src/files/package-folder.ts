/** Where the program is installed: the folder of its package, whether it runs from `src` or from `dist`. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '../errors.ts';

/**
 * The folder of the running code: `src`, or `dist` when built. Every module is one folder deep in it, and so are the
 * chunks of the bundle.
 */
export const codeFolder = (): string => dirname(dirname(fileURLToPath(import.meta.url)));

/** Throws `EnvironmentError` when the installation is incomplete. */
export function packageFolder(start: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) {
      throw new EnvironmentError(`no package.json above ${start}; the program is not installed whole`);
    }
  }
}
