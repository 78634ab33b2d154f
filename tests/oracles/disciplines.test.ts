/**
 * Orders of service, reserves and thresholds with exact answers, through the engine: C03, C04, C06, C08, C10, C11, H09,
 * H10, I04, K08 and K09 of the oracles.
 */
import { describe, expect, test } from 'vitest';
import { erlangC, meanInterval, mmck, tQuantile } from '../../src/stats/index.ts';
import { ALARM, FULL_PRECISION, verdictOn } from '../helpers/accept.ts';
import { poissonTier, queueText } from '../helpers/queue.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { near, NO_ORACLES, oracle } from '../helpers/shared.ts';
import { is, REPLICATIONS, testAgainstOracles, testThroughEngine, type Case } from './cases.ts';
import {
  ageingWaits,
  exponentialClass,
  priorityWaits,
  reservedServers,
  rewardOfReserve,
  sharedUnits,
  shortestFirstWait,
  shortestRemainingTime,
} from './discipline-forms.ts';

const EXPONENTIAL = '{ kind: exponential, mean: 1s }';
const prioritised = (...rates: readonly number[]) =>
  rates.map((rate, n) => poissonTier(rate, `priority: ${n}`, `c${n + 1}`));

const c03Classes = [0.2, 0.2, 0.3].map((rate) => exponentialClass(rate, 1));
const c03 = priorityWaits(c03Classes);
/** Constant 0.5 s, lognormal of mean 1 s with E[S²] = (1 + 4) × 1², exponential of mean 2 s. */
const c04 = priorityWaits([
  { rate: 0.3, mean: 0.5, square: 0.25 },
  { rate: 0.2, mean: 1, square: 5 },
  exponentialClass(0.1, 2),
]);
/** As in M/G/1, where an arrival that waits does so behind one of 4 servers to end: C(4, 3.4) ÷ 4. */
const c06Wait = erlangC(3.4, 4);
const c06 = [c06Wait / 4 / (1 - 1.2 / 4), c06Wait / 4 / ((1 - 1.2 / 4) * (1 - 3.4 / 4))];
const c08 = ageingWaits([
  { ...exponentialClass(0.4, 1), slope: 4 },
  { ...exponentialClass(0.4, 1), slope: 1 },
]);
const c10 = shortestFirstWait(0.8);
const c11 = shortestRemainingTime(0.8);
const h09 = sharedUnits([8, 3, 1], [1, 4, 12], 48);
const h10 = reservedServers([8, 10], 20, 3);
/** Σ ρ W is ρ R ÷ (1 − ρ), whoever is put first (Kleinrock 1965); with services of 1 s ρ of a class is its rate. */
const conserved = (0.7 * 0.7) / (1 - 0.7);

/** One sequence at a time in steps of 1 ms, one token each: service of any law, in whole milliseconds, by tier. */
const inMilliseconds = (tiers: readonly string[], duration: number, warmUp: number) => `
fleetyield: 1
name: priorities
horizon: { warmUp: ${warmUp}s, duration: ${duration}s }
workload:
  tiers:
${tiers.map((tier) => `    - { model: any, ${tier} }`).join('\n')}
fleet:
  pools:
    - { name: main, model: any, replicas: 1, serving: { kind: continuous-batching, maxSequences: 1, kv: { capacityTokens: 10000000, blockSize: 1000 }, stepTime: { kind: affine, base: 1ms } } }
gateway: { discipline: { kind: strict-priority } }
`;

