/**
 * What the build prepares in `dist/prepared`, so that a command starts at once: validators compiled from their schemas, and
 * the catalogue that ships, read. Each is kept under a digest of all it is made from: what was made from something else is
 * not found, and then made anew.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import type { CatalogEntry, CatalogFile } from '../catalog/catalog.ts';
import { QUANTITIES } from '../quantities.ts';
import { packageFolder } from './package-folder.ts';

const load = createRequire(import.meta.url);

/** What a file of a validator exports: a function that makes it from the quantities and from what loads modules of Ajv. */
type PreparedFile = (quantities: typeof QUANTITIES, load: NodeJS.Require) => ValidateFunction;

export const preparedFolder = (): string => join(packageFolder(), 'dist', 'prepared');

/** The name of the file of a validator. */
export const validatorFile = (key: string): string => `validator-${key}.cjs`;

/** The name of the file of a catalogue. */
export function catalogFile(files: readonly CatalogFile[]): string {
  const digest = createHash('sha256');
  for (const { text } of files) digest.update(`${text.length}\n`).update(text);
  return `catalog-${digest.digest('hex')}.json`;
}

/** The validator of a key, or `null`. */
export function preparedValidator(key: string): ValidateFunction | null {
  const path = join(preparedFolder(), validatorFile(key));
  return existsSync(path) ? (load(path) as PreparedFile)(QUANTITIES, load) : null;
}

/** What files of a catalogue hold, or `null`. */
export function preparedCatalog(files: readonly CatalogFile[]): readonly CatalogEntry[] | null {
  const path = join(preparedFolder(), catalogFile(files));
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly CatalogEntry[]) : null;
}
