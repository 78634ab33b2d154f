/**
 * What every arrival process keeps to, whichever it is: each kind that is listed is held to it by its example, so a new
 * one needs a line in `KINDS` and nothing else here. Not closed loops: when their users send depends on how they are
 * served (`tests/simulation/closed-loop.test.ts`).
 */
import { describe, expect, test } from 'vitest';
import { SourceDocument } from '../../src/input/source-document.ts';
import { ParameterError } from '../../src/errors.ts';
import { readCatalog } from '../../src/files/catalog-files.ts';
import { readScenario, type Scenario } from '../../src/scenario/scenario.ts';
import { meanInterval } from '../../src/stats/index.ts';
import { arrivals } from '../../src/workload/arrivals/index.ts';
import { traceOf } from '../../src/workload/traces/trace.ts';
import { verdictOn } from '../helpers/accept.ts';
import { arrivalsOf, arrivalsUntil, type ArrivalChoice, type Surroundings } from '../helpers/arrivals.ts';
import { runOf } from '../helpers/story.ts';

interface Known {
  /** The mean rate of the example [1/s]. */
  readonly rate: number;
  /** A window in which that is the mean rate, from the start on [s]. */
  readonly window: number;
  /** The share of the provider at which arrivals are counted. */
  readonly share?: number;
  /** Whether a cell may have a share of it; true unless told. */
  readonly shared?: boolean;
}

const WEEK = 7 * 24 * 3_600;
const KINDS: Readonly<Record<string, Known>> = {
  poisson: { rate: 7, window: 1_000 },
  nonhomogeneous: { rate: 8, window: WEEK, share: 0.005 },
  renewal: { rate: 7, window: 1_000, shared: false },
  // 30 s at 20 and 2 min at 4: (600 + 480) ÷ 150.
  mmpp: { rate: 7.2, window: 10_000 },
  // Half a batch of 8.
  batch: { rate: 4, window: 4_000 },
  superposition: { rate: 6, window: 5_000, shared: false },
  tenants: { rate: 6, window: 2_000 },
  // One request a second, as TRACE below has it.
  replay: { rate: 1, window: 100, shared: false },
};

const TRACE = traceOf(Array.from({ length: 100 }, (_, n) => ({ at: n, prompt: 5, output: 5 })));
const catalog = readCatalog();
const profiles = Object.fromEntries(
  catalog.names('week-profile').map((name) => [name, Float64Array.from(catalog.profile(name)!.hours)]),
);

/** Two minutes in which tier `first` sends as told, beside what else there is. */
function scenarioWith(example: object, further: readonly object[] = [], gateway: object = {}): Scenario {
  const serviceTime = { kind: 'exponential', mean: '1s' };
  const file = {
    fleetyield: 1,
    name: 'contract',
    horizon: { start: 'Tue 13:00', duration: '2min' },
    workload: { tiers: [{ name: 'first', model: 'any', arrivals: example }, ...further] },
    fleet: {
      pools: [
        { name: 'main', model: 'any', replicas: 1, serving: { kind: 'slots', concurrency: 4, serviceTime } },
      ],
    },
    gateway,
  };
  const document = new SourceDocument(JSON.stringify(file), 'contract.yaml');
  return readScenario(document, { catalog, trace: () => ({ trace: TRACE, digest: 'one a second' }) });
}

const instants = (scenario: Scenario) =>
  runOf(scenario)
    .stories.filter(({ tier }) => tier === 0)
    .map(({ arrivedAt }) => arrivedAt);

const OTHER = {
  name: 'other',
  model: 'any',
  priority: 1,
  arrivals: {
    kind: 'mmpp',
    ratesPerSecond: [9, 1],
    meanStay: ['5s', '5s'],
  },
};
const POLICY = {
  rateLimits: [
    {
      scope: 'everyone',
      resource: 'requests',
      algorithm: { kind: 'token-bucket', perSecond: 2, burst: 3 },
    },
  ],
  admission: { kind: 'bounded', maxWaiting: 2 },
};

const open = arrivals.strategies.filter(({ kind }) => kind !== 'closed-loop');

describe.each(open)('arrivals of kind $kind', ({ kind, example }) => {
  const known = KINDS[kind];
  if (known === undefined) throw new Error(`say in KINDS what the example of ${kind} is`);
  const { rate, window, share = 1, shared = true } = known;
  const choice = scenarioWith(example).cell.tiers[0]!.rule.arrivals as ArrivalChoice;
  const around = (name: string, more: Surroundings = {}) => ({
    name,
    share,
    profiles,
    trace: TRACE,
    ...more,
  });

  /** What speaks against this being the mean rate, by counts of 32 replications. */
  const objectionTo = (exact: number, more: Surroundings = {}) => {
    const counts = Array.from(
      { length: 32 },
      (_, n) => arrivalsUntil(window, choice, around(`${kind} ${n}`, more)).length / window,
    );
    const interval = meanInterval(counts, 0.95);
    // What is played from a file is the same every time.
    if (interval.halfWidth === 0)
      return interval.mean === exact ? null : `${String(interval.mean)} for ${exact}`;
    return verdictOn({ scope: 'total', metric: 'rate', unit: '1/s', ...interval }, exact, 0.05).objection;
  };

  test('are the same for the same streams', () => {
    expect(arrivalsUntil(100, choice, around('same'))).toEqual(arrivalsUntil(100, choice, around('same')));
  });

  test('never fall, and are finite as long as they come', () => {
    const process = arrivalsOf(choice, around('order'));
    let before = 0;
    for (let n = 0; n < 20_000; n++) {
      const at = process.next();
      if (at === Infinity && kind === 'replay') break;
      expect(at >= before && at < Infinity).toBe(true);
      before = at;
    }
  });

  test('stay where they are when another tier or policy comes', () => {
    const alone = instants(scenarioWith(example));
    expect(alone.length).toBeGreaterThan(50);
    expect(instants(scenarioWith(example, [OTHER]))).toEqual(alone);
    expect(instants(scenarioWith(example, [], POLICY))).toEqual(alone);
  });

  test('have the mean rate that is told (one in a million)', () => {
    expect(objectionTo(rate * share)).toBeNull();
  });

  test('come half as often at half the load (one in a million)', () => {
    expect(objectionTo((rate * share) / 2, { load: 0.5 })).toBeNull();
  });

  if (shared) {
    test('come half as often in half the cell (one in a million)', () => {
      expect(objectionTo((rate * share) / 2, { share: share / 2 })).toBeNull();
    });
  } else {
    test('are refused for a share that would have another distribution', () => {
      const half = () => arrivalsOf(choice, around('half', { share: 0.5 }));
      expect(half).toThrow(ParameterError);
      expect(half).toThrow(/so cell\.share must be 1/);
    });
  }
});
