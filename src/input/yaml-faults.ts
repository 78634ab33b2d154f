/**
 * Reading YAML with its faults in words: text that is too large or nested too deeply, text that is not YAML, and YAML
 * that cannot be read as values. It knows YAML, and nothing of what the values mean.
 */
import {
  isAlias,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { InputError, MOST_FAULTS, type Fault } from '../errors.ts';
import type { FaultKind } from '../faults.ts';
import type { Refusal } from './path.ts';

/**
 * Limits on characters and aliases of one document: enough for any that people write, and too low for one that would take
 * minutes or exhaust memory: a value takes more than a kilobyte while it is read.
 */
const MOST_CHARACTERS = 1 << 24;
const MOST_ALIASES = 10_000;

/** Lines, commas, colons, dashes and brackets of a document: every value comes with at least one of them. */
const MOST_MARKS = 600_000;
const [LINE_END, SPACE, COMMA, DASH, COLON, BRACKET, BRACE] = [10, 32, 44, 45, 58, 91, 123];

const TOO_DEEP = 'nesting too deep; write fewer levels of lists and mappings';

/** A parsed text, with the lines of its values. */
export interface ParsedText {
  readonly yaml: Document.Parsed;
  /** `name:line` of a position in the text. */
  readonly placeOf: (offset: number) => string;
}

/** A parsed YAML document. Throws `RangeError` where it is nested too deeply for the parser. */
const yamlOf = (text: string, lines?: LineCounter): Document.Parsed =>
  parseDocument(text, {
    ...(lines === undefined ? {} : { lineCounter: lines }),
    prettyErrors: false,
    strict: true,
    // Duplicate keys are found below: the parser compares each key with all others of its mapping.
    uniqueKeys: false,
  });

/** The document that a text holds, faulty or not. Throws `InputError` when it is too large or nested too deeply to be parsed. */
export function parseText(text: string, name: string): ParsedText {
  const refuse: Refusal = (message) => {
    throw new InputError([{ kind: 'document-size', place: name, path: '', message }]);
  };
  requireSize(text, refuse);
  const lines = new LineCounter();
  const yaml = unlessTooDeep(() => yamlOf(text, lines), refuse);
  return { yaml, placeOf: (offset) => `${name}:${lines.linePos(offset).line}` };
}

/** The document of one value that is set. What is wrong with it but for YAML's own errors is reported by `refuse`. */
export function parseValue(text: string, refuse: Refusal): Document.Parsed {
  return unlessTooDeep(() => {
    const value = yamlOf(text);
    forEachRepeatedKey(value, (key) => refuse(repeated(key)));
    return value;
  }, refuse);
}

/** A stack overflow means that the text is nested too deeply, which the parser does not always report. */
function unlessTooDeep(parse: () => Document.Parsed, refuse: Refusal): Document.Parsed {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse(TOO_DEEP);
  }
}

/** Refuses a text that is too large, before parsing it. */
function requireSize(text: string, refuse: Refusal): void {
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

/** What is wrong with a parsed text as YAML: the first fault of each line, up to one more than is reported. */
export function yamlFaults({ yaml, placeOf }: ParsedText, text: string): Fault[] {
  const faultAt: FaultAt = (node, message, kind = 'yaml-value') => {
    const offset = isNode(node) ? node.range?.[0] : undefined;
    return { kind, place: placeOf(offset ?? 0), path: '', message };
  };
  const faults = [...yaml.errors, ...yaml.warnings]
    .slice(0, MOST_FAULTS + 1)
    .map((error) => unreadable(error, text, placeOf));
  forEachRepeatedKey(yaml, (key) => {
    faults.push(faultAt(key, repeated(key), 'duplicate-key'));
    return faults.length <= MOST_FAULTS;
  });
  if (faults.length === 0) findUnusable(yaml, faults, faultAt);
  // The first fault of a line often causes further faults that only confuse.
  const firsts = new Map(faults.toReversed().map((fault) => [fault.place, fault]));
  return faults.filter((fault) => firsts.get(fault.place) === fault);
}

type FaultAt = (node: unknown, message: string, kind?: FaultKind) => Fault;

const repeated = (key: Scalar): string => `duplicate key ${String(key)}; keep one`;

/** A parser error as a fault for the author of the file. */
function unreadable(error: YAMLError, text: string, placeOf: ParsedText['placeOf']): Fault {
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
  const kind = error.code === 'RESOURCE_EXHAUSTION' ? 'document-size' : 'yaml-syntax';
  return { kind, place: placeOf(opened), path: '', message: message ?? otherwise };
}

/** Valid YAML that cannot be read as values: aliases without an anchor, keys that are not text. */
function findUnusable(yaml: Document, faults: Fault[], faultAt: FaultAt): void {
  const add = (node: unknown, message: string) => {
    if (faults.length <= MOST_FAULTS) faults.push(faultAt(node, message));
  };
  const anchored = new Map<string, unknown>();
  let aliases = 0;
  visit(yaml, {
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
