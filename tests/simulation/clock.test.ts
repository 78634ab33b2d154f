/**
 * The clock of a run: whatever the durations of a scenario are, every instant stands on the grid of whole nanoseconds
 * and time never goes back. Durations are drawn for every key of a scenario that takes one, mostly such as are no sums
 * of powers of two; the seed of the search is fixed.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateLimits } from '../../src/gateway/rate-limits/index.ts';
import { scenarioSchema } from '../../src/scenario/schema.ts';
import { durationDistributions, Streams, type UniformSource } from '../../src/stats/index.ts';
import { onGrid } from '../../src/units.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Story } from '../helpers/story.ts';

const CASES = 150;

const seconds = (text: string) => Number.parseFloat(text) / (text.endsWith('ms') ? 1_000 : 1);

/** Names of keys that were given a drawn duration. */
const drawn = new Set<string>();

/**
 * What is drawn for one scenario: durations up to about 3 s, by key (tenths, sevenths, sums that doubles miss, and
 * single steps of the clock), and choices.
 */
function drawing(source: UniformSource) {
  const whole = (least: number, most: number) => least + Math.floor(source.next() * (most - least + 1));
  const pick = <T>(...values: readonly T[]): T => values[whole(0, values.length - 1)]!;
  const one = (...keys: readonly string[]): string => {
    for (const key of keys) drawn.add(key);
    return pick(
      () => `${whole(1, 30) * 100}ms`,
      () => `${pick(0.1, 0.2, 0.3, 0.7, 1.1) * whole(1, 9)}s`,
      () => `${whole(1, 20) / 7}s`,
      () => `${whole(1, 3_000_000_000) / 1e6}ms`,
      () => `${whole(1, 5) / 1e6}ms`,
    )();
  };
  /** Two of them, the shorter first. */
  const pair = (low: string, high: string) => {
    const [a, b] = [one(low), one(high)].sort((x, y) => seconds(x) - seconds(y));
    return { [low]: a, [high]: b };
  };
  const law = (): object => {
    const kind = pick(...durationDistributions.strategies.map((strategy) => strategy.kind));
    switch (kind) {
      case 'constant':
        return { kind, value: one('value') };
      case 'uniform':
        return { kind, low: one('low'), high: `${11 + seconds(one('high'))}s` };
      case 'empirical': {
        drawn.add('quantiles');
        const [a, b] = [one(), one()].sort((x, y) => seconds(x) - seconds(y));
        return {
          kind,
          quantiles: [
            [0, a],
            [1, b],
          ],
        };
      }
      case 'truncated':
        return { kind, max: one('max'), distribution: { kind: 'exponential', mean: '1e-6ms' } };
      case 'erlang':
        return { kind, mean: one('mean'), shape: 3 };
      case 'hyperexponential':
        return { kind, mean: one('mean'), cv: 2 };
      case 'pareto':
      case 'weibull':
        return { kind, mean: one('mean'), shape: 2.5 };
      case 'lognormal':
      case 'gamma':
        return { kind, mean: one('mean'), cv: 0.7 };
      default:
        return { kind: 'exponential', mean: one('mean') };
    }
  };
  return { one, pair, pick, law };
}

type Drawing = ReturnType<typeof drawing>;

const LENGTHS = { prompt: { kind: 'constant', value: 20 }, output: { kind: 'constant', value: 4 } };

/** Step times of all kinds, with terms small enough that something is served. */
function stepTime({ one, pick }: Drawing): object {
  const small = (...keys: readonly string[]) => `${seconds(one(...keys)) / 100}s`;
  return pick<() => object>(
    () => ({
      kind: 'affine',
      base: small('base'),
      perPrefillToken: small('perPrefillToken'),
      perSequence: small('perSequence'),
      perKvToken: small('perKvToken'),
      perPrefillContext: small('perPrefillContext'),
    }),
    () => ({
      kind: 'smooth-roofline',
      base: small('base'),
      weightStreaming: small('weightStreaming'),
      perToken: small('perToken'),
      perSequence: small('perSequence'),
    }),
  )();
}

