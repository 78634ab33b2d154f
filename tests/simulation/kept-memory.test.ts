/** A replication uses the memory of the one before it on the same thread, and must see nothing of it. */
import { describe, expect, test } from 'vitest';
import { loadScenario, readCatalog, replicate, simulate } from '../../src/index.ts';

const catalog = readCatalog();
const load = (name: string, ...overrides: string[]) =>
  loadScenario({ path: `configs/scenarios/${name}.yaml`, overrides }, catalog);

const SCENARIOS = [
  load('priorities-patience-retries', 'horizon.duration=20min', 'horizon.warmUp=1min'),
  load('agents', 'horizon.duration=2min', 'horizon.warmUp=10s'),
  load('disaggregated', 'horizon.duration=2min', 'horizon.warmUp=10s'),
  load('failed-rack', 'horizon.duration=2min', 'horizon.warmUp=10s'),
  load('retry-storm', 'horizon.duration=5min', 'horizon.warmUp=1min'),
  load('valleys', 'horizon.duration=10min', 'horizon.warmUp=1min'),
  load('two-requests'),
];

const resultOf = (scenario: (typeof SCENARIOS)[number]) => replicate(scenario, 'kept', 0, { byHour: true });

describe('a replication', () => {
  test('has the same results whatever ran before it', () => {
    const forwards = SCENARIOS.map(resultOf);
    const backwards = SCENARIOS.toReversed().map(resultOf).reverse();
    expect(backwards).toEqual(forwards);
  });

  test('that ends in an error leaves nothing to the next', () => {
    const scenario = SCENARIOS[0]!;
    const alone = resultOf(scenario);
    const stop = () => {
      throw new Error('enough');
    };
    expect(() => simulate(scenario.cell, 'kept', 0, { onClosed: stop })).toThrow('enough');
    expect(resultOf(scenario)).toEqual(alone);
  });

  test('may run another from within: each has memory of its own', () => {
    const [outer, inner] = [SCENARIOS[0]!, SCENARIOS[6]!];
    const alone = simulate(outer.cell, 'kept', 0);
    let runs = 0;
    const nested = simulate(outer.cell, 'kept', 0, {
      onClosed: () => {
        if (runs++ === 5) simulate(inner.cell, 'kept', 0);
      },
    });
    expect(nested.cohort).toEqual(alone.cohort);
    expect(nested.fingerprints).toEqual(alone.fingerprints);
  });
});
