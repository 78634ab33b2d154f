/**
 * Documents: a YAML text that remembers where each value stands, so that a fault can be told with file and line.
 * Values can be replaced by path before reading (`--set`). It knows YAML and paths, and nothing of what they mean.
 */
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { InputError, ParameterError, type Fault } from './errors.ts';

export type Path = readonly (string | number)[];

/** `['gateway', 'rateLimits', 0, 'kind']` as `gateway.rateLimits[0].kind`. */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

const PATH_PART = /^(?:\.?([^.[\]=]+)|\[([^\]]*)\])/;

/** The parts of a written path; `tiers[free]` names a list item by its `name` and keeps the name as text. */
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

export class SourceDocument {
  /** How the document is named to the user: usually the path it was read from. */
  readonly name: string;
  private readonly yaml: Document.Parsed;
  private readonly lines: LineCounter;
  private readonly overrides: { readonly path: Path; readonly argument: string }[] = [];

  /** Throws `InputError` when the text is not one YAML document that holds a mapping. */
  constructor(text: string, name: string) {
    this.name = name;
    this.lines = new LineCounter();
    this.yaml = parseDocument(text, { lineCounter: this.lines, prettyErrors: false, strict: true });
    const faults = this.yaml.errors.map((error) => ({
      place: `${name}:${this.lines.linePos(error.pos[0]).line}`,
      path: '',
      message: `not readable as YAML: ${error.message}; mend the line (YAML 1.2, two spaces of indent)`,
    }));
    if (faults.length > 0) throw new InputError(faults);
    if (!isMap(this.yaml.contents)) {
      throw new InputError([
        {
          place: `${name}:1`,
          path: '',
          message: 'the document is empty or not a mapping; expected "key: value" lines',
        },
      ]);
    }
  }

  /** The values as plain data, freshly made at each call. Throws `InputError` for an alias without its anchor. */
  toData(): unknown {
    try {
      return this.yaml.toJS();
    } catch (error) {
      throw new InputError([
        { place: this.name, path: '', message: `not readable as YAML: ${(error as Error).message}` },
      ]);
    }
  }

  /** Replaces one value; `argument` is `PATH=VALUE` with the value in YAML. Throws `InputError`. */
  override(argument: string): void {
    const refuse = (message: string): never => {
      throw new InputError([{ place: `--set ${argument}`, path: '', message }]);
    };
    const equals = argument.indexOf('=');
    const written = equals < 0 ? null : parsePath(argument.slice(0, equals).trim());
    if (written === null) return refuse('expected PATH=VALUE, such as fleet.pools[0].replicas=8');
    const path: (string | number)[] = [];
    for (const part of written) {
      const parent = path.length === 0 ? this.yaml.contents : this.yaml.getIn(path, true);
      if (typeof part === 'string' && !part.startsWith('[')) {
        if (isSeq(parent))
          return refuse(`${formatPath(path)} is a list; choose an item, such as ${formatPath(path)}[0]`);
        path.push(part);
        continue;
      }
      if (!isSeq(parent))
        return refuse(`${formatPath(path)} is not a list, so it has no item ${String(part)}`);
      const names = parent.items.map((item) => (isMap(item) ? item.get('name') : undefined));
      const index = typeof part === 'number' ? part : names.indexOf(part.slice(1, -1));
      if (index < 0 || index >= parent.items.length) {
        const known = names.some((name) => name !== undefined) ? `; its items are ${names.join(', ')}` : '';
        return refuse(
          `${formatPath(path)} has ${parent.items.length} items and none is ${String(part)}${known}`,
        );
      }
      path.push(index);
    }
    const value = parseDocument(argument.slice(equals + 1));
    if (value.errors.length > 0)
      return refuse(`the value is not readable as YAML: ${value.errors[0]!.message}`);
    this.yaml.setIn(path, value.contents);
    this.overrides.push({ path, argument });
  }

  /** A fault at a path of this document. */
  fault(path: Path, message: string): Fault {
    return { place: this.place(path), path: formatPath(path), message };
  }

  /** `file:line` of the value at a path, or of the nearest value above it that exists. */
  place(path: Path): string {
    const override = this.overrides.findLast(({ path: set }) => set.every((part, at) => path[at] === part));
    if (override !== undefined) return `--set ${override.argument}`;
    for (let depth = path.length; depth >= 0; depth--) {
      const offset = this.offset(path.slice(0, depth));
      if (offset !== null) return `${this.name}:${this.lines.linePos(offset).line}`;
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

/** Collects what is wrong with a document, so that the user sees every fault at once. */
export class FaultList {
  readonly faults: Fault[] = [];
  private readonly document: SourceDocument;

  constructor(document: SourceDocument) {
    this.document = document;
  }

  add(path: Path, message: string): void {
    this.faults.push(this.document.fault(path, message));
  }

  /** Runs `build` for the parameters at `path`; a `ParameterError` becomes a fault there and the answer is `null`. */
  attempt<T>(path: Path, build: () => T): T | null {
    try {
      return build();
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      const inner = parsePath(error.path) ?? [];
      this.add([...path, ...inner], error.message);
      return null;
    }
  }

  /** Throws everything found, if anything was. */
  throwIfAny(): void {
    if (this.faults.length > 0) throw new InputError(this.faults);
  }
}
