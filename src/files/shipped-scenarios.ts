/** The scenarios that ship with the program: their names and where they are. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { InputError } from '../errors.ts';
import { alternatives } from '../validation.ts';
import { packageFolder } from './package-folder.ts';

const folder = () => join(packageFolder(), 'configs', 'scenarios');

/** Names of the shipped scenarios, in order. */
export function shippedScenarios(): { readonly name: string; readonly path: string }[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.yaml'))
    .toSorted()
    .map((file) => ({ name: basename(file, '.yaml'), path: join(folder(), file) }));
}

/**
 * The path a user means: the file itself, or the shipped scenario of that name. Throws `InputError` when there is
 * neither.
 */
export function scenarioPath(given: string): string {
  if (existsSync(given)) return given;
  const shipped = shippedScenarios();
  const found = shipped.find(({ name }) => name === given);
  if (found !== undefined) return found.path;
  const names = shipped.map(({ name }) => name);
  throw new InputError([
    {
      place: given,
      path: '',
      message: `there is no such file, and no shipped scenario of that name; ${alternatives(given, names)}`,
    },
  ]);
}
