/** Pieces that schemas of several resources are made of, and the named schemas of the OpenAPI document. */
import { Type, type Static, type TProperties, type TSchema, type TUnsafe } from 'typebox';
import { Fields } from '../../input/schema.ts';
import { MOST_NAME } from '../settings.ts';

/** A value or none. */
export const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const NumberOrNull = orNull(Type.Number());

export const Instant = Type.String({ description: 'ISO 8601, UTC.' });

const named: TSchema[] = [];

/** Read-only data, at every depth. */
type Unwritten<T> = { readonly [Key in keyof T]: Unwritten<T[Key]> };

/** A named schema of the OpenAPI document, to which others refer. */
export function component<P extends TProperties>(
  $id: string,
  properties: P,
  notes: object = {},
): TUnsafe<Unwritten<Static<ReturnType<typeof Type.Object<P>>>>> {
  named.push(Type.Object(properties, { $id, additionalProperties: false, ...notes }));
  return Type.Unsafe({ $ref: `${$id}#` });
}

/** Every named schema. */
export const COMPONENTS: readonly TSchema[] = named;

export const BatchId = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'An id of 64 hexadecimal digits.',
});

export const Hash = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'A hash of 64 hexadecimal digits.',
});

export const ScenarioName = Type.String({
  minLength: 1,
  maxLength: MOST_NAME,
  description: 'The name of a scenario.',
});

export const Overrides = Type.Array(Type.String({ maxLength: 10_000 }), {
  default: [],
  maxItems: 100,
  description: 'Values to replace, each PATH=VALUE, such as fleet.pools[0].replicas=8.',
});

export const ScenarioText = Type.String({ minLength: 1, description: 'The scenario, as YAML or JSON.' });

/** Below one half an interval says nothing; above the maximum, its quantiles are unreliable. */
export const confidence = (notes: object = {}) =>
  Type.Number({
    minimum: 0.5,
    maximum: 0.9999,
    ...notes,
    description: 'Probability that an interval covers.',
  });

export const ById = Fields({ id: BatchId });

export const ByName = Fields({ name: ScenarioName });

export const ByVersion = Fields({ name: ScenarioName, hash: Hash });

const MOST_ROWS = 1_000;

export const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: MOST_ROWS, default: 50, description: 'Rows of a page.' }),
  cursor: Type.Optional(
    Type.String({ pattern: '^[0-9]{1,15}$', description: 'The cursor `next` of the previous page.' }),
  ),
};

export const PageQuery = Fields(pageQuery);

/** A page of something; `next` is the cursor of the following page, `null` on the last. */
export const pageOf = <T extends TSchema>(items: T) => ({
  items: Type.Array(items),
  next: orNull(Type.String({ description: 'The cursor of the next page.' })),
});

export const NamedScenario = Type.Object({
  name: Type.String(),
  hash: Type.String(),
  changes: Type.Array(Type.String(), { description: 'Values replaced in it, each PATH=VALUE.' }),
});

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Repeating a key with the same body within a day repeats the first answer.',
    }),
  ),
});

export const ResumeHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ pattern: '^[0-9]{1,15}$', description: 'The id of the last event received.' }),
  ),
});
