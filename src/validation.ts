/**
 * Validation: holds a document against a schema, fills in the documented defaults, turns written quantities into
 * numbers, and says in words what is wrong. It knows schemas and nothing of what a scenario means.
 */
import { Ajv, type ErrorObject, type SchemaObject, type ValidateFunction } from 'ajv';
import { distance } from 'fastest-levenshtein';
import type { Static, TSchema } from 'typebox';
import type { Path, SourceDocument } from './document.ts';
import { InputError, type Fault } from './errors.ts';
import { DURATION_UNITS, parseClockWindow, parseDuration, parseWeekTime } from './units.ts';

/** How each quantity keyword reads its text; `null` refuses it. */
const QUANTITIES = {
  duration: {
    read: (text: string, bound: unknown) => {
      const seconds = parseDuration(text);
      return seconds === null || (bound === 'positive' && seconds === 0) ? null : seconds;
    },
    remedy: (bound: unknown) =>
      `is not a ${bound === 'positive' ? 'duration longer than zero' : 'duration'}; ` +
      `write a number with a unit (${DURATION_UNITS.join(' ')}), such as 250ms or 1.5h`,
  },
  weekTime: {
    read: parseWeekTime,
    remedy: () => 'is not a time of the week; write a day and a time, such as Tue 13:00',
  },
  clockWindow: {
    read: parseClockWindow,
    remedy: () => 'is not a weekly window; write days and times within a day, such as Mon-Fri 13:00-21:00',
  },
} as const;

type QuantityKeyword = keyof typeof QUANTITIES;

/** Reads documents of one schema. `references` are the schemas that its `$ref`s name. */
export class SchemaReader<Schema extends TSchema> {
  private readonly validate: ValidateFunction;

  constructor(schema: Schema, references: Readonly<Record<string, TSchema>> = {}) {
    const ajv = new Ajv({
      allErrors: true,
      discriminator: true,
      useDefaults: true,
      verbose: true,
      strict: false,
    });
    for (const [keyword, { read }] of Object.entries(QUANTITIES)) {
      ajv.addKeyword({
        keyword,
        type: 'string',
        modifying: true,
        errors: false,
        validate: (bound: unknown, text: string, _schema: unknown, context?: DataContext): boolean => {
          const value = read(text, bound);
          if (value !== null && context !== undefined) context.parentData[context.parentDataProperty] = value;
          return value !== null;
        },
      });
    }
    for (const [id, reference] of Object.entries(references)) ajv.addSchema(reference as SchemaObject, id);
    this.validate = ajv.compile(schema as SchemaObject);
  }

  /** The document's values after reading. Throws `InputError` with every fault found. */
  read(document: SourceDocument): Static<Schema> {
    const data = document.toData();
    if (!this.validate(data)) {
      throw new InputError(explain(this.validate.errors ?? [], document));
    }
    return data as Static<Schema>;
  }
}

interface DataContext {
  readonly parentData: Record<string | number, unknown>;
  readonly parentDataProperty: string | number;
}

function explain(errors: readonly ErrorObject[], document: SourceDocument): Fault[] {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    const path = pathOf(error.instancePath, document.toData());
    const { at, message } = describe(error, path);
    const fault = document.fault(at, message);
    faults.set(`${fault.path}\n${fault.message}`, fault);
  }
  return [...faults.values()];
}

/** A JSON pointer as a path; a part is an index only where the data holds a list. */
function pathOf(pointer: string, data: unknown): Path {
  const path: (string | number)[] = [];
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(data) ? Number(key) : key);
    data = (data as Record<string, unknown> | undefined)?.[key];
  }
  return path;
}

function describe(error: ErrorObject, path: Path): { readonly at: Path; readonly message: string } {
  const schema = (error.parentSchema ?? {}) as SchemaObject;
  const value = show(error.data);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys((schema['properties'] ?? {}) as object);
      return { at: [...path, key], message: `unknown key "${key}"; ${alternatives(key, known)}` };
    }
    case 'required': {
      const key = String(params['missingProperty']);
      const properties = (schema['properties'] ?? {}) as Record<string, SchemaObject | undefined>;
      const meaning = properties[key]?.['description'] as string | undefined;
      return {
        at: [...path, key],
        message: `"${key}" is missing${meaning === undefined ? '' : `; it is ${lowerFirst(meaning)}`}`,
      };
    }
    case 'discriminator': {
      const noun = String(schema['noun'] ?? 'kind');
      const kinds = ((schema['oneOf'] ?? []) as SchemaObject[]).map((member) => kindOf(member));
      const kind = (error.data as { kind?: unknown } | null)?.kind;
      return {
        at: [...path, 'kind'],
        message:
          kind === undefined
            ? `"kind" is missing; known ${noun}s: ${kinds.join(', ')}`
            : `unknown ${noun} ${show(kind)}; ${alternatives(String(kind), kinds)}`,
      };
    }
    case 'enum': {
      const words = (params['allowedValues'] as readonly unknown[]).map(String);
      return { at: path, message: `${value} is not known here; ${alternatives(String(error.data), words)}` };
    }
    case 'const':
      return { at: path, message: `${value} is not accepted; expected ${show(params['allowedValue'])}` };
    case 'type':
      return { at: path, message: `${value} is not ${typeName(params['type'], schema)}` };
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return {
        at: path,
        message: `${value} is out of range; expected ${String(params['comparison'])} ${String(params['limit'])}`,
      };
    case 'minItems':
    case 'maxItems':
      return {
        at: path,
        message: `the list has ${(error.data as readonly unknown[]).length} items; expected at ${error.keyword === 'minItems' ? 'least' : 'most'} ${String(params['limit'])}`,
      };
    case 'pattern':
      return {
        at: path,
        message: `${value} is not accepted; ${String(schema['description'] ?? `expected ${String(params['pattern'])}`)}`,
      };
    default:
      if (error.keyword in QUANTITIES) {
        const { remedy } = QUANTITIES[error.keyword as QuantityKeyword];
        return { at: path, message: `${value} ${remedy(error.schema)}` };
      }
      return { at: path, message: `${value}: ${error.message ?? error.keyword}` };
  }
}

function kindOf(member: SchemaObject): string {
  return String(((member['properties'] as Record<string, SchemaObject>)['kind'] as SchemaObject)['const']);
}

function alternatives(written: string, known: readonly string[]): string {
  const closest = known.toSorted((a, b) => distance(written, a) - distance(written, b))[0];
  const close = closest !== undefined && distance(written, closest) <= Math.max(2, written.length / 3);
  return `${close ? `did you mean "${closest}"? ` : ''}known: ${known.join(', ')}`;
}

function typeName(type: unknown, schema: SchemaObject): string {
  const quantity = Object.keys(QUANTITIES).find((keyword) => keyword in schema) as
    QuantityKeyword | undefined;
  if (quantity !== undefined) return QUANTITIES[quantity].remedy(schema[quantity]).replace(/^is not /, '');
  const names: Record<string, string> = {
    number: 'a number',
    integer: 'a whole number',
    string: 'text',
    boolean: 'true or false',
    array: 'a list; expected items such as [ … ]',
    object: 'a mapping; expected keys such as { … }',
  };
  const types = Array.isArray(type) ? type.map(String) : [String(type)];
  return types.map((name) => names[name] ?? name).join(' or ');
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** A value as it is quoted in a message, shortened. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
