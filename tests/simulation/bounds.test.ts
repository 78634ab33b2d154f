/** What a run cannot count, or would never end, is refused as input while it runs. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const textOf = (tier: string, gateway = '{}') => `
fleetyield: 1
name: bounds
horizon: { duration: 100s }
workload: { tiers: [ { name: all, model: any, ${tier} } ] }
fleet: { pools: [ { name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 2, serviceTime: { kind: constant, value: 100ms } } } ] }
gateway: ${gateway}
`;
const POISSON = 'arrivals: { kind: poisson, ratePerSecond: 1 }';

/** The first fault of reading and simulating a scenario. */
function faultOf(text: string) {
  try {
    simulate(scenarioOf(text).cell, '1', 0);
  } catch (error) {
    if (error instanceof InputError) return error.faults[0]!;
    throw error;
  }
  return null;
}

describe('lengths', () => {
  it('are refused where they are written beyond a thousand million tokens', () => {
    const fault = faultOf(textOf(`${POISSON}, lengths: { prompt: { kind: constant, value: 1e15 } }`));
    expect(fault).toMatchObject({ path: 'workload.tiers[0].lengths.prompt.value' });
    expect(fault!.message).toMatch(/out of range; expected a number from 0 to 1000000000/);
  });

  it('are refused when a distribution with a long tail draws more', () => {
    // σ² = ln(1 + 3²) = 2.3: Φ(−σ ÷ 2) = 22 % lie above the mean, and one of 100 but for 10⁻¹¹.
    const fault = faultOf(
      textOf(`${POISSON}, lengths: { output: { kind: lognormal, mean: 1000000000, cv: 3 } }`),
    );
    expect(fault).toMatchObject({ path: 'workload.tiers[all].lengths.output' });
    expect(fault!.message).toMatch(
      /^draws more than 1,000,000,000 tokens for a request; truncate the distribution/,
    );
  });

  it('are refused when the context of a session grows beyond', () => {
    const lengths = 'lengths: { prompt: { kind: constant, value: 400000000 } }';
    const session = 'session: { turns: { kind: constant, value: 5 }, think: { kind: constant, value: 1s } }';
    // 4 · 10⁸, 8 · 10⁸ and then more than 10⁹.
    expect(faultOf(textOf(`${POISSON}, ${lengths}, ${session}`))).toMatchObject({
      path: 'workload.tiers[all].session.context',
    });
  });
});

describe('numbers of requests', () => {
  const session =
    'session: { turns: { kind: constant, value: 1000000000 }, think: { kind: constant, value: 1s } }';
  it.each([
    ['open arrivals', POISSON],
    [
      'users of a closed loop',
      'arrivals: { kind: closed-loop, users: 5, think: { kind: constant, value: 1s } }',
    ],
  ])('are refused beyond those that have draws: sessions of 10⁹ turns, %s', (_, arrivals) => {
    const fault = faultOf(textOf(`${arrivals}, ${session}`));
    expect(fault).toMatchObject({ path: 'workload.tiers[all].session.turns' });
    expect(fault!.message).toMatch(/^ask for more than 4,294,967,296 requests of one tier in a run/);
  });

  it('are refused of attempts beyond those that have draws', () => {
    const fault = faultOf(textOf(`${POISSON}, retries: { maxAttempts: 1000000000, backoff: { base: 1s } }`));
    expect(fault).toMatchObject({ path: 'workload.tiers[0].retries.maxAttempts' });
  });
});

describe('waits that would not move the clock', () => {
  it('are refused where they are written', () => {
    const backoff = 'retries: { maxAttempts: 16000000, backoff: { base: 1e-300s, factor: 1 } }';
    const batch = 'arrivals: { kind: batch, ratePerSecond: 1, size: { kind: constant, value: 4 } }';
    const fault = faultOf(textOf(`${batch}, ${backoff}`, '{ admission: { kind: bounded, maxWaiting: 0 } }'));
    expect(fault?.message).toBe('"1e-300s" is shorter than a clock step; give at least 1e-6ms');
  });
});

describe('a clock that stands still', () => {
  it('is refused where turns of no time follow each other without end', () => {
    // 10⁷ turns that are thought of and served in 0 s: the run would end in theory, but far too late.
    const session =
      'session: { turns: { kind: constant, value: 10000000 }, think: { kind: constant, value: 0s } }';
    const text = textOf(`${POISSON}, ${session}`).replace('value: 100ms', 'value: 0s');
    expect(faultOf(text)?.message).toMatch(
      /^the clock is stuck at [\d.]+ s of the run: more than a million events .*(session\.think|service times).* longer than a clock step/,
    );
  });
});
