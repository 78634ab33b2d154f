/** `fleetyield/core`: the pure half of the library, without Node around it. */
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { replicate } from '../../src/experiments/replicate.ts';
import type { ScenarioInput } from '../../src/scenario/schema.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const text = readFileSync(new URL('../../dist/core.js', import.meta.url), 'utf8');

const SCENARIO = {
  fleetyield: 1,
  name: 'in a page',
  horizon: { warmUp: '1min', duration: '30min' },
  workload: {
    tiers: [
      {
        name: 'all',
        model: 'any',
        arrivals: { kind: 'poisson', ratePerSecond: 0.7 },
        revenue: { kind: 'subscription', usdPerMonth: 20 },
      },
    ],
  },
  fleet: {
    pools: [
      {
        name: 'servers',
        model: 'any',
        replicas: 1,
        serving: { kind: 'slots', concurrency: 1, serviceTime: { kind: 'exponential', mean: '1s' } },
      },
    ],
  },
  economics: { gpuHour: { kind: 'rented', usdPerGpuHour: 2 } },
} as const satisfies ScenarioInput;

/** What every page and worker has beside the language; nothing of Node is among it. */
const PAGE = { TextEncoder, TextDecoder, crypto, console, performance };

/** Runs a program in a page that has loaded the file; an import of the file would fail there. */
async function inPage(program: string): Promise<unknown> {
  const { code } = await transform(text, { format: 'iife', globalName: 'fleetyield' });
  const page = createContext({ ...PAGE });
  return JSON.parse(runInContext(`${code}\nJSON.stringify((() => { ${program} })())`, page) as string);
}

describe('fleetyield/core', () => {
  it('gives in a page the numbers that it gives in Node', async () => {
    const scenario = JSON.stringify(SCENARIO);
    const result = await inPage(
      `const { measurements } = fleetyield.replicate(fleetyield.scenarioFrom(${scenario}), 'x', 0, { byHour: false }); return measurements.map(({ scope, metric, observation }) => [scope, metric, observation]);`,
    );
    const here = replicate(scenarioOf(scenario), 'x', 0, { byHour: false });
    const expected: unknown = JSON.parse(
      JSON.stringify(here.measurements.map(({ scope, metric, observation }) => [scope, metric, observation])),
    );
    expect(result).toEqual(expected);
    expect(here.measurements.length).toBeGreaterThan(50);
  });

  it('reports a fault by path, value and remedy', async () => {
    const message = await inPage(
      `try { fleetyield.scenarioFrom('fleetyield: 1\\nnaem: x\\n') } catch (error) { return error.message }`,
    );
    expect(message).toMatch(/^scenario:2 naem: unknown key "naem"; did you mean "name"\?/m);
  });
});
