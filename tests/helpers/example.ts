/** A strategy as its example in a scenario file chooses it. */
import type { TSchema } from 'typebox';
import { SourceDocument } from '../../src/input/source-document.ts';
import { Fields } from '../../src/input/schema.ts';
import type { ChoiceOf } from '../../src/input/strategy.ts';
import { SchemaReader } from '../../src/input/schema-reader.ts';
import { scenarioReferences } from '../../src/scenario/schema.ts';

interface AnyFamily {
  readonly schema: TSchema;
  readonly strategies: readonly { readonly kind: string; readonly example: object }[];
}

/** The example of a kind, read as a scenario file is: defaults filled in, durations in seconds. */
export function readExample<F extends AnyFamily>(family: F, kind: string): ChoiceOf<F> {
  const example = family.strategies.find((strategy) => strategy.kind === kind)?.example;
  const reader = new SchemaReader(Fields({ example: family.schema }), scenarioReferences);
  return reader.read(new SourceDocument(JSON.stringify({ example }), `${kind}.json`)).example as ChoiceOf<F>;
}