const CASES: readonly Case[] = [
  {
    id: 'C03',
    behaviour: 'is M/M/1 with three priorities that do not pre-empt',
    queue: {
      tiers: prioritised(0.2, 0.2, 0.3),
      slots: 1,
      service: EXPONENTIAL,
      warmUp: 500,
      duration: 25_000,
      gateway: '{ discipline: { kind: strict-priority } }',
    },
    factor: 2,
    precision: 0.02,
    checks: [
      is('utilisation.busy', 0.7, 0.01, 'rho'),
      ...c03.flatMap((wait, n) => [
        is('wait.mean', wait, 0.03, `Wq${n + 1}`, `tier:c${n + 1}`),
        is('e2e.mean', wait + 1, 0.03, `W${n + 1}`, `tier:c${n + 1}`),
      ]),
    ],
  },
  {
    id: 'C04',
    behaviour:
      'is M/G/1 with three priorities and a law of service for each, of an engine that serves one at a time',
    queue: {
      duration: 12_000,
      text: (duration) =>
        inMilliseconds(
          [
            poissonTier(0.3, 'priority: 0, lengths: { output: { kind: constant, value: 500 } }', 'c1'),
            poissonTier(
              0.2,
              'priority: 1, lengths: { output: { kind: lognormal, mean: 1000, cv: 2 } }',
              'c2',
            ),
            poissonTier(0.1, 'priority: 2, lengths: { output: { kind: exponential, mean: 2000 } }', 'c3'),
          ],
          duration,
          300,
        ),
    },
    factor: 12,
    precision: 0.02,
    // What whole milliseconds change is of order 1e-6.
    checks: [
      is('utilisation.busy', 0.55, 0.02, 'rho'),
      ...c04.flatMap((wait, n) => [
        is('wait.mean', wait, 0.08, `Wq${n + 1}`, `tier:c${n + 1}`),
        is('e2e.mean', wait + [0.5, 1, 2][n]!, 0.08, `W${n + 1}`, `tier:c${n + 1}`),
      ]),
    ],
  },
  {
    id: 'C06',
    behaviour: 'is M/M/4 with two priorities that do not pre-empt',
    queue: {
      tiers: prioritised(1.2, 2.2),
      slots: 4,
      service: EXPONENTIAL,
      warmUp: 400,
      duration: 12_000,
      gateway: '{ discipline: { kind: strict-priority } }',
    },
    factor: 3,
    precision: 0.02,
    checks: [
      is('utilisation.busy', 0.85, 0.01, 'rho'),
      is('wait.probability', c06Wait, 0.01, 'p_wait'),
      is('wait.mean', c06[0]!, 0.02, 'Wq1', 'tier:c1'),
      is('wait.mean', c06[1]!, 0.05, 'Wq2', 'tier:c2'),
    ],
  },
  {
    id: 'C08',
    behaviour: 'is M/M/1 with priorities that grow four times as fast for one class as for the other',
    queue: {
      tiers: prioritised(0.4, 0.4),
      slots: 1,
      service: EXPONENTIAL,
      warmUp: 1_000,
      duration: 25_000,
      gateway: '{ discipline: { kind: ageing-priority, slopes: [4, 1] } }',
    },
    factor: 4,
    precision: 0.02,
    checks: [
      is('utilisation.busy', 0.8, 0.01, 'rho'),
      is('wait.mean', c08[0]!, 0.04, 'Wq1', 'tier:c1'),
      is('wait.mean', c08[1]!, 0.04, 'Wq2', 'tier:c2'),
    ],
  },
  {
    id: 'C10',
    behaviour: 'is M/M/1 in which the shortest job is next, as a perfect predictor tells',
    queue: {
      tiers: [poissonTier(0.8)],
      slots: 1,
      service: EXPONENTIAL,
      warmUp: 1_000,
      duration: 25_000,
      gateway: '{ discipline: { kind: shortest-predicted, predictor: { kind: exact-with-noise, cv: 0 } } }',
    },
    factor: 2,
    precision: 0.03,
    checks: [
      is('utilisation.busy', 0.8, 0.01, 'rho'),
      is('wait.mean', c10, 0.04, 'Wq'),
      is('e2e.mean', c10 + 1, 0.04, 'W'),
    ],
  },
  {
    id: 'C11',
    behaviour: 'is M/M/1 in which who has least left is served, and gives way to whoever has less',
    queue: {
      tiers: [poissonTier(0.8)],
      slots: 1,
      service: EXPONENTIAL,
      serving: ', preemption: resume',
      warmUp: 1_000,
      duration: 25_000,
      gateway: '{ discipline: { kind: shortest-predicted, predictor: { kind: exact-with-noise, cv: 0 } } }',
    },
    factor: 4,
    precision: 0.02,
    checks: [is('utilisation.busy', 0.8, 0.01), is('e2e.mean', c11, 0.04, 'W')],
  },
  {
    id: 'H09',
    behaviour: 'bounds the KV blocks in flight, as many as each prompt takes',
    queue: {
      // Blocks of one token, and as many slots as there are blocks.
      tiers: [
        poissonTier(8, 'lengths: { prompt: { kind: constant, value: 1 } }', 'one'),
        poissonTier(3, 'lengths: { prompt: { kind: constant, value: 4 } }', 'four'),
        poissonTier(1, 'lengths: { prompt: { kind: constant, value: 12 } }', 'twelve'),
      ],
      slots: 48,
      service: EXPONENTIAL,
      warmUp: 50,
      duration: 2_000,
      gateway:
        '{ rateLimits: [{ scope: everyone, resource: inputTokens, algorithm: { kind: concurrency, limit: 48 } }] }',
    },
    factor: 12,
    precision: 0.02,
    checks: [
      is('share.limited', h09.refused[0]!, 0.05, 'p_block1', 'tier:one'),
      is('share.limited', h09.refused[1]!, 0.03, 'p_block2', 'tier:four'),
      is('share.limited', h09.refused[2]!, 0.02, 'p_block3', 'tier:twelve'),
      is('system.size', h09.inService[0]!, 0.01, undefined, 'tier:one'),
      is('system.size', h09.inService[1]!, 0.01, undefined, 'tier:four'),
      is('system.size', h09.inService[2]!, 0.02, undefined, 'tier:twelve'),
    ],
  },
  {
    id: 'H10',
    behaviour: 'is a loss system that keeps 3 of 20 servers for one class',
    queue: {
      tiers: [poissonTier(8, '', 'kept'), poissonTier(10, '', 'other')],
      slots: 20,
      service: EXPONENTIAL,
      warmUp: 50,
      duration: 2_000,
      gateway: '{ admission: { kind: trunk-reservation, reserve: 3, tiers: [kept] } }',
    },
    factor: 6,
    precision: 0.02,
    checks: [
      is('share.shed', h10.refused[0], 0.05, 'p_block1', 'tier:kept'),
      is('share.shed', h10.refused[1], 0.01, 'p_block2', 'tier:other'),
      is('system.size', h10.busy, 0.01, 'mean_busy'),
    ],
  },
];

