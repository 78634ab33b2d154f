/** A cell is plain data: it can be sent to a thread or stored, and what is simulated of a copy is the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { loadScenario } from '../../src/files/scenario-files.ts';
import { shippedScenarios, scenarioPath } from '../../src/files/shipped-scenarios.ts';
import { SourceDocument } from '../../src/input/source-document.ts';
import { measure } from '../../src/metrics/index.ts';
import { readScenario } from '../../src/scenario/scenario.ts';
import type { Cell } from '../../src/simulation/cell.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { traceOf } from '../../src/workload/traces/trace.ts';

const catalog = readCatalog();
/** A file of ten requests, one a second, in place of any trace; and one of three tenants. */
const trace = traceOf(Array.from({ length: 10 }, (_, n) => ({ at: n, prompt: 50, output: 5 })));
const sources = {
  catalog,
  trace: () => ({ trace, digest: 'ten requests' }),
  tenantWeights: () => ({ weights: Float64Array.of(3, 2, 1), digest: 'three tenants' }),
};

const read = (text: string): Cell => readScenario(new SourceDocument(text, 'test.yaml'), sources).cell;

/** Every kind of data that a cell can name: a table, a profile, a trace and a file of weights. */
const NAMING = JSON.stringify({
  fleetyield: 1,
  name: 'names data',
  horizon: { duration: '2min' },
  workload: {
    tiers: [
      {
        name: 'drawn',
        model: 'any',
        tenants: 6,
        activity: { kind: 'weights', file: 'tenants.csv' },
        arrivals: { kind: 'nonhomogeneous', ratePerSecond: 2, profile: 'azure-2024-code' },
        lengths: {
          prompt: { kind: 'empirical', table: 'azure-2023-conversation.prompt' },
          output: { kind: 'constant', value: 7 },
        },
      },
      { name: 'recorded', model: 'any', arrivals: { kind: 'replay', file: 'trace.csv', format: 'csv' } },
    ],
  },
  fleet: {
    pools: [
      {
        name: 'main',
        model: 'any',
        replicas: 1,
        serving: { kind: 'slots', concurrency: 4, serviceTime: { kind: 'exponential', mean: '1s' } },
      },
    ],
  },
});

describe('a cell', () => {
  it.each(shippedScenarios().map(({ name }) => name))('is equal to its structured clone: %s', (name) => {
    // Its trace does not ship.
    const path = scenarioPath(name);
    const cell =
      name === 'azure-replay'
        ? read(readFileSync(path, 'utf8'))
        : loadScenario({ path, overrides: [] }, catalog).cell;
    expect(structuredClone(cell)).toEqual(cell);
  });

  it('gives the same numbers as its clone, whatever it names', () => {
    const cell = read(NAMING);
    const numbersOf = (one: Cell) => measure(simulate(one, 'seed', 0), true);
    expect(numbersOf(structuredClone(cell))).toEqual(numbersOf(cell));
    const { quantileTables, profiles, traces, tenantWeights } = structuredClone(cell).named;
    expect(quantileTables.size).toBe(catalog.names('quantile-table').length);
    expect(profiles.size).toBe(catalog.names('week-profile').length);
    expect([[...traces.keys()], [...tenantWeights.keys()]]).toEqual([['trace.csv'], ['tenants.csv']]);
  });

  it('names nothing of an empty catalogue', () => {
    const text = NAMING.replace(/"activity".*?\},/, '')
      .replace(/"kind":"nonhomogeneous"(.*?),"profile":"[^"]*"/, '"kind":"poisson"$1')
      .replace(/"kind":"empirical","table":"[^"]*"/, '"kind":"constant","value":9');
    const document = new SourceDocument(text, 'test.yaml');
    const { named } = readScenario(document, { ...sources, catalog: new Catalog([]) }).cell;
    expect([named.quantileTables.size, named.profiles.size, named.tenantWeights.size]).toEqual([0, 0, 0]);
  });
});
