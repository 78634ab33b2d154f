import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { aboutBytes, aboutCount, aboutSeconds } from '../../src/simulation/about.ts';
import { costOfReplication } from '../../src/simulation/cost.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { arrivalsOf, type ArrivalChoice } from '../helpers/arrivals.ts';
import { scenarioOf } from '../helpers/scenario.ts';

const SLOTS = '{ kind: slots, concurrency: 2, serviceTime: { kind: exponential, mean: 1s } }';
const ENGINE =
  '{ kind: continuous-batching, maxSequences: 32, kv: { capacityTokens: 40000 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0.01ms } }';

interface Parts {
  readonly duration?: string;
  readonly arrivals?: string;
  readonly tier?: string;
  readonly replicas?: number;
  readonly serving?: string;
  readonly gateway?: string;
}

function textOf(parts: Parts): string {
  const { duration = '100s', arrivals = '{ kind: poisson, ratePerSecond: 1 }', tier = '' } = parts;
  const { replicas = 1, serving = SLOTS, gateway = '{}' } = parts;
  return `
fleetyield: 1
name: cost
horizon: { duration: ${duration} }
workload: { tiers: [ { name: all, model: any, arrivals: ${arrivals}${tier} } ] }
fleet: { pools: [ { name: main, model: any, replicas: ${replicas}, serving: ${serving} } ] }
gateway: ${gateway}
`;
}

const costOf = (parts: Parts) => costOfReplication(scenarioOf(textOf(parts)).cell);

describe('arrivals expected before any is drawn', () => {
  const cases: readonly (readonly [string, ArrivalChoice, number])[] = [
    ['3/s for 7,200 s', { kind: 'poisson', ratePerSecond: 3 }, 21_600],
    [
      'half a batch a second, of four each',
      { kind: 'batch', ratePerSecond: 0.5, size: { kind: 'constant', value: 4 } },
      14_400,
    ],
    [
      // In one state three times as long as in the other: (3 × 2 + 1 × 10) ÷ 4 = 4 a second.
      'a rate that jumps between 2/s for 30 s and 10/s for 10 s',
      { kind: 'mmpp', ratesPerSecond: [2, 10], meanStay: [30, 10] },
      28_800,
    ],
    [
      // Hours 0 and 1 have 6 and 2 times the mean of the day, which is (6 + 2 + 22 × 0.7272…) ÷ 24 = 1 of the written rate.
      'two hours of a day whose first hours have 6 and 2 times its mean',
      {
        kind: 'nonhomogeneous',
        ratePerSecond: 1,
        hourOfDay: [6, 2, ...Array<number>(22).fill(16 / 22)],
      },
      3_600 * 8,
    ],
    [
      'two sources together',
      {
        kind: 'superposition',
        sources: [
          { kind: 'poisson', ratePerSecond: 1 },
          { kind: 'renewal', ratePerSecond: 2, gap: { kind: 'constant' } },
        ],
      },
      21_600,
    ],
    [
      'a trace of three requests in 10 s, played twice',
      {
        kind: 'replay',
        requests: [{ at: 0 }, { at: 4 }, { at: 10 }],
        timeScale: 1,
        repeat: 2,
        length: 10,
      },
      6,
    ],
  ];
  it.each(cases)('of %s', (_, choice, expected) => {
    expect(arrivalsOf(choice).expectedBy(7_200)).toBeCloseTo(expected, 6);
  });

  it('counts a trace up to the instant', () => {
    const trace = {
      kind: 'replay',
      timeScale: 2,
      repeat: 1,
      requests: [{ at: 0 }, { at: 4 }, { at: 10 }],
    } as const;
    expect(arrivalsOf({ ...trace, requests: [...trace.requests] }).expectedBy(8)).toBe(2);
  });

  it('counts the jumps between states that bring no arrival', () => {
    // In the mean a jump every (0.01 s + 0.03 s) / 2: 50 a second.
    const jumping: ArrivalChoice = { kind: 'mmpp', ratesPerSecond: [1, 1], meanStay: [0.01, 0.03] };
    const [jumps] = arrivalsOf(jumping).jumpsBy!(10);
    expect(jumps).toMatchObject({ path: 'meanStay' });
    expect(jumps!.count).toBeCloseTo(500, 6);
    const several = arrivalsOf({
      kind: 'superposition',
      sources: [{ kind: 'poisson', ratePerSecond: 1 }, jumping],
    });
    expect(several.jumpsBy!(10)).toEqual([{ path: 'sources[1].meanStay', count: jumps!.count }]);
  });
});

