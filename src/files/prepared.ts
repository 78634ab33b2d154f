/**
 * What the build prepares in `dist/prepared` so that commands start fast: validators compiled from their schemas, and
 * the parsed catalogue that ships. Each is stored under a digest of everything it is made from: one made from other
 * inputs is not found, and is then made anew.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import type { CatalogEntry, CatalogFile } from '../catalog/catalog.ts';
import { QUANTITIES } from '../input/quantities.ts';
import { packageFolder } from './package-folder.ts';

const load = createRequire(import.meta.url);

/** The export of a validator file: a function that makes it from the quantities and from a loader of Ajv's modules. */
type PreparedFile = (quantities: typeof QUANTITIES, load: NodeJS.Require) => ValidateFunction;

export const preparedFolder = (): string => join(packageFolder(), 'dist', 'prepared');

/** The file name of a validator. */
export const validatorFile = (key: string): string => `validator-${key}.cjs`;

/** The file name of a catalogue. */
export function catalogFile(files: readonly CatalogFile[]): string {
  const digest = createHash('sha256');
  for (const { text } of files) digest.update(`${text.length}\n`).update(text);
  return `catalog-${digest.digest('hex')}.json`;
}

/** The prepared validator of a key, or `null`. */
export function preparedValidator(key: string): ValidateFunction | null {
  const path = join(preparedFolder(), validatorFile(key));
  return existsSync(path) ? (load(path) as PreparedFile)(QUANTITIES, load) : null;
}

/** The parsed entries of catalogue files, or `null`. */
export function preparedCatalog(files: readonly CatalogFile[]): readonly CatalogEntry[] | null {
  const path = join(preparedFolder(), catalogFile(files));
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly CatalogEntry[]) : null;
}
