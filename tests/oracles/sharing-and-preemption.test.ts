/**
 * Servers that are shared or taken away, held against their exact answers (oracles C01, C02, C05, C07, C09 and I05), run
 * through the engine. 32 replications a case; the half-widths stated are those that the short horizons of continuous
 * integration reach, `FLEETYIELD_PRECISION=full` multiplies the horizons and asks for the oracles' own.
 */
import { describe, expect, test } from 'vitest';
import type { Estimate } from '../../src/experiments/estimate.ts';
import { meanInterval } from '../../src/stats/index.ts';
import { FULL_PRECISION, verdictOn } from '../helpers/accept.ts';
import { poissonTier, queueText, type QueueText } from '../helpers/queue.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, near, oracle } from '../helpers/shared.ts';
import { runOf, type Story } from '../helpers/story.ts';
import {
  discriminatorySharing,
  preemptiveClasses,
  preemptiveResumeTimes,
  restartedJob,
} from './interruption-forms.ts';

const REPLICATIONS = 32;
const LONGER = 12;
const scaled = (queue: QueueText): QueueText => ({
  ...queue,
  duration: queue.duration * (FULL_PRECISION ? LONGER : 1),
});
const estimatesOf = (queue: QueueText) =>
  new Estimates(replications(scenarioOf(queueText(scaled(queue))), REPLICATIONS));
const agrees = (estimate: Estimate, exact: number, within: number, full = 0.02) =>
  expect(verdictOn(estimate, exact, FULL_PRECISION ? full : within).objection).toBeNull();
const estimateOf = (metric: string, values: readonly number[]): Estimate => ({
  scope: 'total',
  metric,
  unit: '1',
  ...meanInterval(values, 0.95),
});
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const timeInSystem = ({ lastTokenAt, arrivedAt }: Story) => lastTokenAt - arrivedAt;

describe('slots with processor sharing', () => {
  /** E[T] = E[S] ÷ (1 − ρ), whatever the law; each request's time is its own service ÷ (1 − ρ). */
  const ps = (service: string, rate = 0.75, duration = 6_000): QueueText => ({
    tiers: [poissonTier(rate)],
    slots: 1,
    serving: ', sharing: processor',
    service,
    warmUp: 400,
    duration,
  });

  // What varies more is watched for longer.
  for (const [law, service, duration, within] of [
    ['exponential', '{ kind: exponential, mean: 1s }', 6_000, 0.04],
    ['lognormal', '{ kind: lognormal, mean: 1s, cv: 2 }', 18_000, 0.05],
    ['constant', '{ kind: constant, value: 1s }', 6_000, 0.03],
  ] as const) {
    test(`give everybody a time of E[S] ÷ (1 − ρ) with ${law} service: insensitive to its law`, () => {
      const estimates = estimatesOf(ps(service, 0.75, duration));
      agrees(estimates.of('e2e.mean'), 1 / (1 - 0.75), within, 0.015);
      agrees(estimates.of('system.size'), 0.75 / (1 - 0.75), within, 0.015);
      agrees(estimates.of('utilisation.busy'), 0.75, 0.02);
    });
  }

  test('stretch each service by the same factor on average: four times, 8 s for one of 2 s', () => {
    // Two sizes, 0.5 s for two in three and 2 s for one in three: 1 s on average.
    const law =
      '{ kind: mixture, of: [{ weight: 2, distribution: { kind: constant, value: 500ms } }, { weight: 1, distribution: { kind: constant, value: 2s } }] }';
    const queue = scaled(ps(law, 0.75, 3_000));
    const [shared, alone] = [queue, { ...queue, serving: '', slots: 1_000 }].map((one) =>
      scenarioOf(queueText(one)),
    );
    const runs = Array.from({ length: REPLICATIONS }, (_, index) => {
      const sizes = runOf(alone!, 'sizes', index).stories.map(timeInSystem);
      const served = runOf(shared!, 'sizes', index).stories.filter(
        ({ outcome, arrivedAt }) => outcome === 'served' && arrivedAt > 400,
      );
      const large = served.filter(({ id }) => sizes[id]! > 1);
      return {
        slowdown: mean(served.map((one) => timeInSystem(one) / (sizes[one.id]! > 1 ? 2 : 0.5))),
        large: mean(large.map(timeInSystem)),
      };
    });
    agrees(
      estimateOf(
        'slowdown',
        runs.map(({ slowdown }) => slowdown),
      ),
      4,
      0.06,
      0.02,
    );
    agrees(
      estimateOf(
        'large',
        runs.map(({ large }) => large),
      ),
      8,
      0.06,
      0.02,
    );
  });

  test('divide the server by the weights of the tiers', () => {
    const [first, second] = discriminatorySharing([
      { rate: 0.3, speed: 1, weight: 1 },
      { rate: 0.2, speed: 0.5, weight: 3 },
    ]);
    const estimates = estimatesOf({
      tiers: [poissonTier(0.3, 'weight: 1', 'one'), poissonTier(0.2, 'weight: 3', 'two')],
      slots: 1,
      service: '{ kind: exponential, mean: 1s }',
      serving:
        ', sharing: processor, serviceTimeByTier: [{ tier: two, serviceTime: { kind: exponential, mean: 2s } }]',
      warmUp: 400,
      duration: 8_000,
    });
    agrees(estimates.of('e2e.mean', 'tier:one'), first, 0.06);
    agrees(estimates.of('e2e.mean', 'tier:two'), second, 0.06);
    agrees(estimates.of('system.size', 'tier:one'), 0.3 * first, 0.06);
    agrees(estimates.of('system.size', 'tier:two'), 0.2 * second, 0.06);
  });

  test.skipIf(NO_ORACLES !== null)('are held against the formulas that the oracles C01 and C02 state', () => {
    const c01 = oracle('C01').metrics;
    expect([c01.W, c01.L, c01.slowdown, c01.W_given_size_2]).toEqual([4, 3, 4, 8]);
    const [first, second] = discriminatorySharing([
      { rate: 0.3, speed: 1, weight: 1 },
      { rate: 0.2, speed: 0.5, weight: 3 },
    ]);
    const c02 = oracle('C02').metrics;
    expect(near(first, c02.W1) && near(second, c02.W2)).toBe(true);
    expect(near(0.3 * first, c02.L1) && near(0.2 * second, c02.L2)).toBe(true);
  });
});

