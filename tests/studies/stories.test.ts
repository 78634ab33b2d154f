/** What the study of stories changes of the shipped scenarios must still be there to change. */
import { describe, expect, test } from 'vitest';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { loadScenario } from '../../src/files/scenario-files.ts';
import { scenarioPath } from '../../src/files/shipped-scenarios.ts';
import { STORIES } from '../../studies/stories-cases.ts';

const catalog = readCatalog();

describe.each(STORIES)('the story of $scenario', ({ scenario, variants }) => {
  test.each(variants)('can be run $name', ({ overrides }) => {
    const { name } = loadScenario({ path: scenarioPath(scenario), overrides }, catalog);
    expect(name).toBe(scenario);
  });
});