describe('a gateway that orders or reserves', () => testThroughEngine(CASES));

/** By replication, what `measure` makes of it. */
const valuesOf = (text: string, count: number, measure: (estimates: Estimates) => number) =>
  replications(scenarioOf(text), count, { seed: 'pairs' }).map((one) => measure(new Estimates([one])));

/** Of pairs under common random numbers, that the first are larger: one-sided at the alarm of a single number. */
function expectMore(more: readonly number[], less: readonly number[]): void {
  const { mean, halfWidth, n } = meanInterval(
    more.map((value, index) => value - less[index]!),
    0.95,
  );
  expect(mean! / (halfWidth! / tQuantile(0.975, n - 1))).toBeGreaterThan(tQuantile(1 - ALARM, n - 1));
}

const agrees = (values: readonly number[], exact: number, within: number) =>
  expect(
    verdictOn({ scope: 'total', metric: 'value', unit: '1', ...meanInterval(values, 0.95) }, exact, within)
      .objection,
  ).toBeNull();

describe('the work that waits', () => {
  // Orders by anything but how long a request takes.
  const tiers = [0.2, 0.2, 0.3].map((rate, n) =>
    poissonTier(
      rate,
      `priority: ${n}, weight: ${n + 1}, slo: { ttft: ${3 * n + 1}s }, revenue: { kind: advertising, usdPerThousandRequests: ${n + 1} }`,
      `c${n + 1}`,
    ),
  );

  test.each([
    'fcfs',
    'strict-priority',
    'ageing-priority, slopes: [9, 3, 1]',
    'weighted-fair',
    'earliest-deadline',
    'highest-value',
  ])('is conserved by %s: Σ ρ W is as it is first come, first served (I04)', (discipline) => {
    const text = queueText({
      tiers,
      slots: 1,
      service: EXPONENTIAL,
      warmUp: 500,
      duration: FULL_PRECISION ? 40_000 : 10_000,
      gateway: `{ discipline: { kind: ${discipline} } }`,
    });
    const sums = valuesOf(text, REPLICATIONS, (estimates) =>
      [0.2, 0.2, 0.3].reduce((sum, rate, n) => sum + rate * estimates.mean('wait.mean', `tier:c${n + 1}`), 0),
    );
    agrees(sums, conserved, FULL_PRECISION ? 0.02 : 0.05);
  });
});

describe('a predictor', () => {
  test('helps the less the more it errs, and helps still', () => {
    const waits = (discipline: string) =>
      valuesOf(
        queueText({
          tiers: [poissonTier(0.8)],
          slots: 1,
          service: EXPONENTIAL,
          warmUp: 500,
          duration: 5_000,
          gateway: `{ discipline: { kind: ${discipline} } }`,
        }),
        REPLICATIONS,
        (estimates) => estimates.mean('wait.mean'),
      );
    const by = (cv: number) => waits(`shortest-predicted, predictor: { kind: exact-with-noise, cv: ${cv} }`);
    const [perfect, fair, poor] = [by(0), by(1), by(5)];
    expectMore(fair, perfect);
    expectMore(poor, fair);
    expectMore(waits('fcfs'), poor);
  });
});

