/** Values drawn from JSON Schemas, and values beside them. Knows the keywords that the API's schemas of requests use. */
import fc from 'fast-check';

export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

/** What stands for a property of a name in place of what its schema would draw; `null` for nothing of the kind. */
export type Known = (name: string) => fc.Arbitrary<unknown> | null;

const LONGEST = 30;

/** Values that a schema accepts. */
export function accepted(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => accepted(choice, known)));
  switch (schema.type) {
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000 });
    case 'number':
      return fc.double({
        min: schema.exclusiveMinimum ?? schema.minimum ?? 0,
        max: schema.exclusiveMaximum ?? schema.maximum ?? 1,
        minExcluded: schema.exclusiveMinimum !== undefined,
        maxExcluded: schema.exclusiveMaximum !== undefined,
        noNaN: true,
      });
    case 'boolean':
      return fc.boolean();
    case 'string':
      return schema.pattern === undefined
        ? fc.string({ minLength: schema.minLength ?? 0, maxLength: LONGEST, unit: 'binary' })
        : fc.stringMatching(new RegExp(schema.pattern));
    case 'array':
      return fc.array(accepted(schema.items!, known), { maxLength: 3 });
    default: {
      const properties = Object.entries(schema.properties ?? {}).map(
        ([name, inner]) => [name, known(name) ?? accepted(inner, known)] as const,
      );
      const requiredKeys = [...(schema.required ?? [])];
      return fc.record(Object.fromEntries(properties), { requiredKeys });
    }
  }
}

const ANY = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    '',
    '0',
    -1,
    1e308,
    0.5,
    null,
    true,
    [],
    {},
    '../../etc/passwd',
    '%00',
    'a'.repeat(300),
    { toString: 1 },
    { kind: { toString: 1, valueOf: [] } },
    { then: 1, toJSON: 1, length: -1 },
    '\ud800',
  ),
);

/** Values that a schema accepts, spoilt in one place: another value, a key too few or too many, or another thing. */
export function spoilt(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  return fc.tuple(accepted(schema, known), fc.nat(3), fc.nat(), ANY).map(([value, how, where, other]) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return other;
    const keys = Object.keys(value);
    const key = keys[where % Math.max(1, keys.length)];
    if (how === 0 || key === undefined) return other;
    if (how === 1) return { ...value, [key]: other };
    if (how === 2) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
    return { ...value, surplus: other };
  });
}
