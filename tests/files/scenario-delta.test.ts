/** Scenarios that change another: what results is the scenario one would have written, and faults are told where they stand. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { loadScenario } from '../../src/files/scenario-files.ts';
import { scenarioPath } from '../../src/files/shipped-scenarios.ts';

const catalog = readCatalog();
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleetyield-delta-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file and answers its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const load = (path: string, overrides: readonly string[] = []) => loadScenario({ path, overrides }, catalog);

const BASE = `fleetyield: 1
name: base
description: The base.
horizon: { duration: 10s }
workload:
  tiers:
    - { name: paid, model: any, arrivals: { kind: poisson, ratePerSecond: 1 } }
    - { name: free, model: any, arrivals: { kind: poisson, ratePerSecond: 2 } }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 8, serviceTime: { kind: constant, value: 1s } } }] }
`;

const delta = (changes: string, base = 'base.yaml') => `fleetyield: 1
base: ${base}
name: delta
changes:
${changes}
`;

function faultsOf(path: string): string[] {
  try {
    load(path);
  } catch (error) {
    if (error instanceof InputError) return error.message.replaceAll(folder, '').split('\n');
    throw error;
  }
  return [];
}

describe('a scenario with a base', () => {
  it('is the scenario with its changes made: the same values, the same hash', () => {
    const base = file('base.yaml', BASE);
    const changed = load(
      file(
        'delta.yaml',
        delta(
          '  - fleet.pools[main].replicas: 3\n  - workload.tiers[free].arrivals: { kind: poisson, ratePerSecond: 5 }',
        ),
      ),
    );
    const overridden = load(base, [
      'name=delta',
      'fleet.pools[0].replicas=3',
      'workload.tiers[1].arrivals={ kind: poisson, ratePerSecond: 5 }',
    ]);
    expect(changed.name).toBe('delta');
    expect(changed.resolved).toBe(overridden.resolved);
    expect(changed.hash).toBe(overridden.hash);
    expect(changed.hash).not.toBe(load(base).hash);
  });

  it('keeps what it does not change, the description too', () => {
    file('base.yaml', BASE);
    expect(load(file('delta.yaml', delta('  - workload.load: 2'))).description).toBe('The base.');
    const described = delta('  - workload.load: 2').replace('name: delta', 'name: delta\ndescription: Own.');
    expect(load(file('delta.yaml', described)).description).toBe('Own.');
  });

  it('adds to a list by [+], and later changes find what was added', () => {
    file('base.yaml', BASE);
    const { cell } = load(
      file(
        'delta.yaml',
        delta(
          '  - workload.tiers[+]: { name: batch, model: any, arrivals: { kind: poisson, ratePerSecond: 3 } }\n  - workload.tiers[batch].priority: 7',
        ),
      ),
    );
    expect(cell.tiers.map(({ rule }) => [rule.name, rule.priority])).toEqual([
      ['paid', 0],
      ['free', 0],
      ['batch', 7],
    ]);
  });

  it('may build on another, relative to its own folder, and on a shipped one by name', () => {
    file('base.yaml', BASE);
    file('below/middle.yaml', delta('  - fleet.pools[0].replicas: 2\n  - workload.load: 2', '../base.yaml'));
    const top = load(file('top.yaml', delta('  - workload.load: 3', 'below/middle.yaml')));
    expect([top.cell.load, top.cell.pools[0]!.replicas]).toEqual([3, 2]);
    const shipped = load(file('shipped.yaml', delta('  - workload.load: 1.5', 'erlang-c')));
    expect(shipped.resolved).toBe(
      load(scenarioPath('erlang-c'), ['name=delta', 'workload.load=1.5']).resolved,
    );
  });

  it('takes --set on top of its changes', () => {
    file('base.yaml', BASE);
    expect(load(file('delta.yaml', delta('  - workload.load: 2')), ['workload.load=4']).cell.load).toBe(4);
  });
});

describe('a scenario with a base is refused with the line of its own file', () => {
  it.each([
    [
      'a value out of range',
      '  - workload.load: 2\n  - fleet.pools[main].replicas: 0',
      '/delta.yaml:6 fleet.pools[0].replicas: 0 is out of range; expected a whole number of 1 or more',
    ],
    [
      'a fault deep in a value of several lines',
      '  - workload.tiers[free].arrivals:\n      kind: poisson\n      rate: 5',
      '/delta.yaml:7 workload.tiers[1].arrivals.rate: unknown key "rate"; did you mean "ratePerSecond"?',
    ],
    [
      'an item that is not there',
      '  - workload.tiers[fre].priority: 1',
      '/delta.yaml:5 changes[0].workload.tiers[fre].priority: workload.tiers has 2 items and none is [fre]; did you mean "free"? known: paid, free',
    ],
    [
      'what is no path',
      "  - '[': 1",
      '/delta.yaml:5 changes[0].[: is not a path; write one such as fleet.pools[0].replicas',
    ],
    [
      'a name that must be unique',
      '  - workload.tiers[+]: { name: free, model: any, arrivals: { kind: poisson, ratePerSecond: 3 } }',
      '/delta.yaml:5 workload.tiers[2].name: "free" is already the name of item 1; choose another name',
    ],
    [
      'changes that are no list',
      '  workload.load: 2',
      '/delta.yaml:4 changes: {"workload.load":2} is not accepted; expected a list, such as [ … ]',
    ],
  ])('%s', (_, changes, message) => {
    file('base.yaml', BASE);
    expect(
      faultsOf(file('delta.yaml', delta(changes))).filter((fault) => fault.startsWith(message)),
    ).toHaveLength(1);
  });

  it('keys beside base that belong under changes', () => {
    file('base.yaml', BASE);
    const path = file('delta.yaml', `${delta('  - workload.load: 2')}horizon: { duration: 5s }\n`);
    expect(faultsOf(path)).toEqual([
      '/delta.yaml:6 horizon: unknown key "horizon"; known: fleetyield, base, name, description, changes',
    ]);
  });

  it('a base that is neither file nor shipped scenario', () => {
    expect(faultsOf(file('delta.yaml', delta('  - workload.load: 2', 'erlang-b')))[0]).toContain(
      '/delta.yaml:2 base: erlang-b: there is no such file, and no shipped scenario of that name; did you mean "erlang-c"?',
    );
  });

  it('files that build on each other in a circle', () => {
    file('a.yaml', delta('  - workload.load: 2', 'b.yaml'));
    const b = file('b.yaml', delta('  - workload.load: 2', 'a.yaml'));
    expect(faultsOf(b)).toEqual([
      '/a.yaml:2 base: b.yaml builds on this file, so neither is complete by itself; name a scenario without base',
    ]);
    const self = file('self.yaml', delta('  - workload.load: 2', 'self.yaml'));
    expect(faultsOf(self)[0]).toContain('/self.yaml:2 base: self.yaml builds on this file');
  });

  it('a fault of the base is told in the base', () => {
    file('base.yaml', BASE.replace('concurrency: 8', 'concurrency: none'));
    expect(faultsOf(file('delta.yaml', delta('  - workload.load: 2')))[0]).toMatch(/^\/base\.yaml:9 /);
  });
});
