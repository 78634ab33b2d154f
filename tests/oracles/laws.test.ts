/**
 * Laws that hold for whole classes of queues, seen from the requests themselves and not from the engine's own averages:
 * Little's (I01), PASTA (I02), the utilisation law (I03) and Burke's theorem (I06).
 */
import { describe, expect, test } from 'vitest';
import { replicate } from '../../src/experiments/replicate.ts';
import { simulate } from '../../src/simulation/simulate.ts';
import { verdictOn } from '../helpers/accept.ts';
import { poissonTier, queueText, type QueueText } from '../helpers/queue.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, near, oracle } from '../helpers/shared.ts';
import { estimateOf } from '../helpers/states.ts';
import { runOf } from '../helpers/story.ts';
import { REPLICATIONS } from './cases.ts';
import { waitProbabilityOfRenewals } from './closed-forms.ts';

const indices = Array.from({ length: REPLICATIONS }, (_, index) => index);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const exponential = '{ kind: exponential, mean: 1s }';

describe('Little’s law (I01)', () => {
  const PATIENCE = 1;
  const queues: readonly (readonly [string, Pick<QueueText, 'tiers' | 'slots' | 'replicas' | 'gateway'>])[] =
    [
      ['a queue near its capacity', { tiers: [poissonTier(0.95)], slots: 1 }],
      [
        'impatient clients before three replicas',
        {
          tiers: [poissonTier(4, `patience: { kind: constant, value: ${PATIENCE}s }`)],
          slots: 1,
          replicas: 3,
          gateway: '{ routing: { kind: round-robin } }',
        },
      ],
    ];

  test.each(queues)('holds on the path of one run, to the rounding: %s', (_, queue) => {
    const text = queueText({ ...queue, service: exponential, warmUp: 100, duration: 3_000 });
    const { ledger, stories } = runOf(scenarioOf(text), 'oracle I01');
    const { from, to } = ledger.shape.window;
    const leaves = { served: 'lastTokenAt', abandoned: 'arrivedAt' } as const;
    let inside = 0;
    for (const story of stories) {
      const known = story.outcome === 'served' || story.outcome === 'abandoned';
      const left = known ? story[leaves[story.outcome]] + (story.outcome === 'abandoned' ? PATIENCE : 0) : to;
      inside += Math.max(0, Math.min(left, to) - Math.max(story.arrivedAt, from));
    }
    expect(near(mean([...ledger.meanInSystem]) * (to - from), inside, 1e-9)).toBe(true);
  });
});

