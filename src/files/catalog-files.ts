/**
 * Catalogue files: finds the YAML files of a catalogue on disk, by default the one that ships with the program. It
 * knows folders, and not what the files contain.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Catalog, parseCatalog, type CatalogFile } from '../catalog/catalog.ts';
import { EnvironmentError } from '../errors.ts';
import { usePreparedValidators } from '../input/validator.ts';
import { packageFolder } from './package-folder.ts';
import { preparedCatalog, preparedValidator } from './prepared.ts';

/**
 * Reads every `.yaml` file under a directory, in path order; by default the catalogue that ships with the program.
 * Throws `EnvironmentError` when a file cannot be read and `InputError` when one is invalid.
 */
export function readCatalog(directory: string = shippedCatalogDirectory()): Catalog {
  usePreparedValidators(preparedValidator);
  const files = catalogFiles(directory);
  const entries = preparedCatalog(files);
  return entries === null ? parseCatalog(files) : new Catalog(entries);
}

let shipped: Catalog | null = null;

/** The catalogue that ships with the program, read at first use. Throws as `readCatalog` does. */
export function shippedCatalog(): Catalog {
  shipped ??= readCatalog();
  return shipped;
}

/** The files of a catalogue. Throws `EnvironmentError` when one cannot be read. */
export function catalogFiles(directory: string = shippedCatalogDirectory()): CatalogFile[] {
  try {
    const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.yaml'),
    );
    return paths.toSorted().map((path) => {
      const full = join(directory, path);
      return {
        // Named in messages only, and 28 relative paths take as long as the texts.
        get name() {
          return nameOf(full);
        },
        text: readFileSync(full, 'utf8'),
      };
    });
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new EnvironmentError(`the catalogue in ${directory} cannot be read: ${error.message}`, {
      cause: error,
    });
  }
}

/** The shorter of the absolute path and the path relative to the working directory. */
function nameOf(path: string): string {
  const fromHere = relative('', path);
  return fromHere.startsWith('..') ? path : fromHere;
}

/**
 * `configs/catalog` of the package that contains `start`, by default this file. Throws `EnvironmentError` outside one.
 */
export function shippedCatalogDirectory(start?: string): string {
  return join(packageFolder(start), 'configs', 'catalog');
}