describe('the estimate of a replication', () => {
  /** Runs of some thousand requests; a Poisson count of 2,000 is within 10 % but once in 10⁵ times. */
  const runs: readonly (readonly [string, Parts])[] = [
    ['slots with room', { duration: '2000s', replicas: 2 }],
    [
      'an engine',
      {
        duration: '2000s',
        serving: ENGINE,
        tier: ', lengths: { prompt: { kind: constant, value: 300 }, output: { kind: constant, value: 50 } }',
      },
    ],
    [
      'a closed loop',
      {
        duration: '2000s',
        replicas: 8,
        arrivals: '{ kind: closed-loop, users: 10, think: { kind: exponential, mean: 9s } }',
      },
    ],
    [
      'a closed loop beyond what is served',
      {
        duration: '1000s',
        arrivals: '{ kind: closed-loop, users: 50, think: { kind: exponential, mean: 1s } }',
      },
    ],
    [
      'sessions',
      {
        duration: '4000s',
        replicas: 4,
        arrivals: '{ kind: poisson, ratePerSecond: 0.2 }',
        tier: ', session: { turns: { kind: constant, value: 5 }, think: { kind: exponential, mean: 4s } }',
      },
    ],
    [
      'retries of a full queue',
      {
        duration: '1000s',
        arrivals: '{ kind: poisson, ratePerSecond: 4 }',
        tier: ', retries: { maxAttempts: 4, backoff: { base: 1s, jitter: none } }',
        gateway: '{ admission: { kind: bounded, maxWaiting: 2 } }',
      },
    ],
    [
      'clients who lose patience',
      {
        duration: '1000s',
        arrivals: '{ kind: poisson, ratePerSecond: 5 }',
        tier: ', patience: { kind: constant, value: 3s }',
      },
    ],
  ];
  it.each(runs)('is within a factor of two of what happens: %s', (_, parts) => {
    const { cell } = scenarioOf(textOf(parts));
    let [requests, attempts] = [0, 0];
    const ledger = simulate(cell, '1', 0, {
      onClosed: (table, row) => {
        requests += 1;
        attempts += table.progress.attempts[row]!;
      },
    });
    const cost = costOfReplication(cell);
    for (const [estimated, actual] of [
      [cost.requests, requests],
      [cost.attempts, attempts],
      [cost.events, ledger.events],
    ] as const) {
      expect(estimated / actual).toBeGreaterThan(0.5);
      expect(estimated / actual).toBeLessThan(2);
    }
  });

  it('grows with the horizon, the load and the retries, and takes no longer for more', () => {
    const base = costOf({}).requests;
    expect(costOf({ duration: '1000s' }).requests).toBeCloseTo(10 * base, 6);
    expect(costOf({ arrivals: '{ kind: poisson, ratePerSecond: 1e6 }' }).requests).toBeCloseTo(1e6 * base, 3);
  });

  it('counts each attempt of a request that is always refused, as long as the horizon leaves time', () => {
    // Twice the load that is served: half are refused, and come back after 1, 2, 4 s and for the fifth time not.
    const { requests, attempts } = costOf({
      duration: '10000s',
      arrivals: '{ kind: poisson, ratePerSecond: 4 }',
      tier: ', retries: { maxAttempts: 4, backoff: { base: 1s, jitter: none } }',
      gateway: '{ admission: { kind: bounded, maxWaiting: 0 } }',
    });
    expect(attempts / requests).toBeCloseTo(1 + 0.5 * 3, 1);
  });

  it('counts no attempt after the deadline of a request', () => {
    // At 0, 2, 4, 6 and 8 s, and no more before 9 s.
    const { requests, attempts } = costOf({
      duration: '10000s',
      arrivals: '{ kind: poisson, ratePerSecond: 4 }',
      tier: ', deadline: { kind: constant, value: 9s }, retries: { maxAttempts: 100, backoff: { base: 2s, factor: 1, jitter: none } }',
      gateway: '{ admission: { kind: bounded, maxWaiting: 0 } }',
    });
    expect(attempts / requests).toBeGreaterThan(1 + 0.5 * 3);
    expect(attempts / requests).toBeLessThan(1 + 0.5 * 5);
  });

  it('says of replicas of engines that they take longer to lay out than those of slots', () => {
    const seconds = (serving: string) => costOf({ replicas: 100_000, serving }).seconds;
    expect(seconds(ENGINE) / seconds(SLOTS)).toBeGreaterThan(3);
  });
});

