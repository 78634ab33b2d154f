/**
 * What a validator found wrong, in words: the place, what is written there, what was expected and what may have been
 * meant. It knows schemas and nothing of what a scenario means.
 */
import type { ErrorObject, SchemaObject } from 'ajv';
import type { TSchema } from 'typebox';
import { firstOf, MOST_FAULTS, type Fault } from '../errors.ts';
import type { FaultKind } from '../faults.ts';
import { shown } from '../shown.ts';
import { belowClockStep, parseDuration, parsePeriod } from '../units.ts';
import { valueAt, type Path } from './path.ts';
import { QUANTITIES, type QuantityKeyword } from './quantities.ts';
import type { SourceDocument } from './source-document.ts';
import { alternatives } from './suggest.ts';

/** The document whose values were checked against a schema. */
export type Origin = Pick<SourceDocument, 'toData' | 'fault'>;

/**
 * The errors of a validator as faults: one for each problem, up to the limit. The validator must be
 * `verbose`.
 */
export function explain(
  errors: readonly ErrorObject[],
  document: Origin,
  references: Readonly<Record<string, TSchema>>,
): readonly Fault[] {
  const data = document.toData();
  const faults = new Map<string, Fault>();
  for (const error of withoutEchoes(errors)) {
    const path = pathOf(error.instancePath, data);
    // What is shown is what is written, not what reading made of it.
    const written = valueAt(data, path);
    const {
      at,
      message,
      kind = KIND_OF[error.keyword],
    } = describe(error, path, written === undefined ? error.data : written, references);
    const fault = { ...document.fault(at, message), ...(kind === undefined ? {} : { kind }) };
    faults.set(`${fault.path}\n${fault.message}`, fault);
    if (faults.size > MOST_FAULTS) break;
  }
  return firstOf([...faults.values()]);
}

/** Keywords whose errors are more specific than a wrong type. */
const TELLING = ['anyOf', 'const', 'enum'];

/** The kind of fault that a keyword finds, where the keyword alone says it. */
const KIND_OF: Readonly<Record<string, FaultKind>> = {
  additionalProperties: 'unknown-key',
  required: 'missing-key',
  discriminator: 'unknown-kind',
  enum: 'unknown-word',
  type: 'wrong-type',
  minimum: 'out-of-range',
  maximum: 'out-of-range',
  exclusiveMinimum: 'out-of-range',
  exclusiveMaximum: 'out-of-range',
  minItems: 'list-length',
  maxItems: 'list-length',
  items: 'list-length',
  additionalItems: 'list-length',
  minLength: 'text-form',
  pattern: 'text-form',
  ...Object.fromEntries(Object.keys(QUANTITIES).map((keyword) => [keyword, 'quantity'])),
};

/** One error for each problem: a choice that fails also reports the failures of its parts. */
function withoutEchoes(errors: readonly ErrorObject[]): ErrorObject[] {
  const known = new Map<string, { keywords: Set<string>; choices: ErrorObject[] }>();
  for (const error of errors) {
    const here = known.get(error.instancePath) ?? { keywords: new Set(), choices: [] };
    known.set(error.instancePath, here);
    here.keywords.add(error.keyword);
    if (error.keyword === 'anyOf') here.choices.push(error);
  }
  return errors.filter((error) => {
    // Which of two schemas was meant is no fault; what it found is.
    if (error.keyword === 'if') return false;
    const { keywords, choices } = known.get(error.instancePath)!;
    if (error.keyword === 'required' && error.params['missingProperty'] === 'kind')
      return !keywords.has('discriminator') && !isPartOf(error, choices);
    if (error.keyword === 'type' && TELLING.some((keyword) => keywords.has(keyword))) return false;
    return !isPartOf(error, choices);
  });
}

const isPartOf = ({ schemaPath }: ErrorObject, choices: readonly ErrorObject[]): boolean =>
  choices.some((choice) => schemaPath.startsWith(`${choice.schemaPath}/`));

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

function describe(
  error: ErrorObject,
  path: Path,
  written: unknown,
  references: Readonly<Record<string, TSchema>>,
): { readonly at: Path; readonly message: string; readonly kind?: FaultKind } {
  const schema = (error.parentSchema ?? {}) as SchemaObject;
  const value = show(written);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      return { at: [...path, key], message: `unknown key "${key}"; ${alternatives(key, keysOf(schema))}` };
    }
    case 'required': {
      const key = String(params['missingProperty']);
      const properties = (schema['properties'] ?? {}) as Record<string, SchemaObject | undefined>;
      const missing = properties[key] ?? {};
      const description = missing['description'] as string | undefined;
      const meaning = description === undefined ? '' : ` (${clause(description)})`;
      return {
        at: [...path, key],
        message: `"${key}" is missing${meaning}; give ${expectation(resolve(missing, references))}`,
      };
    }
    case 'discriminator': {
      const kinds = kindsOf(schema);
      const kind = (written as { kind?: unknown } | null)?.kind;
      return {
        at: [...path, 'kind'],
        message:
          kind === undefined
            ? `"kind" is missing; known: ${kinds.join(', ')}`
            : `unknown ${nounOf(schema)} ${show(kind)}; ${alternatives(asText(kind), kinds)}`,
      };
    }
    case 'enum':
      return {
        at: path,
        message: `invalid value ${value}; ${alternatives(asText(written), wordsOf(schema))}`,
      };
    case 'type':
      if (
        schema['type'] === 'string' &&
        ['number', 'boolean'].includes(typeof written) &&
        !isQuantity(schema)
      ) {
        return { at: path, message: `${value} is not text; write it in quotes, "${value}"` };
      }
      return {
        at: path,
        message: refusal(written, schema),
        ...(isQuantity(schema) ? { kind: 'quantity' } : {}),
      };
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return { at: path, message: `${value} is out of range; expected ${expectation(schema)}` };
    case 'minItems':
    case 'maxItems':
    case 'items':
    case 'additionalItems': {
      const length = (written as readonly unknown[]).length;
      const bound = boundsOf(schema);
      return {
        at: path,
        message: `the list has ${length} item${length === 1 ? '' : 's'}; expected ${bound}`,
      };
    }
    case 'minLength':
      return { at: path, message: `${value} is empty; write some text` };
    case 'pattern':
      return {
        at: path,
        message: `${value} is not accepted; expected ${clause(String(schema['description']))}`,
      };
    default:
      return { at: path, message: refusal(written, schema) };
  }
}

