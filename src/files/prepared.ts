/**
 * What the build prepares in `dist/prepared` so that commands start fast: validators compiled from their schemas, the
 * parsed catalogue that ships, and the summaries of the scenarios that ship. Each is stored under a digest of everything
 * it is made from: one made from other inputs is not found, and is then made anew.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import type { ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import type { CatalogEntry, CatalogFile } from '../catalog/catalog.ts';
import { QUANTITIES } from '../input/quantities.ts';
import { COMPILED_FORMAT, type References } from '../input/validator.ts';
import { packageFolder } from './package-folder.ts';

/** The value of a validator file: a function that makes it from the quantities and from a loader of Ajv's modules. */
type PreparedFile = (quantities: typeof QUANTITIES, load: NodeJS.Require) => ValidateFunction;

export const preparedFolder = (): string => join(packageFolder(), 'dist', 'prepared');

/** The file name of the validator of a schema and its references. */
export function validatorFile(schema: TSchema, references: References): string {
  const text = JSON.stringify([COMPILED_FORMAT, schema, references]);
  return `validator-${createHash('sha256').update(text).digest('hex')}.js`;
}

/** The file beside a validator with what V8 made of it; another version of Node ignores it. */
export const codeCacheOf = (path: string): string => `${path}.cache`;

/** A name with the digest of some files. */
function nameOf(what: string, files: readonly CatalogFile[]): string {
  const digest = createHash('sha256');
  for (const { text } of files) digest.update(`${text.length}\n`).update(text);
  return `${what}-${digest.digest('hex')}.json`;
}

/** The file name of a catalogue. */
export const catalogFile = (files: readonly CatalogFile[]): string => nameOf('catalog', files);

/** The file name of the summaries of scenarios. */
export const summariesFile = (files: readonly CatalogFile[]): string => nameOf('summaries', files);

/** The prepared validator of a schema and its references, or `null`. */
export function preparedValidator(schema: TSchema, references: References): ValidateFunction | null {
  const path = join(preparedFolder(), validatorFile(schema, references));
  return existsSync(path) ? loadValidator(path).validate : null;
}

/** The validator in a file, and the script that made it. */
export function loadValidator(path: string): {
  readonly validate: ValidateFunction;
  readonly script: Script;
} {
  const cache = codeCacheOf(path);
  const script = new Script(readFileSync(path, 'utf8'), {
    filename: path,
    ...(existsSync(cache) ? { cachedData: readFileSync(cache) } : {}),
  });
  const make = script.runInThisContext() as PreparedFile;
  return { validate: make(QUANTITIES, createRequire(import.meta.url)), script };
}

/** The parsed entries of catalogue files, or `null`. */
export function preparedCatalog(files: readonly CatalogFile[]): readonly CatalogEntry[] | null {
  return preparedJson(catalogFile(files)) as readonly CatalogEntry[] | null;
}

/** The summaries of scenarios, in the order of their files, or `null`. */
export function preparedSummaries(files: readonly CatalogFile[]): readonly string[] | null {
  return preparedJson(summariesFile(files)) as readonly string[] | null;
}

function preparedJson(name: string): unknown {
  const path = join(preparedFolder(), name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}
