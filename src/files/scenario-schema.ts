/**
 * The JSON Schema of scenario files as written, for editors and for programs that write them. The schemas that the
 * program reads by describe a scenario after reading: with defaults, in a dialect of its own.
 */
import { scenarioSchema } from '../scenario/schema.ts';
import { mapSchema, withoutDefaulted } from '../input/schema.ts';
import {
  DURATION_DISTRIBUTION,
  durationDistributions,
  TOKEN_DISTRIBUTION,
  tokenDistributions,
} from '../stats/index.ts';
import { WRITTEN } from '../units.ts';
import { deltaSchema } from './scenario-delta.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

type JsonSchema = Readonly<Record<string, unknown>>;

const written = (schema: unknown): JsonSchema =>
  mapSchema(schema, (one) => inDialect(withPreset(withoutDefaulted(one)))) as JsonSchema;

/**
 * Where a preset can be named, the values that it fills in are required only without one: see
 * `scenario/engine-presets.ts`.
 */
function withPreset(schema: JsonSchema): JsonSchema {
  const { properties, required, ...rest } = schema as {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
  };
  if (properties?.['preset'] === undefined || required === undefined || required.includes('preset'))
    return schema;
  const always = required.filter((name) => name === 'kind');
  return { ...rest, properties, required: always, if: { required: ['preset'] }, else: { required } };
}

/** A schema without the keywords of this program and of OpenAPI, and with tuples as 2020-12 writes them. */
function inDialect(schema: JsonSchema): JsonSchema {
  const { noun: _noun, discriminator: _discriminator, summary, items, additionalItems, ...rest } = schema;
  const { $ref, ...others } = rest as JsonSchema & { readonly $ref?: string };
  const quantity = Object.keys(others).find((keyword) => keyword in WRITTEN);
  const plain = Object.entries(others).filter(([keyword]) => keyword !== quantity);
  const list = Array.isArray(items) ? { prefixItems: items, items: additionalItems ?? true } : { items };
  return {
    // What a family decides, where the key that chooses from it says nothing of its own.
    ...(summary === undefined ? {} : { description: summary }),
    ...Object.fromEntries(plain),
    ...(quantity === undefined ? {} : { pattern: WRITTEN[quantity]!(others[quantity]) }),
    ...(items === undefined ? {} : list),
    ...($ref === undefined ? {} : { $ref: `#/$defs/${$ref}` }),
  };
}

/** The schema of a whole scenario, or of the changes to another where the file names its `base`. */
export const scenarioFileSchema: JsonSchema = {
  $schema: DIALECT,
  title: 'A scenario of fleetyield',
  type: 'object',
  if: { required: ['base'] },
  then: { $ref: '#/$defs/change' },
  else: { $ref: '#/$defs/scenario' },
  $defs: {
    scenario: written(scenarioSchema),
    change: written(deltaSchema),
    [DURATION_DISTRIBUTION]: written(durationDistributions.schema),
    [TOKEN_DISTRIBUTION]: written(tokenDistributions.schema),
  },
};
