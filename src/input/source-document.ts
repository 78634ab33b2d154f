/**
 * Documents: YAML text with the position of each value, so that a fault can be reported with file and line. Values can
 * be replaced by path before reading (`--set`, and scenarios that change another). It knows YAML and paths, and nothing
 * of what they mean.
 */
import { isAlias, isMap, isNode, isScalar, isSeq, visit, type Alias, type Document, type Node } from 'yaml';
import { firstOf, InputError, type Fault } from '../errors.ts';
import { formatPath, parsePath, valueAt, type Path, type Refusal } from './path.ts';
import { resolvePath } from './resolve-path.ts';
import { parseText, parseValue, yamlFaults, type ParsedText } from './yaml-faults.ts';

/** The most values of one document, its aliases expanded: a value takes more than a kilobyte while it is read. */
const MOST_VALUES = 1_000_000;

export class SourceDocument {
  /** How the document is named to the user: usually the path it was read from. */
  readonly name: string;
  private readonly yaml: Document.Parsed;
  /** `name:line` of a position in the text. */
  private readonly placeOf: ParsedText['placeOf'];
  /** Whether all aliases have been replaced by copies. */
  private withoutAliases = false;
  private readonly overrides: { readonly path: Path; readonly placeOf: (within: Path) => string }[] = [];
  private readonly filled: { readonly path: Path; readonly values: object }[] = [];

  /** Throws `InputError` when the text is not one YAML document that holds a mapping. */
  constructor(text: string, name: string) {
    this.name = name;
    const parsed = parseText(text, name);
    this.yaml = parsed.yaml;
    this.placeOf = parsed.placeOf;
    const faults = yamlFaults(parsed, text);
    if (faults.length > 0) throw new InputError(firstOf(faults));
    if (!isMap(this.yaml.contents)) {
      const what = this.yaml.contents === null ? 'is empty' : 'does not hold a mapping';
      throw new InputError([
        {
          kind: 'yaml-value',
          place: `${name}:1`,
          path: '',
          message: `the file ${what}; expected "key: value" lines`,
        },
      ]);
    }
  }

  /** The values as plain data, a new copy at each call. Throws `InputError` where aliases expand to too many of them. */
  toData(): unknown {
    const data = this.unshared(this.yaml.toJS({ maxAliasCount: -1 }), { left: MOST_VALUES });
    for (const { path, values } of this.filled) fillIn(valueAt(data, path), values);
    return data;
  }