function tiers(durations: Drawing): object[] {
  const { one, pick, pair, law } = durations;
  const replayed = Array.from({ length: 4 }, () => ({ at: one('at'), patience: one('patience') })).sort(
    (a, b) => seconds(a.at) - seconds(b.at),
  );
  const last = seconds(replayed.at(-1)!.at);
  const backoff = pair('base', 'cap');
  return [
    {
      name: 'chat',
      model: 'm',
      lengths: LENGTHS,
      arrivals: {
        kind: 'mmpp',
        ratesPerSecond: [1, 4],
        meanStay: [`${1 + seconds(one('meanStay'))}s`, '1s'],
      },
      session: {
        turns: { kind: 'constant', value: 3 },
        think: law(),
        run: { deadline: one('deadline') },
      },
      slo: { ttft: one('ttft'), tpot: one('tpot'), e2e: one('e2e') },
      retries: { maxAttempts: 3, backoff },
    },
    {
      name: 'users',
      model: 'm',
      lengths: LENGTHS,
      arrivals: { kind: 'closed-loop', users: 3, think: { kind: 'uniform', low: '100ms', high: '1.1s' } },
      ...(pick(true, false) ? { patience: law() } : { deadline: law() }),
    },
    {
      name: 'replayed',
      model: 'm',
      lengths: LENGTHS,
      arrivals: {
        kind: 'replay',
        requests: replayed,
        repeat: 2,
        length: `${last + seconds(one('length'))}s`,
      },
    },
    {
      name: 'late',
      model: 'm',
      priority: 1,
      lengths: LENGTHS,
      arrivals: { kind: 'poisson', ratePerSecond: 1 },
      deferrable: { window: one('window'), reserve: 0 },
    },
    {
      name: 'featured',
      model: 'm',
      lengths: LENGTHS,
      arrivals: { kind: 'poisson', ratePerSecond: 1 },
      features: [
        {
          name: 'think',
          share: 0.5,
          rollout: { from: 0.1, start: one('start'), duration: one('duration') },
          lengths: LENGTHS,
        },
      ],
    },
  ];
}

function gateway({ one, pair, pick }: Drawing): object {
  const algorithm = pick<() => object>(
    () => ({ kind: 'token-bucket', perSecond: 5, burst: 10, tick: one('tick') }),
    () => ({ kind: 'token-bucket', perSecond: 5, burst: 10 }),
    () => ({ kind: 'gcra', perSecond: 5, burst: 10 }),
    () => ({ kind: 'fixed-window', limit: 5, window: one('window') }),
    () => ({ kind: 'sliding-window', limit: 5, window: one('window') }),
    () => ({ kind: 'quota', limit: 5, window: one('window') }),
    () => ({ kind: 'quota', limit: 5, window: one('window'), resets: 'first-use' }),
  )();
  return {
    rateLimits: [
      { scope: 'tier', resource: 'requests', algorithm, onExceed: { kind: pick('hold', 'refuse') } },
    ],
    degradation: [
      {
        trigger: { kind: 'load', signal: 'waiting', ...pair('below', 'above') },
        tiers: ['users'],
        action: { kind: 'cap-output', tokens: 2 },
      },
    ],
    admission: pick({ kind: 'unbounded' }, { kind: 'expected-delay', maxWait: one('maxWait') }),
    discipline: pick({ kind: 'fcfs' }, { kind: 'earliest-deadline', otherwise: one('otherwise') }),
    routing: {
      kind: pick('least-loaded', 'power-of-two', 'prefix-affinity'),
      scrapeInterval: one('scrapeInterval'),
    },
    telemetryInterval: `${0.01 + seconds(one('telemetryInterval'))}s`,
  };
}

/** A pool that fails, rests and lends a GPU, and one that borrows it by load. */
function changingFleet(durations: Drawing, serving: object): object {
  const { one, pair, law } = durations;
  const trigger = { kind: 'load', signal: 'waiting', ...pair('below', 'above') };
  return {
    pools: [
      {
        name: 'a',
        model: 'm',
        replicas: 3,
        serving,
        coldStart: one('coldStart'),
        failures: { mtbf: { kind: 'constant', value: `${1 + seconds(one('value'))}s` }, mttr: law() },
        maintenance: [{ windows: ['Mon 00:00-00:01'], replicas: 1 }],
      },
      { name: 'b', model: 'm', replicas: 1, serving },
    ],
    reallocation: [{ trigger, from: 'a', to: 'b', gpus: 1, switching: one('switching') }],
  };
}

const phases = ({ one }: Drawing, serving: object): object => ({
  pools: [
    { name: 'a', model: 'm', replicas: 2, serving, phase: 'prefill', link: { latency: one('latency') } },
    { name: 'b', model: 'm', replicas: 2, serving, phase: 'decode' },
  ],
});

/** The text of the nth scenario. */
function scenarioText(n: number): string {
  const durations = drawing(new Streams('clock', n).stream('durations'));
  const { one, pick, law } = durations;
  const slots = { kind: 'slots', concurrency: 2, serviceTime: law() };
  const engine = {
    kind: 'continuous-batching',
    maxSequences: 3,
    kv: { capacityTokens: 500, blockSize: 4 },
    stepTime: stepTime(durations),
  };
  const fleet = pick(
    () => changingFleet(durations, slots),
    () => changingFleet(durations, { ...slots, sharing: 'processor' }),
    () => changingFleet(durations, engine),
    () => phases(durations, engine),
  )();
  return JSON.stringify({
    fleetyield: 1,
    name: 'clock',
    horizon: { start: 'Sun 23:59', warmUp: one('warmUp'), duration: `${8 + seconds(one('duration'))}s` },
    workload: { tiers: tiers(durations) },
    fleet,
    gateway: gateway(durations),
  });
}

