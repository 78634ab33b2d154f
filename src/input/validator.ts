/**
 * Validators: schemas compiled to functions, at first use or when the program was built. It knows keywords, and nothing
 * of the messages for what they refuse.
 */
import { Ajv, _, type KeywordCxt, type SchemaObject, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { QUANTITIES } from './quantities.ts';

/** Schemas by the names that `$ref`s give them. */
export type References = Readonly<Record<string, TSchema>>;

/** The version of what the compiler makes: a change of its settings that changes that must change this. */
export const COMPILED_FORMAT = 1;

/** Finds the validator of a schema and its references that was compiled when the program was built, or `null`. */
export type PreparedValidators = (schema: TSchema, references: References) => ValidateFunction | null;

let prepared: PreparedValidators = () => null;

/** Registers validators that were compiled ahead of time: compiling the schema of scenarios takes half a second. */
export function usePreparedValidators(find: PreparedValidators): void {
  prepared = find;
}

/** The validator of a schema: the one prepared, or one compiled now. */
export function validatorOf(schema: TSchema, references: References): ValidateFunction {
  return prepared(schema, references) ?? compilerOf(references, false).compile(schema as SchemaObject);
}

/**
 * A compiler that knows the references and the keywords of quantities. With `source` it keeps what it writes, in which
 * `quantities` stands for `QUANTITIES`.
 */
export function compilerOf(references: References, source: boolean): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    discriminator: true,
    useDefaults: true,
    verbose: true,
    strict: false,
    strictNumbers: true,
    // A reader is used once or twice in a process: compiling fast matters more than running fast. That the schemas
    // are schemas is a matter of the tests.
    meta: false,
    validateSchema: false,
    code: { optimize: source, source },
  });
  for (const keyword of Object.keys(QUANTITIES))
    ajv.addKeyword({
      keyword,
      type: 'string',
      modifying: true,
      code: (context) => readQuantity(context, keyword as keyof typeof QUANTITIES),
    });
  for (const [id, reference] of Object.entries(references)) ajv.addSchema(reference, id);
  return ajv;
}

/** Generates code that replaces a written quantity by its number, or fails. */
function readQuantity(context: KeywordCxt, keyword: keyof typeof QUANTITIES): void {
  const { gen, data, schema, it } = context;
  const read = gen.scopeValue('keyword', {
    ref: QUANTITIES[keyword].read,
    code: _`quantities[${keyword}].read`,
  });
  const value = gen.const('value', _`${read}(${data}, ${schema})`);
  context.fail(_`${value} === null`);
  gen.if(_`${value} !== null`, () => {
    gen.assign(_`${it.parentData}[${it.parentDataProperty}]`, value);
    gen.assign(data, value);
  });
}
