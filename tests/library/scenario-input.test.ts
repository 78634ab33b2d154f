/**
 * The type of what a user writes. What must not compile is marked as an error that the compiler expects, so these tests
 * fail in `tsc` as well as here.
 */
import { describe, expect, it } from 'vitest';
import type { ScenarioFile, ScenarioInput } from '../../src/scenario/schema.ts';

type Tier = ScenarioInput['workload']['tiers'][number];
type Pool = ScenarioInput['fleet']['pools'][number];

const tier = {
  name: 'all',
  model: 'm',
  arrivals: { kind: 'poisson', ratePerSecond: 0.9 },
} satisfies Tier;

const pool = {
  name: 'servers',
  model: 'm',
  replicas: 1,
  serving: { kind: 'slots', concurrency: 1, serviceTime: { kind: 'exponential', mean: '1s' } },
} satisfies Pool;

const scenario = {
  fleetyield: 1,
  name: 'one queue',
  horizon: { duration: '1h' },
  workload: { tiers: [tier] },
  fleet: { pools: [pool] },
} satisfies ScenarioInput;

describe('the type of what a user writes', () => {
  it('asks for what has no default, and only that', () => {
    const { workload: _workload, ...without } = scenario;
    // @ts-expect-error -- a scenario without demand
    expect(without satisfies ScenarioInput).not.toHaveProperty('workload');
    expect(scenario).not.toHaveProperty('gateway');
  });

  it('takes durations as text, and numbers where they are read', () => {
    const read: Pick<ScenarioFile, 'horizon'>['horizon']['duration'] = 3600;
    // @ts-expect-error -- seconds are what is read, not what is written
    const written: ScenarioInput['horizon'] = { duration: 3600 };
    expect(written.duration).toBe(read);
  });

  it('refuses keys that do not exist, and kinds that do not', () => {
    // @ts-expect-error -- `ratePerSec` is not a key
    const misspelt: Tier['arrivals'] = { kind: 'poisson', ratePerSec: 1 };
    // @ts-expect-error -- no arrival process is called so
    const unknown: Tier['arrivals'] = { kind: 'poison', ratePerSecond: 1 };
    // @ts-expect-error -- a key of another kind
    const mixed: Tier['arrivals'] = { kind: 'closed-loop', ratePerSecond: 1 };
    expect([misspelt, unknown, mixed]).toHaveLength(3);
  });

  it('lets a preset stand for the settings of an engine, which are required without one', () => {
    const preset: Pool['serving'] = { kind: 'continuous-batching', preset: 'vllm' };
    // @ts-expect-error -- neither a preset nor a step-time model
    const neither: Pool['serving'] = { kind: 'continuous-batching' };
    expect([preset, neither]).toHaveLength(2);
  });

  it('nests distributions, each with its own way to write a value', () => {
    const think: Extract<Tier['arrivals'], { kind: 'closed-loop' }>['think'] = {
      kind: 'truncated',
      max: '1h',
      law: { kind: 'exponential', mean: '30s' },
    };
    const prompt: NonNullable<NonNullable<Tier['lengths']>['prompt']> = { kind: 'exponential', mean: 900 };
    // @ts-expect-error -- a number of tokens is no duration
    const wrong: NonNullable<NonNullable<Tier['lengths']>['prompt']> = { kind: 'exponential', mean: '900s' };
    expect([think, prompt, wrong]).toHaveLength(3);
  });
});