  /** A copy without shared objects, which YAML aliases create. */
  private unshared(value: unknown, values: { left: number }): unknown {
    values.left -= 1;
    if (values.left < 0)
      throw new InputError([
        {
          kind: 'document-size',
          place: this.name,
          path: '',
          message: `holds more than ${MOST_VALUES.toLocaleString('en')} values once its aliases are expanded; keep requests in a trace file, and do not nest aliases`,
        },
      ]);
    if (Array.isArray(value)) return value.map((inner) => this.unshared(inner, values));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, this.unshared(inner, values)]),
    );
  }

  /** Replaces one value; `argument` is `PATH=VALUE` with the value in YAML. Throws `InputError`. */
  override(argument: string): void {
    const refuse: Refusal = (message) => {
      throw new InputError([{ kind: 'unknown-path', place: `--set ${argument}`, path: '', message }]);
    };
    const equals = argument.indexOf('=');
    const written = equals < 0 ? null : parsePath(argument.slice(0, equals).trim());
    if (written === null) return refuse('expected PATH=VALUE, such as fleet.pools[0].replicas=8');
    const path = this.find(written, refuse);
    const value = parseValue(argument.slice(equals + 1), refuse);
    const unreadable = [...value.errors, ...value.warnings][0];
    if (unreadable !== undefined)
      return refuse(
        `the value is not readable as YAML: ${unreadable.message}; write it as in a file, in quotes for the shell`,
      );
    visit(value, {
      Alias: (_key, alias) => refuse(`the value refers to *${alias.source}; write the value itself`),
    });
    this.replace(path, value.contents, () => `--set ${argument}`);
  }

  /**
   * Replaces the value at a written path by plain data. An invalid path is reported by `refuse`, and what is wrong
   * with the data at the place that `placeOf` gives for a path within it.
   */
  change(written: string, data: unknown, refuse: Refusal, placeOf: (within: Path) => string): void {
    const path = parsePath(written);
    if (path === null) return refuse('is not a path; write one such as fleet.pools[0].replicas');
    const node = this.yaml.createNode(data, { aliasDuplicateObjects: false });
    this.replace(this.find(path, refuse), node, placeOf);
  }

  /** Resolves a written path, in a document whose aliases were replaced by copies. */
  private find(written: Path, refuse: Refusal): Path {
    this.copyAliases();
    return resolvePath(this.yaml, written, refuse);
  }

  /**
   * Replaces every alias by a copy, so that a change at one place does not affect others. The copies keep the
   * positions of the aliases.
   */
  private copyAliases(): void {
    if (this.withoutAliases) return;
    this.withoutAliases = true;
    this.toData();
    const anchored = new Map<string, Exclude<Node, Alias>>();
    visit(this.yaml, {
      Node: (_key, node) => {
        if (!isAlias(node) && node.anchor !== undefined) anchored.set(node.anchor, node);
      },
      Alias: (_key, alias) => {
        const copy = anchored.get(alias.source)!.clone() as Exclude<Node, Alias>;
        visit(copy, {
          Node: (_inner, node) => {
            node.range = alias.range!;
          },
        });
        delete copy.anchor;
        return copy;
      },
    });
  }

  private replace(path: Path, value: unknown, placeOf: (within: Path) => string): void {
    this.clearNulls(path);
    this.yaml.setIn(path, value);
    this.overrides.push({ path, placeOf });
  }

  /**
   * Defaults for the mapping at `path`: nested mappings are filled key by key, unless one is a choice
   * by `kind`, which is filled as a whole or not at all.
   */
  fill(path: Path, values: object): void {
    this.filled.push({ path, values });
  }

  /** Removes empty keys above a value that is set. */
  private clearNulls(path: Path): void {
    for (let depth = 1; depth < path.length; depth++) {
      if (this.yaml.getIn(path.slice(0, depth)) === null) this.yaml.deleteIn(path.slice(0, depth));
    }
  }

  /** The value as it is written at a path, `undefined` where there is none. */
  valueAt(path: Path): unknown {
    return valueAt(this.toData(), path);
  }

  /** A fault at a path of this document. */
  fault(path: Path, message: string): Fault {
    return { place: this.place(path), path: formatPath(path), message };
  }

  /** `file:line` of the value at a path, or of the nearest value above it that exists. */
  place(path: Path): string {
    const override = this.overrides.findLast(({ path: set }) => set.every((part, at) => path[at] === part));
    if (override !== undefined) return override.placeOf(path.slice(override.path.length));
    for (let depth = path.length; depth >= 0; depth--) {
      const offset = this.offset(path.slice(0, depth));
      if (offset !== null) return this.placeOf(offset);
    }
    return this.name;
  }

  private offset(path: Path): number | null {
    if (path.length === 0) return this.yaml.contents?.range?.[0] ?? null;
    const parent: unknown = path.length === 1 ? this.yaml.contents : this.yaml.getIn(path.slice(0, -1), true);
    const last = path[path.length - 1]!;
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === last);
      const key = pair?.key;
      return isNode(key) ? (key.range?.[0] ?? null) : null;
    }
    const node: unknown = isSeq(parent) ? parent.items[last as number] : null;
    return isNode(node) ? (node.range?.[0] ?? null) : null;
  }
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function fillIn(target: unknown, values: object): void {
  if (!isMapping(target)) return;
  for (const [key, value] of Object.entries(values)) {
    if (target[key] === undefined) target[key] = structuredClone(value);
    else if (isMapping(value) && !('kind' in value)) fillIn(target[key], value);
  }
}
