/**
 * Builds `dist` from `src`, ready to be run. With `--if-stale` it does nothing where the program is newer than all that it
 * is built from: npm prepares a clone at `npm ci`, and once more at the first `npx fleetyield` there.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'dist/cli/main.js');

/** What is started or imported: commands, threads, the library. Each becomes one file with pieces that they share, which loads at once. */
const ENTRIES = ['cli/main', 'batch/replication-task', 'api/store-task', 'api/job-thread', 'index', 'plugin'];
/** Libraries of many small files, or of which little is used; the others stay where they are. */
const BUNDLED = [
  '@commander-js/extra-typings',
  '@noble/hashes',
  'ajv',
  'cli-table3',
  'commander',
  'csv-parse',
  'es-module-lexer',
  'fastest-levenshtein',
  'jstat',
  'seedrandom',
  'simple-statistics',
  'typebox',
  'yaml',
];

/**
 * Ajv, loaded when it first compiles a schema: most commands find every validator that they need prepared. All that is
 * bundled is one folder deep in `dist`.
 */
const AJV = '../bundled/ajv.cjs';
const AJV_WHEN_CALLED = `
const ajv = () => require('${AJV}');
export const Ajv = function (options) { return new (ajv().Ajv)(options); };
export const _ = (parts, ...values) => ajv()._(parts, ...values);
`;
const ajvWhenCalled = {
  name: 'ajv-when-called',
  setup: (esbuild) => {
    esbuild.onResolve({ filter: /^ajv$/ }, () => ({ path: 'ajv', namespace: 'when-called' }));
    esbuild.onResolve({ filter: /ajv\.cjs$/ }, ({ path }) => ({ path, external: true }));
    esbuild.onLoad({ filter: /./, namespace: 'when-called' }, () => ({ contents: AJV_WHEN_CALLED }));
  },
};

/** Bundles what is started, in place of what the compiler made of it. */
async function bundle() {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  rmSync(join(ROOT, 'dist/bundled'), { recursive: true, force: true });
  await build({
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outdir: 'dist',
    outbase: 'src',
    chunkNames: 'bundled/[name]-[hash]',
    entryPoints: ENTRIES.map((path) => `src/${path}.ts`),
    external: Object.keys(dependencies).filter((name) => !BUNDLED.includes(name)),
    // Some of what is bundled asks for modules of Node the old way.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    plugins: [ajvWhenCalled],
    logLevel: 'warning',
  });
  await build({
    absWorkingDir: ROOT,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    outfile: 'dist/bundled/ajv.cjs',
    stdin: { contents: "module.exports = require('ajv');", resolveDir: ROOT },
    logLevel: 'warning',
  });
}

/** Bundles the pure half of the library into one file that needs nothing of Node, for pages and workers too. */
async function bundleCore() {
  await build({
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    outfile: 'dist/core.js',
    allowOverwrite: true,
    entryPoints: ['src/core.ts'],
    // The one library that has a build of its own for pages.
    alias: { 'csv-parse/sync': 'csv-parse/browser/esm/sync' },
    logLevel: 'warning',
  });
}

/** Whether the program is there and newer than sources, their folders, settings and libraries. */
function isFresh() {
  if (!existsSync(PROGRAM)) return false;
  const sources = ['', ...readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })];
  const inputs = [
    ...sources.map((path) => join(ROOT, 'src', path)),
    ...['tsconfig.json', 'tsconfig.build.json', 'package.json'].map((path) => join(ROOT, path)),
  ];
  return statSync(PROGRAM).mtimeMs >= Math.max(...inputs.map((path) => statSync(path).mtimeMs));
}

if (!(process.argv.includes('--if-stale') && isFresh())) {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  } catch (error) {
    // The compiler has said what is wrong.
    process.exit(error.status ?? 1);
  }
  await bundle();
  await bundleCore();
  execFileSync(process.execPath, [join(ROOT, 'tools/prepare.js')], { stdio: 'inherit' });
}
// The compiler makes plain files, and npm sets the bit only where it links the program anew.
chmodSync(PROGRAM, 0o755);
