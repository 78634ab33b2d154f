/**
 * The reader of documents: checks a document against a schema, fills in the documented defaults and turns written
 * quantities into numbers. It knows schemas and nothing of what a scenario means.
 */
import type { ValidateFunction } from 'ajv';
import type { Static, TSchema } from 'typebox';
import { InputError } from '../errors.ts';
import { explain } from './explain.ts';
import type { SourceDocument } from './source-document.ts';
import { validatorOf } from './validator.ts';

/** Reads documents of one schema. `references` are the schemas that its `$ref`s name. */
export class SchemaReader<Schema extends TSchema> {
  private readonly validate: ValidateFunction;
  private readonly references: Readonly<Record<string, TSchema>>;

  constructor(schema: Schema, references: Readonly<Record<string, TSchema>> = {}) {
    this.references = references;
    this.validate = validatorOf(schema, references);
  }

  /** The document's values after reading. Throws `InputError` with every fault found. */
  read(document: SourceDocument): Static<Schema> {
    const data = document.toData();
    if (!this.validate(data)) {
      throw new InputError(explain(this.validate.errors ?? [], document, this.references));
    }
    return data as Static<Schema>;
  }
}
