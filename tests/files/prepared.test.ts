/** What the build prepares says the same as what is made at first use, and is never taken for anything else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { describe, expect, it } from 'vitest';
import { catalogFileSchema, parseCatalog } from '../../src/catalog/catalog.ts';
import { SourceDocument } from '../../src/input/source-document.ts';
import { catalogFiles } from '../../src/files/catalog-files.ts';
import { scenarioSummaries, scenarioTexts } from '../../src/files/listings.ts';
import {
  loadValidator,
  preparedCatalog,
  preparedFolder,
  preparedSummaries,
  preparedValidator,
  validatorFile,
} from '../../src/files/prepared.ts';
import { deltaSchema } from '../../src/files/scenario-delta.ts';
import { shippedScenarios } from '../../src/files/shipped-scenarios.ts';
import { pricesSchema } from '../../src/scenario/reprice.ts';
import { scenarioReferences, scenarioSchema } from '../../src/scenario/schema.ts';
import { compilerOf } from '../../src/input/validator.ts';

const prepared = preparedValidator(scenarioSchema, scenarioReferences);
const compiled: ValidateFunction = compilerOf(scenarioReferences, false).compile<unknown>(scenarioSchema);

/** What a validator makes of values, and what it finds. */
function reading(validate: ValidateFunction, values: unknown) {
  const data = structuredClone(values);
  const isValid = validate(data);
  const faults = (validate.errors ?? []).map(({ keyword, instancePath, schemaPath, params }) => ({
    keyword,
    instancePath,
    schemaPath,
    params,
  }));
  return { isValid, data, faults };
}

const scenarios = shippedScenarios().map(({ path }) =>
  new SourceDocument(readFileSync(path, 'utf8'), 'test.yaml').toData(),
);

type Mapping = Record<string, unknown>;

/** Every mapping within some values, the outer ones first. */
const mappingsIn = (values: unknown): Mapping[] =>
  typeof values !== 'object' || values === null
    ? []
    : [...(Array.isArray(values) ? [] : [values as Mapping]), ...Object.values(values).flatMap(mappingsIn)];

/** Some values as often as they have mappings, each time with a key of one of them misspelt or its value of another kind. */
function spoiled(values: unknown): unknown[] {
  return mappingsIn(values).flatMap((mapping, at) =>
    Object.keys(mapping)
      .slice(0, 2)
      .map((key, which) => {
        const copy = structuredClone(values);
        const one = mappingsIn(copy)[at]!;
        if (which === 1) one[key] = [{ a: '-2s' }];
        else {
          one[`x${key}`] = one[key];
          Reflect.deleteProperty(one, key);
        }
        return copy;
      }),
  );
}

describe('a validator that the build prepared', () => {
  it('reads every shipped scenario to the same values', () => {
    expect(scenarios.length).toBeGreaterThan(20);
    for (const values of scenarios) expect(reading(prepared!, values)).toEqual(reading(compiled, values));
  });

  it('finds the same faults in spoiled scenarios', () => {
    const wrong = scenarios.slice(0, 12).flatMap(spoiled);
    const valid = wrong.filter((values) => {
      const [mine, other] = [reading(prepared!, values), reading(compiled, values)];
      expect(mine).toEqual(other);
      return mine.isValid;
    });
    // A few values may be lists of anything.
    expect(valid.length).toBeLessThan(0.05 * wrong.length);
  });

  it('is there for every schema of files', () => {
    for (const schema of [catalogFileSchema(), deltaSchema, pricesSchema])
      expect(preparedValidator(schema, {})).not.toBeNull();
  });

  it('comes with the code that V8 made of it, which this Node takes', () => {
    const path = join(preparedFolder(), validatorFile(scenarioSchema, scenarioReferences));
    expect(loadValidator(path).script.cachedDataRejected).toBe(false);
  });

  it('is not taken for that of a schema that has changed since', () => {
    const changed = { ...scenarioSchema, description: 'Another one.' };
    expect(preparedValidator(changed, scenarioReferences)).toBeNull();
    expect(preparedValidator(scenarioSchema, {})).toBeNull();
  });
});

describe('the catalogue that the build read', () => {
  const files = catalogFiles();

  it('has the entries of its files', () => {
    expect(preparedCatalog(files)).toEqual(parseCatalog(files).entries);
  });

  it('is not taken for that of files that have changed since', () => {
    const [first, ...others] = files;
    expect(preparedCatalog([{ ...first!, text: `${first!.text} ` }, ...others])).toBeNull();
    expect(preparedCatalog(others)).toBeNull();
  });
});

describe('the summaries of scenarios that the build found', () => {
  const files = scenarioTexts();

  it('are those of the files', () => {
    expect(preparedSummaries(files)).toEqual(scenarioSummaries(files));
  });

  it('are not taken for those of files that have changed since', () => {
    const [first, ...others] = files;
    expect(preparedSummaries([{ ...first!, text: `${first!.text} ` }, ...others])).toBeNull();
  });
});
