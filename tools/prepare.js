/**
 * Prepares what commands would otherwise do at each start: compiles the schemas of files, and reads the catalogue. Run by
 * `tools/build.js` on what it built.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import standalone from 'ajv/dist/standalone/index.js';
import { catalogFileSchema, parseCatalog } from '../dist/catalog/catalog.js';
import { catalogFiles } from '../dist/files/catalog-files.js';
import { catalogFile, preparedFolder, validatorFile } from '../dist/files/prepared.js';
import { deltaSchema } from '../dist/files/scenario-delta.js';
import { pricesSchema } from '../dist/scenario/reprice.js';
import { scenarioReferences, scenarioSchema } from '../dist/scenario/schema.js';
import { compilerOf, validatorKey } from '../dist/input/validator.js';

const SCHEMAS = [
  [scenarioSchema, scenarioReferences],
  [catalogFileSchema(), {}],
  [deltaSchema, {}],
  [pricesSchema, {}],
];

const folder = preparedFolder();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const [schema, references] of SCHEMAS) {
  const compiler = compilerOf(references, true);
  const text = standalone.default(compiler, compiler.compile(schema));
  writeFileSync(
    join(folder, validatorFile(validatorKey(schema, references))),
    `module.exports = (quantities, require) => {\nconst module = {};\n${text}\nreturn module.exports;\n};\n`,
  );
}
const files = catalogFiles();
writeFileSync(join(folder, catalogFile(files)), JSON.stringify(parseCatalog(files).entries));