/** Constant 0.5 s; lognormal of mean 1 s and variance 4 s²; exponential of mean 2 s. */
const CLASSES = [
  { rate: 0.3, mean: 0.5, square: 0.25 },
  { rate: 0.2, mean: 1, square: 5 },
  { rate: 0.1, mean: 2, square: 8 },
];
const RESUMED = preemptiveResumeTimes(CLASSES);
const TWO_CLASSES = preemptiveClasses([1.2, 2.2], 4);
const JOB = restartedJob(0.5, 0.4, 2);

describe('slots with pre-emption', () => {
  test('that resume give each class the time of M/G/1 with pre-emptive-resume priority', () => {
    const estimates = estimatesOf({
      tiers: CLASSES.map(({ rate }, index) => poissonTier(rate, `priority: ${index}`, `class${index}`)),
      slots: 1,
      service: '{ kind: constant, value: 500ms }',
      serving:
        ', preemption: resume, serviceTimeByTier: [{ tier: class1, serviceTime: { kind: lognormal, mean: 1s, cv: 2 } }, { tier: class2, serviceTime: { kind: exponential, mean: 2s } }]',
      warmUp: 400,
      duration: 12_000,
      gateway: '{ discipline: { kind: strict-priority } }',
    });
    RESUMED.forEach((time, index) =>
      agrees(estimates.of('e2e.mean', `tier:class${index}`), time, [0.005, 0.09, 0.09][index]!),
    );
  });

  test('on several servers let the first class see nothing of the second', () => {
    const estimates = estimatesOf({
      tiers: [poissonTier(1.2, 'priority: 0', 'first'), poissonTier(2.2, 'priority: 1', 'second')],
      slots: 4,
      service: '{ kind: exponential, mean: 1s }',
      serving: ', preemption: resume',
      warmUp: 400,
      duration: 5_000,
      gateway: '{ discipline: { kind: strict-priority } }',
    });
    agrees(estimates.of('e2e.mean', 'tier:first'), TWO_CLASSES.first.time, 0.02);
    agrees(estimates.of('e2e.mean', 'tier:second'), TWO_CLASSES.second.time, 0.06);
    agrees(estimates.of('system.size', 'tier:first'), TWO_CLASSES.first.number, 0.02);
    agrees(estimates.of('system.size', 'tier:second'), TWO_CLASSES.second.number, 0.06);
  });

  /** A job of 2 s comes every 100 s, when what came before is long done, among more important ones of 0.4 s. */
  const jobs = (preemption: string) => {
    const replicated = Array.from({ length: REPLICATIONS }, (_, index) => {
      const { stories } = runOf(
        scenarioOf(
          queueText(
            scaled({
              tiers: [
                poissonTier(0.5, 'priority: 0', 'important'),
                `name: jobs, priority: 1, arrivals: { kind: renewal, ratePerSecond: 0.01, gap: { kind: constant } }`,
              ],
              slots: 1,
              service: '{ kind: constant, value: 2s }',
              serving: `, preemption: ${preemption}, serviceTimeByTier: [{ tier: important, serviceTime: { kind: exponential, mean: 400ms } }]`,
              warmUp: 0,
              duration: 8_000,
              gateway: '{ discipline: { kind: strict-priority } }',
            }),
          ),
        ),
        'jobs',
        index,
      );
      const served = stories.filter(({ outcome }) => outcome === 'served');
      const done = served.filter(({ tier }) => tier === 1);
      const inService = (one: Story) => one.lastTokenAt - one.admittedAt;
      const important = served.filter(({ tier }) => tier === 0);
      // What is neither the last, whole attempt nor the service of important ones meanwhile was lost.
      const wasted = (job: Story) =>
        important.reduce(
          (left, one) =>
            one.admittedAt >= job.admittedAt && one.admittedAt < job.lastTokenAt
              ? left - inService(one)
              : left,
          inService(job) - 2,
        );
      return {
        completion: mean(done.map(inService)),
        interruptions: mean(done.map(({ preemptions }) => preemptions)),
        wasted: mean(done.map(wasted)),
      };
    });
    return {
      completion: estimateOf(
        'completion',
        replicated.map(({ completion }) => completion),
      ),
      interruptions: estimateOf(
        'interruptions',
        replicated.map(({ interruptions }) => interruptions),
      ),
      wasted: estimateOf(
        'wasted',
        replicated.map(({ wasted }) => wasted),
      ),
    };
  };

  test('that restart do the same work again from its beginning, and count each interruption', () => {
    const { completion, interruptions, wasted } = jobs('restart');
    agrees(completion, JOB.completion, 0.07);
    agrees(interruptions, JOB.interruptions, 0.07);
    agrees(wasted, JOB.wasted, 0.1);
  });

  test('that resume lose no work', () => {
    const { completion, interruptions, wasted } = jobs('resume');
    agrees(completion, JOB.completionIfResumed, 0.03);
    expect(Math.abs(wasted.mean!)).toBeLessThan(1e-6);
    // Arrivals during 2 s of own service: 0.5 × 2.
    agrees(interruptions, 1, 0.07);
  });

  test.skipIf(NO_ORACLES !== null)(
    'are held against the formulas that the oracles C05, C07 and C09 state',
    () => {
      const c05 = oracle('C05').metrics;
      expect([c05.W1, c05.W2, c05.W3].every((time, index) => near(RESUMED[index]!, time))).toBe(true);
      const c07 = oracle('C07').metrics;
      const { first, second } = TWO_CLASSES;
      expect(
        [first.number, first.time, second.number, second.time].map((x, n) =>
          near(x, [c07.L1, c07.W1, c07.L2, c07.W2][n]),
        ),
      ).toEqual([true, true, true, true]);
      const c09 = oracle('C09').metrics;
      expect(near(JOB.interruptions, c09.mean_interruptions)).toBe(true);
      expect(near(JOB.completion, c09.mean_completion)).toBe(true);
      expect(near(JOB.wasted, c09.mean_wasted_work)).toBe(true);
      expect(near(JOB.completionIfResumed, c09.mean_completion_if_resume)).toBe(true);
    },
  );
});