describe('what would never end', () => {
  const refusalOf = (parts: Parts) => {
    try {
      scenarioOf(textOf(parts));
    } catch (error) {
      if (error instanceof InputError) return error.faults[0]!;
      throw error;
    }
    return null;
  };
  const failures =
    ', failures: { mtbf: { kind: constant, value: 1e-9s }, mttr: { kind: constant, value: 1e-9s } }';
  const telemetry =
    '{ telemetryInterval: 1e-9s, degradation: [ { tiers: [all], fraction: 1, trigger: { kind: load, signal: waiting, above: 5s, below: 1s }, action: { kind: cap-output, tokens: 1 } } ] }';
  const cases: readonly (readonly [string, Parts, string])[] = [
    [
      'a rate of 1e250',
      { arrivals: '{ kind: poisson, ratePerSecond: 1e250 }' },
      'workload.tiers[0].arrivals',
    ],
    [
      'batches of 1e15',
      { arrivals: '{ kind: batch, ratePerSecond: 1, size: { kind: constant, value: 1000000000000000 } }' },
      'workload.tiers[0].arrivals',
    ],
    [
      'states of 1e-9 s',
      { duration: '50week', arrivals: '{ kind: mmpp, ratesPerSecond: [1, 2], meanStay: [1e-9s, 1e-9s] }' },
      'workload.tiers[0].arrivals.meanStay',
    ],
    [
      'a trend that doubles without end',
      { duration: '50week', arrivals: '{ kind: nonhomogeneous, ratePerSecond: 1, growthPerWeek: 1e9 }' },
      'workload.tiers[0].arrivals',
    ],
    ['telemetry every 1e-9 s', { duration: '50week', gateway: telemetry }, 'gateway.telemetryInterval'],
    [
      'failures every 1e-9 s',
      { duration: '50week', serving: `${SLOTS}${failures}` },
      'fleet.pools[0].failures',
    ],
  ];
  it.each(cases)('is refused where it is written: %s', (_, parts, path) => {
    const fault = refusalOf(parts);
    expect(fault?.path).toBe(path);
    expect(fault?.message).toMatch(/asks for .*; (lower|shorten|give)/);
    expect(fault!.message.length).toBeLessThan(400);
  });

  it('says how often a rate jumps in a run where the jumps ask for more than the requests', () => {
    // 50 weeks are 3.024e7 s: with a jump every 1e-9 s 3.0e16 of them, at (2e-6 + 4e-6) / 2 requests a second 91 requests.
    const fault = refusalOf({
      duration: '50week',
      arrivals: '{ kind: mmpp, ratesPerSecond: [2e-6, 4e-6], meanStay: [1e-9s, 1e-9s] }',
    });
    expect(fault?.path).toBe('workload.tiers[0].arrivals.meanStay');
    expect(fault?.message).toMatch(
      /^asks for 3\.0e\+16 jumps between the states of the modulating chain: about .* years for one replication; give states that last longer/,
    );
  });
});

it('writes numbers of an estimate to two digits', () => {
  expect([870, 12_345, 1_234_567, 6e10, 6e16, Infinity].map(aboutCount)).toEqual([
    '870',
    '12,000',
    '1.2 million',
    '60 billion',
    '6.0e+16',
    'endlessly many',
  ]);
  expect([40, 240, 3 * 3_600, 86_400 * 12, 3e8].map(aboutSeconds)).toEqual([
    '40 s',
    '4 min',
    '3 h',
    '12 days',
    '10 years',
  ]);
  expect([50e3, 2.2e6, 24e12].map(aboutBytes)).toEqual(['50 kB', '2.2 MB', '24 TB']);
});
