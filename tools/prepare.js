/**
 * Prepares what commands would otherwise do at each start: compiles the schemas of files, reads the catalogue, and finds
 * the summaries of scenarios. Run by `tools/build.js` on what it built.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import standalone from 'ajv/dist/standalone/index.js';
import { transformSync } from 'esbuild';
import { catalogFileSchema, parseCatalog } from '../dist/catalog/catalog.js';
import { catalogFiles } from '../dist/files/catalog-files.js';
import { scenarioSummaries, scenarioTexts } from '../dist/files/listings.js';
import {
  catalogFile,
  codeCacheOf,
  loadValidator,
  preparedFolder,
  summariesFile,
  validatorFile,
} from '../dist/files/prepared.js';
import { deltaSchema } from '../dist/files/scenario-delta.js';
import { SourceDocument } from '../dist/input/source-document.js';
import { compilerOf } from '../dist/input/validator.js';
import { pricesSchema } from '../dist/scenario/reprice.js';
import { scenarioReferences, scenarioSchema } from '../dist/scenario/schema.js';

const scenarios = scenarioTexts();
const catalog = catalogFiles();
const valuesOf = (files) => files.map(({ name, text }) => new SourceDocument(text, name).toData());

/** Each schema with its references, and examples by which V8 learns which parts of the validator are used. */
const SCHEMAS = [
  [scenarioSchema, scenarioReferences, valuesOf(scenarios)],
  [catalogFileSchema(), {}, valuesOf(catalog)],
  [deltaSchema, {}, []],
  [pricesSchema, {}, []],
];

const folder = preparedFolder();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const [schema, references, examples] of SCHEMAS) {
  const compiler = compilerOf(references, true);
  const text = standalone.default(compiler, compiler.compile(schema));
  const path = join(folder, validatorFile(schema, references));
  const { code } = transformSync(
    `((quantities, require) => {\nconst module = {};\n${text}\nreturn module.exports;\n});\n`,
    { minifyWhitespace: true, minifyIdentifiers: true },
  );
  writeFileSync(path, code);
  const { validate, script } = loadValidator(path);
  examples.forEach((values) => validate(values));
  writeFileSync(codeCacheOf(path), script.createCachedData());
}
writeFileSync(join(folder, catalogFile(catalog)), JSON.stringify(parseCatalog(catalog).entries));
writeFileSync(join(folder, summariesFile(scenarios)), JSON.stringify(scenarioSummaries(scenarios)));
