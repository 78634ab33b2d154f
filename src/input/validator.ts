/**
 * Validators: schemas compiled to functions, at first use or when the program was built. It knows keywords, and nothing
 * of the messages for what they refuse.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { Ajv, _, type KeywordCxt, type SchemaObject, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { QUANTITIES } from './quantities.ts';

/** Schemas by the names that `$ref`s give them. */
type References = Readonly<Record<string, TSchema>>;

/** Of a schema and its references. Settings of the compiler that change what it makes must change this. */
const FORMAT = 1;

/** Finds a validator that was compiled when the program was built, by its key; `null` where there is none. */
export type PreparedValidators = (key: string) => ValidateFunction | null;

let prepared: PreparedValidators = () => null;

/** Registers validators that were compiled ahead of time: compiling the schema of scenarios takes half a second. */
export function usePreparedValidators(find: PreparedValidators): void {
  prepared = find;
}

/** The key that identifies the validator of a schema. */
export const validatorKey = (schema: TSchema, references: References): string =>
  bytesToHex(sha256(utf8ToBytes(JSON.stringify([FORMAT, schema, references]))));

/** The validator of a schema: the one prepared, or one compiled now. */
export function validatorOf(schema: TSchema, references: References): ValidateFunction {
  return (
    prepared(validatorKey(schema, references)) ??
    compilerOf(references, false).compile(schema as SchemaObject)
  );
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