const instantsOf = ({ arrivedAt, attemptAt, admittedAt, firstTokenAt, lastTokenAt }: Story) =>
  [arrivedAt, attemptAt, admittedAt, firstTokenAt, lastTokenAt].filter((at) => !Number.isNaN(at));

/** The keys of a schema that take a duration. */
function keysOf(schema: unknown, key = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if ('duration' in schema && typeof schema.duration === 'string') return [key];
  return Object.entries(schema).flatMap(([name, inner]) =>
    name === 'properties'
      ? Object.entries(inner as object).flatMap(([one, of]) => keysOf(of, one))
      : keysOf(inner, key),
  );
}

test(`whatever the durations of ${CASES} scenarios are, all instants are on the grid and the books balance`, () => {
  let instants = 0;
  for (let n = 0; n < CASES; n++) {
    const { stories } = runOf(scenarioOf(scenarioText(n)));
    const found = stories.flatMap(instantsOf);
    instants += found.length;
    expect(
      found.filter((at) => onGrid(at) !== at),
      `scenario ${n}`,
    ).toEqual([]);
  }
  expect(instants).toBeGreaterThan(10_000);
  // Coefficients of the two remaining step-time models multiply numbers of tokens, as those drawn do.
  // A recorded end (finished) only shortens a think time, which is scheduled as those drawn are: closed-replay.test.ts.
  const left = ['perLayer', 'perMoeLayer', 'perCollective', 'times', 'draftTime', 'finished'];
  const all = [scenarioSchema, durationDistributions.schema, rateLimits.schema].flatMap((schema) =>
    keysOf(schema),
  );
  expect([...new Set(all)].filter((key) => !drawn.has(key) && !left.includes(key))).toEqual([]);
});

describe('telemetry', () => {
  test.each(['100ms', '200ms', '300ms', '600ms', '700ms', '1.1s', '1.7s'])(
    'every %s moves a GPU at the first look at which a request has waited too long',
    (interval) => {
      const { stories } = runOf(
        scenarioOf(`
fleetyield: 1
name: look
horizon: { duration: 30s }
workload: { tiers: [{ name: all, model: m, arrivals: { kind: replay, requests: [{ at: 0s }, { at: 0s }] } }] }
fleet:
  pools:
    - { name: main, model: m, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 20s } } }
    - { name: lent, model: other, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 1s } } }
  reallocation:
    - { trigger: { kind: load, signal: waiting, above: 2.5s, below: 0s }, from: lent, to: main, gpus: 1, switching: 0s }
gateway: { telemetryInterval: ${interval} }
`),
      );
      // In whole nanoseconds: the first multiple of the interval above 2.5 s.
      const steps = Math.round(seconds(interval) * 1e9);
      expect(stories[1]!.admittedAt).toBe(((Math.floor(2.5e9 / steps) + 1) * steps) / 1e9);
    },
  );
});

describe('the grid', () => {
  const instant = fc.oneof(
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.double({ min: 2 ** 20, max: 2 ** 24, noNaN: true }),
    fc.double({ min: 0, max: 4e9, noNaN: true }),
  );

  test('keeps instants that stand on it, puts none before an earlier one, and moves none by more than half a step', () => {
    fc.assert(
      fc.property(instant, fc.double({ min: 0, max: 1e-8, noNaN: true }), (at, later) => {
        const placed = onGrid(at);
        expect(onGrid(placed)).toBe(placed);
        expect(onGrid(at + later)).toBeGreaterThanOrEqual(placed);
        expect(Math.abs(placed - at)).toBeLessThanOrEqual(0.5e-9 + at * Number.EPSILON);
      }),
      { seed: 3, numRuns: 5_000 },
    );
  });
});

test('a measured window of one step of the clock passes the audit', () => {
  const text = (warmUp: string) => `
fleetyield: 1
name: step
horizon: { warmUp: ${warmUp}, duration: 1e-6ms }
workload: { tiers: [{ name: all, model: m, arrivals: { kind: poisson, ratePerSecond: 5 } }] }
fleet: { pools: [{ name: main, model: m, replicas: 1, serving: { kind: slots, concurrency: 1, serviceTime: { kind: exponential, mean: 300ms } } }] }
`;
  for (const warmUp of ['0s', '20.7s']) {
    const { from, to } = runOf(scenarioOf(text(warmUp))).ledger.shape.window;
    expect(to - from).toBeCloseTo(1e-9, 12);
  }
});
