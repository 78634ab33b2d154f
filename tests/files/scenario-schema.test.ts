/** The JSON Schema of scenario files, as an editor or another program holds files against it. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { scenarioFileSchema } from '../../src/files/scenario-schema.ts';
import { shippedScenarios } from '../../src/files/shipped-scenarios.ts';
import { hasShared, sharedPath } from '../helpers/shared.ts';
import { smallQueue } from '../helpers/queue.ts';

// Strict: a keyword that the dialect does not know is an error.
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true, strictRequired: false });
// Editors show it beside the words of an enumeration.
ajv.addKeyword('enumDescriptions');

describe('the schema of scenario files', () => {
  const validate = ajv.compile(scenarioFileSchema);
  const objections = (text: string) =>
    validate(parse(text)) ? '' : ajv.errorsText(validate.errors?.slice(0, 3));

  it('is valid in the dialect that it names', () => {
    expect(scenarioFileSchema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(ajv.validateSchema(scenarioFileSchema)).toBe(true);
  });

  it('accepts every scenario that ships', () => {
    for (const { name, path } of shippedScenarios())
      expect(objections(readFileSync(path, 'utf8')), name).toBe('');
  });

  it.skipIf(!hasShared('contract'))('accepts every scenario of the contract', () => {
    const files = readdirSync(sharedPath('contract')).filter((name) => name.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files)
      expect(objections(readFileSync(sharedPath(`contract/${file}`), 'utf8')), file).toBe('');
  });

  it('refuses what the program refuses: keys, kinds, units, ranges and what is missing', () => {
    const right = smallQueue(60);
    expect(objections(right)).toBe('');
    const ruined: Readonly<Record<string, readonly [string, string]>> = {
      'a key that nothing knows': ['name: queue', 'nmae: queue'],
      'no length of the window': ['duration: 60s', 'start: Mon 00:00'],
      'a duration without a unit': ['duration: 60s', 'duration: 60'],
      'a duration of zero': ['duration: 60s', 'duration: 0.0e3s'],
      'a unit that nobody knows': ['warmUp: 0s', 'warmUp: 0 sec'],
      'a process that does not exist': ['kind: poisson', 'kind: poison'],
      'a rate below zero': ['ratePerSecond: 1', 'ratePerSecond: -1'],
      'a distribution without its mean': ['mean: 1s', 'maen: 1s'],
      'no slots': ['concurrency: 2', 'concurrency: 0'],
    };
    for (const [what, [from, to]] of Object.entries(ruined)) {
      expect(right, what).toContain(from);
      expect(objections(right.replace(from, to)), what).not.toBe('');
    }
    expect(objections('fleetyield: 1\nbase: erlang-c\nname: other'), 'no changes').not.toBe('');
  });

  it('takes for a duration longer than zero what has a digit above zero, and a unit', () => {
    const { pattern } = durationOf(scenarioFileSchema);
    for (const text of ['1s', '0.001ms', '10 week', '1e-3s', ' 5min ']) expect(text).toMatch(pattern);
    for (const text of ['0s', '0.00 h', '0e5s', '1', 's', '1.s']) expect(text).not.toMatch(pattern);
  });
});

function durationOf(schema: object): { readonly pattern: RegExp } {
  const { $defs } = schema as { $defs: { scenario: { properties: { horizon: Horizon } } } };
  return { pattern: new RegExp($defs.scenario.properties.horizon.properties.duration.pattern, 'u') };
}

interface Horizon {
  readonly properties: { readonly duration: { readonly pattern: string } };
}
