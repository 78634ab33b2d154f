/**
 * Documents: YAML text with the position of each value, so that a fault can be reported with file and line. Values can
 * be replaced by path before reading (`--set`, and scenarios that change another). It knows YAML and paths, and nothing
 * of what they mean.
 */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Node,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { alternatives, meantBy } from './alternatives.ts';
import { firstOf, InputError, MOST_FAULTS, ParameterError, type Fault } from './errors.ts';

export type Path = readonly (string | number)[];

/** `['gateway', 'rateLimits', 0, 'kind']` as `gateway.rateLimits[0].kind`. */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

const PATH_PART = /^(?:\.?([^.[\]=]+)|\[([^\]]*)\])/;

/**
 * The parts of a written path; `tiers[free]` names a list item by its `name` and keeps the name as text, `tiers[+]` is
 * one new item at the end.
 */
function parsePath(text: string): (string | number)[] | null {
  const parts: (string | number)[] = [];
  for (let rest = text; rest !== '';) {
    const match = PATH_PART.exec(rest);
    if (match === null) return null;
    const [whole, key, item] = match;
    parts.push(key ?? (/^\d+$/.test(item!) ? Number(item) : `[${item!}]`));
    rest = rest.slice(whole.length);
  }
  return parts.length === 0 ? null : parts;
}

/** The part of a path that means a new item of a list. */
const ADDED = '[+]';

/** Reports what is wrong by throwing. */
export type Refusal = (message: string) => never;

/** A part of a path that names a list item, as the user wrote it. */
const nameOf = (part: string | number): string => (typeof part === 'number' ? `[${part}]` : part);

const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/**
 * Limits on characters, values and aliases of one document: enough for any that people write, and too low for one that
 * would take minutes or exhaust memory: a value takes more than a kilobyte while it is read.
 */
const MOST_CHARACTERS = 1 << 24;
const MOST_VALUES = 1_000_000;
const MOST_ALIASES = 10_000;

/** Lines, commas, colons, dashes and brackets of a document: every value comes with at least one of them. */
const MOST_MARKS = 600_000;
const [LINE_END, SPACE, COMMA, DASH, COLON, BRACKET, BRACE] = [10, 32, 44, 45, 58, 91, 123];

const TOO_DEEP = 'nesting too deep; write fewer levels of lists and mappings';

/** A parsed YAML document. Throws `RangeError` where it is nested too deeply for the parser. */
const yamlOf = (text: string, lines?: LineCounter): Document.Parsed =>
  parseDocument(text, {
    ...(lines === undefined ? {} : { lineCounter: lines }),
    ...{ prettyErrors: false, strict: true, uniqueKeys: false },
  });

export class SourceDocument {
  /** How the document is named to the user: usually the path it was read from. */
  readonly name: string;
  private readonly yaml: Document.Parsed;
  private readonly lines: LineCounter;
  /** Whether all aliases have been replaced by copies. */
  private withoutAliases = false;
  private readonly overrides: { readonly path: Path; readonly placeOf: (within: Path) => string }[] = [];
  private readonly filled: { readonly path: Path; readonly values: object }[] = [];

