/**
 * Scenarios written as changes of another: a file with `base` and `changes`. It knows files and how they build on each
 * other; what the values mean is checked in what results.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join, dirname, resolve } from 'node:path';
import { Type } from 'typebox';
import { SourceDocument } from '../document.ts';
import { InputError } from '../errors.ts';
import { Fields } from '../schema.ts';
import { SchemaReader } from '../validation.ts';
import { noSuchScenario, shippedScenario } from './shipped-scenarios.ts';
import { readGivenText } from './text-file.ts';

const deltaSchema = Fields({
  fleetyield: Type.Literal(1, { description: 'The version of the layout: 1.' }),
  base: Type.String({
    description: 'The scenario that is changed: a file, relative to this one, or a shipped one.',
  }),
  name: Type.String({ minLength: 1, description: 'A name for tables and results.' }),
  description: Type.Optional(Type.String({ description: 'What is changed and what to look at.' })),
  changes: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
    minItems: 1,
    description: 'What is changed, in order: a path, as `--set` takes it, and its new value.',
  }),
});

/** A scenario document, and the file in whose folder its traces are. */
export interface ScenarioSource {
  readonly document: SourceDocument;
  readonly path: string;
}

/**
 * The document in a file, with its changes made to the scenario it builds on where it is a change of another. A fault in
 * what is changed is told at its line in the file that changes it. Throws `InputError`.
 */
export function readScenarioDocument(path: string): ScenarioSource {
  return readUpon(path, []);
}

/** `above` are the files that build on this one, first the one that was asked for. */
function readUpon(path: string, above: readonly string[]): ScenarioSource {
  const own = new SourceDocument(readGivenText(path), path);
  if (own.valueAt(['base']) === undefined) return { document: own, path };
  const delta = new SchemaReader(deltaSchema).read(own);
  const refuseAt =
    (at: readonly (string | number)[]) =>
    (message: string): never => {
      throw new InputError([own.fault(at, message)]);
    };
  const base =
    basePath(path, delta.base) ?? refuseAt(['base'])(`${delta.base}: ${noSuchScenario(delta.base)}`);
  const chain = [...above, resolve(path)];
  if (chain.includes(resolve(base)))
    refuseAt(['base'])(
      `${delta.base} builds on this file, so neither stands by itself; name a scenario without base`,
    );
  const source = readUpon(base, chain);
  const { document } = source;
  const change = (written: string, value: unknown, at: readonly (string | number)[]) =>
    document.change(written, value, refuseAt(at), (within) => own.place([...at, ...within]));
  change('name', delta.name, ['name']);
  if (delta.description !== undefined) change('description', delta.description, ['description']);
  delta.changes.forEach((item, index) => {
    for (const [written, value] of Object.entries(item)) change(written, value, ['changes', index, written]);
  });
  return source;
}

function basePath(path: string, base: string): string | null {
  const file = isAbsolute(base) ? base : join(dirname(path), base);
  return existsSync(file) ? file : shippedScenario(base);
}
