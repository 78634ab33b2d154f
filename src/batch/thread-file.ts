/** The files that threads run. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A module beside another: built, or the source itself with the loader that reads it. */
export function threadFile(
  beside: string,
  name: string,
): { readonly filename: string; readonly execArgv?: string[] } {
  const built = fileURLToPath(new URL(`./${name}.js`, beside));
  if (existsSync(built)) return { filename: built };
  return {
    filename: fileURLToPath(new URL(`./${name}.ts`, beside)),
    // By its address, so that the loader is found from whatever folder the program is started in.
    execArgv: ['--import', import.meta.resolve('tsx')],
  };
}