/** 20 servers and two classes that pay 10 and 2 USD a request. */
const RATES = [8, 14] as const;
const REWARDS = [10, 2] as const;
const rewardOf = (reserve: number) => rewardOfReserve(RATES, REWARDS, 20, reserve);
const bestReserve = Array.from({ length: 21 }, (_, reserve) => reserve).reduce((best, reserve) =>
  rewardOf(reserve) > rewardOf(best) ? reserve : best,
);

describe('a reserve for those who pay more', () => {
  test('earns what the chain says, and at its optimum of 3 more than without and than with 6 (K08)', () => {
    const earned = (reserve: number) =>
      valuesOf(
        queueText({
          tiers: RATES.map((rate, n) =>
            poissonTier(
              rate,
              `revenue: { kind: advertising, usdPerThousandRequests: ${1_000 * REWARDS[n]!} }`,
              `c${n}`,
            ),
          ),
          slots: 20,
          service: EXPONENTIAL,
          warmUp: 50,
          duration: 500,
          gateway: `{ admission: ${reserve === 0 ? '{ kind: bounded, maxWaiting: 0 }' : `{ kind: trunk-reservation, reserve: ${reserve}, tiers: [c0] }`} }`,
        }),
        REPLICATIONS,
        (estimates) => estimates.mean('revenue') / 500,
      );
    expect(bestReserve).toBe(3);
    const [none, best, six] = [earned(0), earned(3), earned(6)];
    agrees(none, rewardOf(0), 0.01);
    agrees(best, rewardOf(3), 0.01);
    agrees(six, rewardOf(6), 0.01);
    expectMore(best, none);
    expectMore(best, six);
  });
});

/** Welfare a second of M/M/1 at 0.8 with room for n: 12 for each who is served, less 1 for each second in the system. */
const welfareOf = (room: number) => {
  const { throughput, systemSize } = mmck(0.8, 1, 1, room);
  return 12 * throughput - systemSize;
};
const bestRoom = Array.from({ length: 30 }, (_, n) => n + 1).reduce((best, room) =>
  welfareOf(room) > welfareOf(best) ? room : best,
);

describe('a bound on the line', () => {
  test('serves all best where it holds five: better than two, and than the twelve that each would choose (K09)', () => {
    const welfare = (room: number) =>
      valuesOf(
        queueText({
          tiers: [poissonTier(0.8)],
          slots: 1,
          service: EXPONENTIAL,
          warmUp: 300,
          duration: 8_000,
          gateway: `{ admission: { kind: bounded, maxWaiting: ${room - 1} } }`,
        }),
        REPLICATIONS,
        (estimates) => 12 * estimates.mean('throughput.requests') - estimates.mean('system.size'),
      );
    expect(bestRoom).toBe(5);
    // Who finds n in the system gains 12 − (n + 1): up to room for 12.
    const [two, five, twelve] = [welfare(2), welfare(5), welfare(12)];
    agrees(two, welfareOf(2), 0.01);
    agrees(five, welfareOf(5), 0.01);
    agrees(twelve, welfareOf(12), 0.02);
    expectMore(five, two);
    expectMore(five, twelve);
  });
});

describe.skipIf(NO_ORACLES !== null)(`the exact values of these tests ${NO_ORACLES ?? ''}`, () => {
  testAgainstOracles(CASES);

  test('are those of oracles C03 and C04 for the work that waits, and I04', () => {
    expect(near(conserved, oracle('I04').metrics.sum_rho_Wq)).toBe(true);
    expect(near(conserved, oracle('C03').metrics.conservation_sum_rho_Wq)).toBe(true);
    expect(
      near(0.15 * c04[0]! + 0.2 * c04[1]! + 0.2 * c04[2]!, oracle('C04').metrics.conservation_sum_rho_Wq),
    ).toBe(true);
  });

  test('are those of oracle K08', () => {
    const { r_star, revenue_star, revenue_r0, revenue_minus1, revenue_plus1 } = oracle('K08').metrics;
    expect(bestReserve).toBe(r_star);
    expect(
      [rewardOf(3), rewardOf(0), rewardOf(2), rewardOf(4)].map((value, n) =>
        near(value, [revenue_star, revenue_r0, revenue_minus1, revenue_plus1][n]),
      ),
    ).toEqual([true, true, true, true]);
  });

  test('are those of oracle K09', () => {
    const { n_social, welfare_social, n_individual, welfare_individual } = oracle('K09').metrics;
    expect([bestRoom, 12]).toEqual([n_social, n_individual]);
    expect(near(welfareOf(5), welfare_social)).toBe(true);
    expect(near(welfareOf(12), welfare_individual)).toBe(true);
  });
});
