/** The version of the program. Lightweight: `--version` loads it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../files/package-folder.ts';

/** As in the `package.json` of the program. Throws `EnvironmentError` when the installation is incomplete. */
export function version(): string {
  const text = readFileSync(join(packageFolder(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
