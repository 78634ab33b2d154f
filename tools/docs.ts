/** Writes the pages of `docs/reference` that are generated: `npm run docs`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from './error-codes.ts';
import { scenarioFormat } from './scenario-format.ts';

const FOLDER = join(import.meta.dirname, '../docs/reference');

/** The generated pages, by file name. */
const PAGES: Readonly<Record<string, () => string>> = {
  'errors.md': errorCodes,
  'scenario-format.md': scenarioFormat,
};

mkdirSync(FOLDER, { recursive: true });
for (const [name, page] of Object.entries(PAGES)) writeFileSync(join(FOLDER, name), page());
