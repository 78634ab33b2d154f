/** Schemas as clients see them. */
import { mapSchema, withoutDefaulted } from '../../input/schema.ts';

const PARTS = ['body', 'querystring', 'params', 'headers'] as const;

/**
 * The schema of an operation as a client sees it: what has a default may be left out. The schemas themselves describe
 * requests after reading, when the default is filled in.
 */
export function asWritten<Schema extends Partial<Record<(typeof PARTS)[number], unknown>>>(
  schema: Schema,
): Schema {
  const parts = PARTS.filter((part) => schema[part] !== undefined);
  return {
    ...schema,
    ...Object.fromEntries(parts.map((part) => [part, mapSchema(schema[part], withoutDefaulted)])),
  };
}