describe('what arrivals see (I02)', () => {
  const DURATION = 20_000;
  const run = (arrivals: string) => {
    const scenario = scenarioOf(
      queueText({
        tiers: [`name: all, arrivals: ${arrivals}`],
        slots: 1,
        service: exponential,
        warmUp: 500,
        duration: DURATION,
      }),
    );
    return indices.map((index) => {
      const { measurements } = replicate(scenario, 'oracle I02', index, { byHour: false });
      const share = (metric: string) => {
        const found = measurements.find((one) => one.metric === metric && one.scope === 'total')!;
        if (found.observation.kind !== 'ratio') throw new Error(`${metric} is no ratio`);
        return found.observation.numerator / found.observation.denominator;
      };
      return { arrivals: share('wait.probability'), time: share('utilisation.busy') };
    });
  };
  /** An arrival of D/M/1 at load 0.8 finds the server busy with the root of σ = e^(−1.25 (1 − σ)). */
  const seenByEven = waitProbabilityOfRenewals((s) => Math.exp(-1.25 * s), 1);
  // Near 0 a share of the exact value says nothing: differences are held as those from 1.
  const apart = (pairs: ReturnType<typeof run>) => pairs.map(({ arrivals, time }) => 1 + arrivals - time);

  test('is what time averages are, when they are Poisson', () => {
    const pairs = run('{ kind: poisson, ratePerSecond: 0.8 }');
    expect(verdictOn(estimateOf('difference', apart(pairs)), 1, 0.003).objection).toBeNull();
    const seen = pairs.map(({ arrivals }) => arrivals);
    expect(verdictOn(estimateOf('seen', seen), 0.8, 0.01).objection).toBeNull();
  });

  test('is less than time averages are, when they are evenly spaced', () => {
    const pairs = run('{ kind: renewal, gap: { kind: constant }, ratePerSecond: 0.8 }');
    expect(verdictOn(estimateOf('difference', apart(pairs)), 1, 0.003).objection).toMatch(/standard errors/);
    expect(
      verdictOn(estimateOf('difference', apart(pairs)), 1 + seenByEven - 0.8, 0.003).objection,
    ).toBeNull();
    const seen = pairs.map(({ arrivals }) => arrivals);
    const time = pairs.map((pair) => pair.time);
    expect(verdictOn(estimateOf('seen', seen), seenByEven, 0.01).objection).toBeNull();
    expect(verdictOn(estimateOf('time', time), 0.8, 0.01).objection).toBeNull();
  });

  test.skipIf(NO_ORACLES !== null)(`has the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    const { metrics } = oracle('I02');
    expect([metrics.mm1_arrival_avg_busy, metrics.mm1_time_avg_busy]).toEqual([0.8, 0.8]);
    expect(metrics.dm1_time_avg_busy).toBe(0.8);
    expect(near(seenByEven, metrics.dm1_arrival_avg_busy)).toBe(true);
  });
});

describe('the utilisation law (I03)', () => {
  test('is exact between two instants at which nobody is there', () => {
    // 300 requests in 90 s at three servers of mean 1 s, and time enough to serve them all.
    const requests = Array.from({ length: 300 }, (_, n) => `{ at: ${300 * n}ms }`);
    const text = queueText({
      tiers: [`name: all, arrivals: { kind: replay, requests: [${requests.join(', ')}] }`],
      slots: 3,
      service: exponential,
      warmUp: 0,
      duration: 600,
    });
    const estimates = new Estimates(replications(scenarioOf(text), 1));
    expect(estimates.mean('requests.served')).toBe(300);
    const service = estimates.mean('e2e.mean') - estimates.mean('wait.mean');
    const used = (estimates.mean('throughput.requests') * service) / 3;
    expect(near(estimates.mean('utilisation.busy'), used, 1e-9)).toBe(true);
  });
});

describe('departures of M/M/3 (I06)', () => {
  const WINDOW = 10;
  const WINDOWS = 400;
  const WARM_UP = 200;
  const scenario = scenarioOf(
    queueText({
      tiers: [poissonTier(2)],
      slots: 3,
      service: exponential,
      warmUp: WARM_UP,
      duration: WINDOW * WINDOWS,
    }),
  );
  /** By replication, how many leave in each window of 10 s. */
  const counts = indices.map((index) => {
    const departed = new Array<number>(WINDOWS).fill(0);
    simulate(scenario.cell, 'oracle I06', index, {
      onClosed: ({ progress }, row, outcome) => {
        const window = Math.floor((progress.lastTokenAt[row]! - WARM_UP) / WINDOW);
        if (outcome === 'served' && window >= 0 && window < WINDOWS) departed[window]! += 1;
      },
    });
    return departed;
  });
  const MEAN = 2 * WINDOW;

  test('are as many as arrivals', () => {
    const rates = counts.map((departed) => mean(departed) / WINDOW);
    expect(verdictOn(estimateOf('rate', rates), 2, 0.01).objection).toBeNull();
  });

  test('vary as Poisson counts do', () => {
    // About the known mean, the second moment of each replication is without bias.
    const ratios = counts.map((departed) => mean(departed.map((n) => (n - MEAN) ** 2 / MEAN)));
    expect(verdictOn(estimateOf('variance to mean', ratios), 1, 0.03).objection).toBeNull();
  });

  test('are independent from one window to the next', () => {
    const products = counts.map((departed) =>
      mean(departed.slice(1).map((n, k) => 1 + ((n - MEAN) * (departed[k]! - MEAN)) / MEAN)),
    );
    expect(verdictOn(estimateOf('products', products), 1, 0.03).objection).toBeNull();
  });

  test.skipIf(NO_ORACLES !== null)(`have the numbers of the oracle ${NO_ORACLES ?? ''}`, () => {
    expect(oracle('I06').metrics).toEqual({ departure_rate: 2, var_to_mean_counts: 1 });
  });
});
