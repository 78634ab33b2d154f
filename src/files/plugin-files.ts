/**
 * Plugin files: loads the modules that a user names, and computes a digest of each with all that it imports. It knows
 * modules on disk, and not what they define.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isBuiltin, register } from 'node:module';
import { dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { init, parse } from 'es-module-lexer';
import { InputError } from '../errors.ts';
import { NO_PLUGINS, pluginsOf, type PluginModule, type Plugins } from '../plugins/plugins.ts';
import { codeFolder } from './package-folder.ts';

const refusal = (file: string, message: string): InputError =>
  new InputError([{ kind: 'plugin-file', place: file, path: '', message }]);

/** The digest under which this process has imported a plugin, by its path: a module is loaded once. */
const imported = new Map<string, string>();

/**
 * The strategies and metrics of plugin files, in order. Their code is run, with the rights of this process: name only
 * files that you trust. Throws `InputError` for a file that is missing, does not load or exports something else, and
 * for what it defines that exists already.
 *
 * @example
 * const plugins = await loadPlugins(['longest-prompt-first.mjs']);
 * const scenario = loadScenario({ path: 'my-fleet.yaml', overrides: [], plugins }, readCatalog());
 */
export async function loadPlugins(paths: readonly string[]): Promise<Plugins> {
  if (paths.length === 0) return NO_PLUGINS;
  await init;
  const modules: PluginModule[] = [];
  for (const path of paths) modules.push(await loadModule(path));
  return pluginsOf(modules);
}

async function loadModule(file: string): Promise<PluginModule> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw refusal(file, 'there is no such file; --plugin takes the path of a module on this machine');
  const path = realpathSync(file);
  requireLoadable(path, file);
  const { digest, usesProgram } = closureOf(path, file);
  const before = imported.get(path);
  if (before !== undefined && before !== digest)
    throw refusal(file, 'it changed after this process had loaded it; start the program again');
  if (usesProgram) resolveProgram();
  let exported: unknown;
  try {
    exported = ((await import(pathToFileURL(path).href)) as { readonly default?: unknown }).default;
  } catch (error) {
    throw refusal(
      file,
      `does not load: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    );
  }
  imported.set(path, digest);
  return { file, digest, exported };
}

/** Extensions of modules; those of TypeScript need a Node that strips types. */
const JAVASCRIPT = ['.js', '.mjs'];
const TYPESCRIPT = ['.ts', '.mts'];

const stripsTypes = (): boolean =>
  Boolean((process.features as { readonly typescript?: unknown }).typescript);

function requireLoadable(path: string, file: string): void {
  const extension = extname(path);
  if (JAVASCRIPT.includes(extension)) return;
  if (!TYPESCRIPT.includes(extension))
    throw refusal(
      file,
      `a plugin is a module in a file that ends in .mjs or .js; this one ends in "${extension}"`,
    );
  if (!stripsTypes())
    throw refusal(
      file,
      `Node ${process.version} does not run TypeScript; use Node 22.18 or later, or compile the plugin to .mjs`,
    );
}

interface Closure {
  /** SHA-256 of the contents of all files, and of the versions of packages. */
  readonly digest: string;
  /** Whether it imports this program. */
  readonly usesProgram: boolean;
}

/** What a plugin depends on: the file itself, all that it imports by path, and the packages that any of them names. */
function closureOf(entry: string, file: string): Closure {
  const contents = new Map<string, string>();
  const packages = new Map<string, string>();
  let usesProgram = false;
  const folder = dirname(entry);
  const visit = (path: string) => {
    // The entry is known by its content alone, so that renaming it changes nothing.
    const key = path === entry ? '' : relative(folder, path).split(sep).join('/');
    if (contents.has(key)) return;
    const bytes = readFileSync(path);
    contents.set(key, createHash('sha256').update(bytes).digest('hex'));
    if (![...JAVASCRIPT, ...TYPESCRIPT].includes(extname(path))) return;
    for (const specifier of importsOf(bytes.toString('utf8'), path, file)) {
      if (isBuiltin(specifier)) continue;
      if (isProgram(specifier)) usesProgram = true;
      else if (/^(\.{0,2}\/|file:)/.test(specifier)) visit(pathOf(specifier, path, file));
      else {
        const name = packageNameOf(specifier, path, file);
        packages.set(name, versionOf(name, path, file));
      }
    }
  };
  visit(entry);
  const sorted = (map: ReadonlyMap<string, string>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash('sha256').update(JSON.stringify([sorted(contents), sorted(packages)]));
  return { digest: digest.digest('hex'), usesProgram };
}

/** The modules that a source names. Throws `InputError` where it is no module, or names one by an expression. */
function importsOf(source: string, path: string, file: string): string[] {
  const inFile = path === realpathSync(file) ? '' : `${path}: `;
  let found: ReturnType<typeof parse>;
  try {
    found = parse(source, path);
  } catch (error) {
    throw refusal(file, `${inFile}does not load: ${(error as Error).message}`);
  }
  const [imports, , , isModule] = found;
  if (!isModule)
    throw refusal(
      file,
      `${inFile}is no ECMAScript module; write import and export, in a file that ends in .mjs`,
    );
  return imports.flatMap(({ n, d }) => {
    // `import.meta` names no module.
    if (d === -2) return [];
    if (n === undefined)
      throw refusal(
        file,
        `${inFile}imports a module whose name is an expression, which its digest cannot cover; write the name as text`,
      );
    return [n];
  });
}

function pathOf(specifier: string, from: string, file: string): string {
  const path = fileURLToPath(new URL(specifier, pathToFileURL(from)));
  if (!existsSync(path))
    throw refusal(file, `does not load: ${from} imports "${specifier}", which does not exist`);
  return realpathSync(path);
}

const isProgram = (specifier: string): boolean => /^fleetyield(\/|$)/.test(specifier);

function packageNameOf(specifier: string, from: string, file: string): string {
  const [name] = /^(@[^/]+\/)?[^/#@:][^/:]*(?=\/|$)/.exec(specifier) ?? [];
  if (name === undefined)
    throw refusal(
      file,
      `${from} imports "${specifier}"; a plugin imports files by relative path, and packages by name`,
    );
  return name;
}

/** The version of a package as Node finds it from a file: in the nearest `node_modules` that has it. */
function versionOf(name: string, from: string, file: string): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const description = join(folder, 'node_modules', name, 'package.json');
    if (existsSync(description))
      return String((JSON.parse(readFileSync(description, 'utf8')) as { version?: unknown }).version);
    if (folder === dirname(folder))
      throw refusal(
        file,
        `does not load: ${from} imports the package "${name}", which is not installed beside it`,
      );
  }
}

let resolvesProgram = false;

/** Lets plugins import this program by its name wherever they are, and never another copy of it. */
function resolveProgram(): void {
  if (resolvesProgram) return;
  resolvesProgram = true;
  const extension = extname(fileURLToPath(import.meta.url));
  const urlOf = (entry: string) => pathToFileURL(join(codeFolder(), `${entry}${extension}`)).href;
  const entries = { fleetyield: urlOf('index'), 'fleetyield/plugin': urlOf('plugin') };
  const hook = `const entries = ${JSON.stringify(entries)};
export const resolve = (specifier, context, next) => next(entries[specifier] ?? specifier, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