describe('a single server with service times that belong to the requests', () => {
  test('has the same unfinished work at all times, in whichever order it serves (I05)', () => {
    const busyPeriods = (discipline: string, serving: string) => {
      const { stories } = runOf(
        scenarioOf(
          queueText({
            tiers: [poissonTier(0.4, 'priority: 0, weight: 3', 'a'), poissonTier(0.4, 'priority: 1', 'b')],
            slots: 1,
            service: '{ kind: lognormal, mean: 1s, cv: 2 }',
            serving,
            warmUp: 0,
            duration: 5_000,
            gateway: `{ discipline: { kind: ${discipline} } }`,
          }),
        ),
      );
      // Work falls by one a second while anybody is there, so its path is known by when the server is idle.
      const ends: number[] = [];
      let last = 0;
      for (const { arrivedAt, lastTokenAt, outcome } of stories) {
        if (arrivedAt > last && last > 0) ends.push(last);
        last = Math.max(last, outcome === 'served' ? lastTokenAt : Infinity);
      }
      return ends;
    };
    const inOrder = busyPeriods('fcfs', '');
    expect(inOrder.length).toBeGreaterThan(500);
    for (const [discipline, serving] of [
      ['strict-priority', ''],
      ['strict-priority', ', preemption: resume'],
      ['fcfs', ', sharing: processor'],
    ] as const) {
      const other = busyPeriods(discipline, serving);
      expect(other.length).toBe(inOrder.length);
      // The clock has steps of a nanosecond, and each end of service is on one: half a step for each of a busy period.
      other.forEach((end, index) => expect(Math.abs(end - inOrder[index]!)).toBeLessThan(1e-6));
    }
  });
});