  /** Throws `InputError` when the text is not one YAML document that holds a mapping. */
  constructor(text: string, name: string) {
    this.name = name;
    this.lines = new LineCounter();
    this.requireSize(text);
    // Duplicate keys are checked below: the parser compares each key with all others of its mapping.
    this.yaml = this.parse(text);
    const faults = [...this.yaml.errors, ...this.yaml.warnings]
      .slice(0, MOST_FAULTS + 1)
      .map((error) => this.unreadable(error, text));
    forEachRepeatedKey(this.yaml, (key) => {
      faults.push(this.faultAt(key, `duplicate key ${String(key)}; keep one`));
      return faults.length <= MOST_FAULTS;
    });
    if (faults.length === 0) this.findUnusable(faults);
    // The first fault of a line often causes further faults that only confuse.
    const firsts = new Map(faults.toReversed().map((fault) => [fault.place, fault]));
    if (firsts.size > 0)
      throw new InputError(firstOf(faults.filter((fault) => firsts.get(fault.place) === fault)));
    if (!isMap(this.yaml.contents)) {
      const what = this.yaml.contents === null ? 'is empty' : 'does not hold a mapping';
      throw new InputError([
        { place: `${name}:1`, path: '', message: `the file ${what}; expected "key: value" lines` },
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

  /** A parser error as a fault for the author of the file. */
  private unreadable(error: YAMLError, text: string): Fault {
    const [at] = error.pos;
    const quote = error.code === 'MISSING_CHAR' ? /closing (["'])/.exec(error.message)?.[1] : undefined;
    // The parser reports the end of the text; the position of the open quote is more useful.
    const opened = quote === undefined ? at : text.lastIndexOf(quote, at - 1);
    const written = /^[^\s:,\]}]*/.exec(text.slice(at))![0];
    const message = {
      MULTIPLE_DOCS: 'a second document starts here; keep one document per file, without "---" lines',
      RESOURCE_EXHAUSTION: TOO_DEEP,
      TAB_AS_INDENT: 'not readable as YAML: a tab indents this line; indent with spaces',
      TAG_RESOLVE_FAILED: `the tag ${written} has no meaning here; remove it`,
    }[error.code as string];
    const otherwise =
      quote === undefined
        ? `not readable as YAML: ${error.message}; fix the line (YAML 1.2, two spaces of indent)`
        : `not readable as YAML: the ${quote} opened here is never closed; close it`;
    return { place: this.placeOf(opened), path: '', message: message ?? otherwise };
  }

  /** A stack overflow means that the text is nested too deeply, which the parser does not always report. */
  private parse(text: string): Document.Parsed {
    try {
      return yamlOf(text, this.lines);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new InputError([{ place: this.name, path: '', message: TOO_DEEP }]);
    }
  }

  private parseValue(text: string, refuse: Refusal): Document.Parsed {
    try {
      const value = yamlOf(text);
      forEachRepeatedKey(value, (key) => refuse(`duplicate key ${String(key)}; keep one`));
      return value;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return refuse(TOO_DEEP);
    }
  }

  /** Refuses a text that is too large, before parsing it. */
  private requireSize(text: string): void {
    const refuse = (message: string): never => {
      throw new InputError([{ place: this.name, path: '', message }]);
    };
    const inFiles = 'keep requests in a trace file and tables in the catalogue';
    if (text.length > MOST_CHARACTERS)
      refuse(
        `has ${text.length.toLocaleString('en')} characters; at most ${MOST_CHARACTERS.toLocaleString('en')} are accepted; ${inFiles}`,
      );
    let marks = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === COMMA || code === LINE_END || code === COLON || code === BRACKET || code === BRACE)
        marks += 1;
      else if (code === DASH && text.charCodeAt(at + 1) === SPACE) marks += 1;
    }
    if (marks > MOST_MARKS)
      refuse(
        `has ${marks.toLocaleString('en')} lines, commas, colons, dashes and brackets; at most ${MOST_MARKS.toLocaleString('en')} are accepted; ${inFiles}`,
      );
  }

  /** Valid YAML that cannot be read as values: aliases without an anchor, keys that are not text. */
  private findUnusable(faults: Fault[]): void {
    const add = (node: unknown, message: string) => {
      if (faults.length <= MOST_FAULTS) faults.push(this.faultAt(node, message));
    };
    const anchored = new Map<string, unknown>();
    let aliases = 0;
    visit(this.yaml, {
      Node: (_key, node) => {
        if (!isAlias(node) && node.anchor !== undefined) anchored.set(node.anchor, node);
      },
      Alias: (_key, alias, path) => {
        aliases += 1;
        const meant = anchored.get(alias.source);
        if (meant === undefined)
          add(
            alias,
            `*${alias.source} refers to nothing; define &${alias.source} above it, or write the value`,
          );
        else if (path.some((above) => above === meant))
          add(alias, `*${alias.source} is inside the value it refers to; write the value`);
        else if (aliases > MOST_ALIASES) {
          add(alias, `more than ${MOST_ALIASES.toLocaleString('en')} aliases; write values in their place`);
          return visit.BREAK;
        }
        return undefined;
      },
      Pair: (_key, { key }) => {
        if (!isScalar(key)) add(key, 'the key of a value must be text, not a list or a mapping');
      },
    });
  }

  private faultAt(node: unknown, message: string): Fault {
    const offset = isNode(node) ? node.range?.[0] : undefined;
    return { place: this.placeOf(offset ?? 0), path: '', message };
  }

  private placeOf(offset: number): string {
    return `${this.name}:${this.lines.linePos(offset).line}`;
  }

  /** Replaces one value; `argument` is `PATH=VALUE` with the value in YAML. Throws `InputError`. */
  override(argument: string): void {
    const refuse: Refusal = (message) => {
      throw new InputError([{ place: `--set ${argument}`, path: '', message }]);
    };
    const equals = argument.indexOf('=');
    const written = equals < 0 ? null : parsePath(argument.slice(0, equals).trim());
    if (written === null) return refuse('expected PATH=VALUE, such as fleet.pools[0].replicas=8');
    const path = this.find(written, refuse);
    const value = this.parseValue(argument.slice(equals + 1), refuse);
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

  /** Resolves a written path: names of list items become indices, `[+]` the index after the last. */
  private find(written: Path, refuse: Refusal): Path {
    this.copyAliases();
    const path: (string | number)[] = [];
    for (const part of written) {
      const parent = path.length === 0 ? this.yaml.contents : this.yaml.getIn(path, true);
      if (typeof part === 'string' && !part.startsWith('[')) {
        if (isSeq(parent))
          return refuse(`${formatPath(path)} is a list; choose an item, such as ${formatPath(path)}[0]`);
        if (isScalar(parent) && parent.value !== null)
          return refuse(
            `${formatPath(path)} is ${String(parent)}, so it has no ${part}; set the whole value`,
          );
        path.push(part);
        continue;
      }
      if (!isSeq(parent)) {
        this.refuseUnwritten(path, refuse);
        const where = path.length === 0 ? 'the file' : formatPath(path);
        return refuse(`${where} is not a list, so it has no item ${nameOf(part)}; name a key`);
      }
      const names = parent.items.map((item) => (isMap(item) ? item.get('name') : undefined));
      const count = parent.items.length;
      const index =
        part === ADDED ? count : typeof part === 'number' ? part : names.indexOf(part.slice(1, -1));
      if (part !== ADDED && (index < 0 || index >= count)) {
        const named = names.filter((name) => name !== undefined).map(String);
        const known =
          named.length === 0 ? '' : `; ${alternatives(nameOf(part).replaceAll(/^\[|\]$/g, ''), named)}`;
        return refuse(
          `${formatPath(path)} has ${countOf(count, 'item')} and none is ${nameOf(part)}${known}`,
        );
      }
      path.push(index);
    }
    return path;
  }

  /** Refuses a path to a missing list, naming the first missing key on the way and the keys that exist. */
  private refuseUnwritten(path: Path, refuse: Refusal): void {
    for (let depth = 0; depth < path.length; depth++) {
      const above = depth === 0 ? this.yaml.contents : this.yaml.getIn(path.slice(0, depth), true);
      const key = String(path[depth]);
      if (isMap(above) && above.has(path[depth])) continue;
      if (!isMap(above) || above.items.length === 0) return;
      const written = above.items.map((item) => String(item.key));
      const meant = meantBy(key, written);
      const where = depth === 0 ? 'the file' : formatPath(path.slice(0, depth));
      refuse(
        `${where} has no ${key}; ${meant === undefined ? '' : `did you mean "${meant}"? `}it has ${written.join(', ')}; ` +
          `to create a list, set all of it,  ${formatPath(path)}=[…]`,
      );
    }
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

/** Calls `wantsMore` for each duplicate key, until it returns false. */
function forEachRepeatedKey(yaml: Document, wantsMore: (key: Scalar) => boolean): void {
  visit(yaml, {
    Map: (_key, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (isScalar(key) && seen.size === seen.add(key.value).size && !wantsMore(key)) return visit.BREAK;
      }
      return undefined;
    },
  });
}

/** Collects what is wrong with a document, so that the user sees every fault at once. */
export class FaultList {
  readonly faults: Fault[] = [];
  private readonly document: SourceDocument;

  constructor(document: SourceDocument) {
    this.document = document;
  }

  /** Adds a fault. Throws once there are more than are reported. */
  add(path: Path, message: string): void {
    this.faults.push(this.document.fault(path, message));
    if (this.faults.length > MOST_FAULTS) this.throwIfAny();
  }

  /** Adds a fault at a path written relative to another. */
  addAt(path: Path, written: string, message: string): void {
    this.add([...path, ...(parsePath(written) ?? [])], message);
  }

  /** Runs `build` for the parameters at `path`; a `ParameterError` becomes a fault there and the answer is `null`. */
  attempt<T>(path: Path, build: () => T): T | null {
    try {
      return build();
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      this.addAt(path, error.path, error.message);
      return null;
    }
  }

  /** Collects the faults that `read` finds in another file; the result is then `null`. */
  gather<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.faults.push(...error.faults);
      return null;
    }
  }

  /** Throws everything found, if anything was. */
  throwIfAny(): void {
    if (this.faults.length > 0) throw new InputError(firstOf(this.faults));
  }
}

/** The value at a path within plain data, `undefined` where there is none. */
export const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, part) => (value as Record<string | number, unknown> | null | undefined)?.[part],
    data,
  );

const isMapping = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function fillIn(target: unknown, values: object): void {
  if (!isMapping(target)) return;
  for (const [key, value] of Object.entries(values)) {
    if (target[key] === undefined) target[key] = structuredClone(value);
    else if (isMapping(value) && !('kind' in value)) fillIn(target[key], value);
  }
}
