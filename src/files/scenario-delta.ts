/**
 * Scenarios written as changes to another: a file with `base` and `changes`. It knows files and how they build on each
 * other; values are checked in the resulting scenario.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join, dirname, resolve } from 'node:path';
import { Type } from 'typebox';
import { SourceDocument } from '../input/source-document.ts';
import { InputError } from '../errors.ts';
import { Fields } from '../input/schema.ts';
import { SchemaReader } from '../input/schema-reader.ts';
import { noSuchScenario, shippedScenario } from './shipped-scenarios.ts';
import type { InputFiles } from './input-files.ts';
import { calledInMessages } from './file-bytes.ts';
import { atFile, readGivenText } from './text-file.ts';

/** The schema of a file that changes another. */
export const deltaSchema = Fields({
  fleetyield: Type.Literal(1, { description: 'The version of the layout: 1.' }),
  base: Type.String({
    description: 'The scenario that is changed: a file, relative to this one, or a shipped one.',
    examples: ['erlang-c'],
  }),
  name: Type.String({
    minLength: 1,
    description: 'A name for tables and results.',
    examples: ['one-server-more'],
  }),
  description: Type.Optional(
    Type.String({
      description: 'What is changed and what to look at.',
      examples: ['One server more: how much shorter is the wait?'],
    }),
  ),
  changes: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
    minItems: 1,
    description: 'What is changed, in order: a path, as `--set` takes it, and its new value.',
    examples: [[{ 'fleet.pools[0].replicas': 9 }]],
  }),
});

/** A scenario document, and the file whose folder holds its traces. */
export interface ScenarioSource {
  readonly document: SourceDocument;
  readonly path: string;
}

/**
 * The document in a file; where the file changes another scenario, the changes are applied to its base. A fault in a
 * change is reported at its line in the file that makes it. Throws `InputError`.
 */
export function readScenarioDocument(path: string, files: InputFiles): ScenarioSource {
  const textOf = (file: string) => atFile(file, () => files.text(file).content);
  let root = path;
  const document = readUpon(
    { name: calledInMessages(path), id: resolve(path), text: textOf(path) },
    [],
    (given, from) => {
      const base = basePath(from, given);
      if (base === null) return null;
      root = base;
      return { name: base, id: resolve(base), text: textOf(base) };
    },
  );
  return { document, path: root };
}

/** The document in a text that was sent, as if from a file of that name; its base must be a scenario that ships. */
export function readSentDocument(text: string, name: string): SourceDocument {
  return readUpon({ name, id: '', text }, [], (given) => {
    const base = shippedScenario(given);
    // Reported by its name: the path is not disclosed to the sender.
    return base === null ? null : { name: given, id: base, text: readGivenText(base) };
  });
}

/** A text, its name, and the id that distinguishes it from others. */
interface Layer {
  readonly name: string;
  readonly id: string;
  readonly text: string;
}

/**
 * `above` are the ids of the texts that build on this one; `baseOf` finds the base of a text by name, `null` where it
 * has none.
 */
function readUpon(
  { name, id, text }: Layer,
  above: readonly string[],
  baseOf: (given: string, from: string) => Layer | null,
): SourceDocument {
  const own = new SourceDocument(text, name);
  if (own.valueAt(['base']) === undefined) return own;
  const delta = new SchemaReader(deltaSchema).read(own);
  const refuseAt =
    (at: readonly (string | number)[]) =>
    (message: string): never => {
      throw new InputError([own.fault(at, message)]);
    };
  const base = baseOf(delta.base, name) ?? refuseAt(['base'])(`${delta.base}: ${noSuchScenario(delta.base)}`);
  const chain = [...above, id];
  if (chain.includes(base.id))
    refuseAt(['base'])(
      `${delta.base} builds on this file, so neither is complete by itself; name a scenario without base`,
    );
  const document = readUpon(base, chain, baseOf);
  const change = (written: string, value: unknown, at: readonly (string | number)[]) =>
    document.change(written, value, refuseAt(at), (within) => own.place([...at, ...within]));
  change('name', delta.name, ['name']);
  if (delta.description !== undefined) change('description', delta.description, ['description']);
  delta.changes.forEach((item, index) => {
    for (const [written, value] of Object.entries(item)) change(written, value, ['changes', index, written]);
  });
  return document;
}

function basePath(path: string, base: string): string | null {
  const file = isAbsolute(base) ? base : join(dirname(path), base);
  return existsSync(file) ? file : shippedScenario(base);
}