/** A value as text to compare with known words: an object may have a `toString` that is not a function. */
const asText = (value: unknown): string => (typeof value === 'string' ? value : show(value));

function refusal(written: unknown, schema: SchemaObject): string {
  if (written === null) return `has no value; expected ${expectation(schema)}`;
  if (isQuantity(schema)) {
    const seconds = 'duration' in schema && typeof written === 'string' ? parseDuration(written) : null;
    if (seconds !== null && seconds > 0) return belowClockStep(show(written));
    if ('duration' in schema && isMonths(written))
      return `${show(written)} has no fixed length; write days, such as 30d. Months of the calendar are windows of the rate limit fixed-window`;
    return `${show(written)} is not ${expectation(schema)}`;
  }
  return `${show(written)} is not accepted; expected ${expectation(schema)}`;
}

/** Whether a value is written in calendar months. */
function isMonths(written: unknown): boolean {
  const period = typeof written === 'string' ? parsePeriod(written) : null;
  return period !== null && typeof period !== 'number';
}

/** How many items a list may have. */
function boundsOf({ items, minItems: least, maxItems: most }: SchemaObject): string {
  if (Array.isArray(items)) return String(items.length);
  if (least === most) return String(least);
  const bounds = [
    least === undefined ? [] : [`at least ${least}`],
    most === undefined ? [] : [`at most ${most}`],
  ].flat();
  return bounds.join(' and ');
}

/** A description of what a schema accepts, and how to write it where that is not obvious. */
function expectation(schema: SchemaObject): string {
  const quantity = Object.keys(QUANTITIES).find((keyword) => keyword in schema) as
    QuantityKeyword | undefined;
  if (quantity !== undefined) return QUANTITIES[quantity].remedy(schema[quantity]);
  if ('const' in schema) return show(schema['const']);
  if ('enum' in schema) return `one of ${wordsOf(schema).join(', ')}`;
  if ('anyOf' in schema) return (schema['anyOf'] as SchemaObject[]).map(expectation).join(' or ');
  switch (schema['type']) {
    case 'integer':
      return `a whole number${rangeOf(schema)}`;
    case 'number':
      return `a number${rangeOf(schema)}`;
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list, such as [ … ]';
    default:
      return 'discriminator' in schema
        ? `a mapping { kind: … } of one of the kinds ${kindsOf(schema).join(', ')}`
        : `a mapping { key: value }${'properties' in schema ? ` with the keys ${keysOf(schema).join(', ')}` : ''}`;
  }
}

/** ` of 1 or more`, ` above 0 and at most 1`, or nothing. */
function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaObject): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const bounds = [
    minimum === undefined ? [] : [`of ${minimum} or more`],
    exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`],
    maximum === undefined ? [] : [`at most ${maximum}`],
    exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`],
  ].flat();
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

const resolve = (schema: SchemaObject, references: Readonly<Record<string, TSchema>>): SchemaObject =>
  (references[String(schema.$ref)] as SchemaObject | undefined) ?? schema;

const isQuantity = (schema: SchemaObject): boolean =>
  Object.keys(QUANTITIES).some((keyword) => keyword in schema);

const keysOf = (schema: SchemaObject): string[] => Object.keys((schema['properties'] ?? {}) as object);

const wordsOf = (schema: SchemaObject): string[] => (schema['enum'] as readonly unknown[]).map(String);

const kindsOf = (schema: SchemaObject): string[] =>
  ((schema['oneOf'] ?? []) as SchemaObject[]).map((member) => kindOf(member));

const nounOf = (schema: SchemaObject): string => String(schema['noun'] ?? 'kind');

function kindOf(member: SchemaObject): string {
  return String(((member['properties'] as Record<string, SchemaObject>)['kind'] as SchemaObject)['const']);
}

/** A description as the end of a sentence: lower case, no full stop. */
function clause(description: string): string {
  return `${description.charAt(0).toLowerCase()}${description.slice(1)}`.replace(/\.$/, '');
}

/** Numbers that are none, as YAML has them. */
const NOT_FINITE: Readonly<Record<string, string>> = { NaN: '.nan', Infinity: '.inf', '-Infinity': '-.inf' };

/** A value as it is quoted in a message: numbers that are none as YAML has them. */
const show = (value: unknown): string =>
  typeof value === 'number' && !Number.isFinite(value) ? NOT_FINITE[String(value)]! : shown(value);
