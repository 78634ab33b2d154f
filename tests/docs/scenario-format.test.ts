/** The reference of the scenario format: whole, true and the one that the schemas make now. */
import { readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { Fields } from '../../src/input/schema.ts';
import { SchemaReader } from '../../src/input/schema-reader.ts';
import { SourceDocument } from '../../src/input/source-document.ts';
import { scenarioReferences } from '../../src/scenario/schema.ts';
import { meaningOf, scenarioFormat, sectionsOf, unitOf, type Schema } from '../../tools/scenario-format.ts';

const keys = sectionsOf().flatMap(({ heading, keys: own }) =>
  own.map((key) => ({ ...key, at: `${heading}: ${key.name}` })),
);
const isMapping = ({ properties, items }: Schema) => {
  const item = items as Schema | undefined;
  return properties !== undefined || item?.properties !== undefined || item?.then !== undefined;
};

describe('the reference of the scenario format', () => {
  it('is what the schemas say now (npm run docs)', () => {
    const page = new URL('../../docs/reference/scenario-format.md', import.meta.url);
    expect(readFileSync(page, 'utf8')).toBe(scenarioFormat());
  });

  it('has every key of the schemas, each with a meaning', () => {
    expect(keys.length).toBeGreaterThan(300);
    expect(keys.filter(({ schema }) => meaningOf(schema) === '').map(({ at }) => at)).toEqual([]);
  });

  it('has an example of every value', () => {
    expect(
      keys.filter(({ schema, example }) => !isMapping(schema) && example === undefined).map(({ at }) => at),
    ).toEqual([]);
  });

  it('has examples that the program reads', () => {
    const refused = keys.flatMap(({ at, schema, example }) => {
      if (example === undefined) return [];
      const reader = new SchemaReader(Fields({ x: schema as TSchema }), scenarioReferences);
      try {
        reader.read(new SourceDocument(JSON.stringify({ x: example }), at));
        return [];
      } catch (error) {
        return [String(error)];
      }
    });
    expect(refused).toEqual([]);
  });

  it('has the unit of every number whose name has one', () => {
    const measured = keys.filter(
      ({ schema, name }) =>
        (schema.type === 'number' || schema.type === 'integer') &&
        /Usd|PerSecond|PerToken|PerMonth$|PerMillion|Watts$|Years$|usdPer/.test(name),
    );
    expect(measured.length).toBeGreaterThan(30);
    expect(measured.filter(({ schema }) => unitOf(schema) === '').map(({ at }) => at)).toEqual([]);
  });
});
