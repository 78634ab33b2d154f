/**
 * Queues with exact answers, run through the engine (families A, B, E, F and H of the oracles). Each exact value is
 * worked out here from its formula and, where the oracles are at hand, held against them, so that the tests stand
 * without them.
 *
 * Warm-up. A queue forgets its empty start at a rate of about μ c (1 − √ρ)² (the relaxation time of M/M/c); each case
 * deletes ten relaxation times or more, after which e⁻¹⁰ of the start is left.
 */
import { describe } from 'vitest';
import { erlangB, mg1, mm1, mmc, mmck, waitQuantile, waitTail } from '../../src/stats/index.ts';
import { poissonTier, type QueueText } from '../helpers/queue.ts';
import { NO_ORACLES } from '../helpers/shared.ts';
import {
  deterministicWaits,
  interruptedPoisson,
  losslessDeterministic,
  lossOfDeterministic,
  meanInShorterOfTwo,
  modulatedQueue,
  refusedByTicks,
  refusedByTokens,
  refusedByWindow,
  shapedWaits,
  waitProbabilityOfErlangArrivals,
  waitProbabilityOfRenewals,
} from './closed-forms.ts';
import { is, testAgainstOracles, testThroughEngine, type Case } from './cases.ts';

/** The standard deviation of the wait in M/G/1 (Takács 1962): E[W²] = 2 E[W]² + λ E[S³] ÷ (3 (1 − ρ)). */
function waitDeviation(arrivalRate: number, mean: number, scv: number, thirdMoment: number): number {
  const { wait, utilisation } = mg1(arrivalRate, mean, scv);
  return Math.sqrt(wait ** 2 + (arrivalRate * thirdMoment) / (3 * (1 - utilisation)));
}

const a01 = mm1(0.8, 1);
const a03 = mmc(7, 1, 8);
const a04 = mmc(95, 1, 100);
const a05 = mmck(5, 1, 4, 10);
const a06 = erlangB(15, 20);
const b01 = mg1(0.7, 1, 0);
const b02 = mg1(0.5, 1, 4);
const b03 = mg1(0.8, 1, 0.5);
const b04 = mg1(0.6, 1, 4);
const b05 = losslessDeterministic(3.6, 4);
/** Gaps of exactly 1.25 s have the transform e^(−1.25 s). */
const b06 = waitProbabilityOfRenewals((s) => Math.exp(-1.25 * s), 1);
const f01 = waitProbabilityOfRenewals(interruptedPoisson(2, 0.5, 0.25), 1);
const f02 = modulatedQueue([1.5, 0.3], [0.1, 0.1], 1.2);
/** Third moments of service: Erlang-2: 2·3·4 ÷ 2³; two exponential phases: 6 Σ p m³. */
const ERLANG_CUBE = 3;
/** Each of two replicas that take turns sees every other arrival of a Poisson stream: two phases of its rate. */
const h06 = waitProbabilityOfErlangArrivals(1.6, 2);
const h07 = mm1(0.8, 1);
const h05 = meanInShorterOfTwo(1.6);
const s04 = Math.sqrt(3 / 5);
const rare = (1 - s04) / 2;
const HYPEREXPONENTIAL_CUBE = 6 * (rare * (0.5 / rare) ** 3 + (1 - rare) * (0.5 / (1 - rare)) ** 3);

const erlangLoss = (law: string, service: string, factor: number): Case => ({
  id: 'A06',
  behaviour: `loses the Erlang B share with ${law} service, whatever its law`,
  queue: {
    tiers: [poissonTier(3)],
    slots: 20,
    service,
    warmUp: 200,
    duration: 15_000,
    gateway: '{ admission: { kind: bounded, maxWaiting: 0 } }',
  },
  factor,
  precision: 0.01,
  checks: [
    is('share.shed', a06, 0.03, 'p_block'),
    is('system.size', 15 * (1 - a06), 0.005, 'mean_busy'),
    is('throughput.requests', 3 * (1 - a06), 0.003, 'throughput'),
    is('utilisation.busy', (15 * (1 - a06)) / 20, 0.005, 'utilization'),
  ],
});

const twoReplicas = (routing: string, duration: number): QueueText => ({
  tiers: [poissonTier(1.6)],
  slots: 1,
  replicas: 2,
  service: '{ kind: exponential, mean: 1s }',
  warmUp: 1_000,
  duration,
  gateway: `{ routing: { kind: ${routing} } }`,
});

const bucket = (
  id: string,
  rate: number,
  refill: number,
  burst: number,
  duration: number,
  factor: number,
): Case => {
  const refused = lossOfDeterministic(rate / refill, burst);
  return {
    id,
    behaviour:
      'is a token bucket that refuses as its deficit, an M/D/1 line with room for the burst, is full',
    queue: {
      tiers: [poissonTier(rate)],
      slots: 1000,
      service: '{ kind: constant, value: 1ms }',
      warmUp: 200,
      duration,
      gateway: `{ rateLimits: [{ scope: everyone, resource: requests, algorithm: { kind: token-bucket, perSecond: ${refill}, burst: ${burst} } }] }`,
    },
    factor,
    precision: 0.02,
    checks: [
      is('share.limited', refused, 0.02, 'p_reject'),
      is('share.attemptsRefused', refused, 0.02, 'p_reject'),
      is('throughput.requests', rate * (1 - refused), 0.02, 'admitted_rate'),
    ],
  };
};

/** Poisson arrivals at one rule of requests or tokens, before more slots than they can fill. */
const limited = (tier: string, rule: string, duration: number): QueueText => ({
  tiers: [tier],
  slots: 1000,
  service: '{ kind: constant, value: 1ms }',
  warmUp: 300,
  duration,
  gateway: `{ rateLimits: [{ scope: everyone, ${rule} }] }`,
});

const e03 = refusedByTicks(0.9, 5);
const e05 = shapedWaits(0.8, 4);
/** Costs of 1,000 tokens in the mean, refilled by 800 a second: 0.8 a second; a burst of 5,000 fills in 6.25 s. */
const tokenBucket = refusedByTokens(1, 0.8, 6.25);

/** An answer is at least one token and a whole number: its mean is 1,000, and what rounding changes is of order 1e-6. */
const tokenLimit = (settle: string) =>
  limited(
    poissonTier(1, 'lengths: { output: { kind: exponential, mean: 1000 } }'),
    `resource: outputTokens, algorithm: { kind: token-bucket, perSecond: 800, burst: 5000, settle: ${settle} }`,
    25_000,
  );

const CASES: readonly Case[] = [
  {
    id: 'A01',
    behaviour: 'is M/M/1 at load 0.8',
    // Relaxation time 1 ÷ (1 − √0.8)² = 90 s.
    queue: {
      tiers: [poissonTier(0.8)],
      slots: 1,
      service: '{ kind: exponential, mean: 1s }',
      warmUp: 1_000,
      duration: 100_000,
    },
    factor: 4,
    precision: 0.01,
    checks: [
      is('utilisation.busy', a01.utilisation, 0.005, 'rho'),
      is('system.size', a01.systemSize, 0.02, 'L'),
      is('queue.length', a01.queueLength, 0.02, 'Lq'),
      is('e2e.mean', a01.timeInSystem, 0.02, 'W'),
      is('wait.mean', a01.wait, 0.02, 'Wq'),
      is('wait.all.mean', a01.wait, 0.02, 'Wq'),
      is('wait.probability', a01.waitProbability, 0.005, 'p_wait'),
      // The time in system is exponential with mean 5 s: its quantiles are −5 ln(1 − p), its deviation is its mean.
      is('e2e.p50', -5 * Math.log(0.5), 0.02, 'W_p50'),
      is('e2e.p95', -5 * Math.log(0.05), 0.03, 'W_p95'),
      is('e2e.p99', -5 * Math.log(0.01), 0.04, 'W_p99'),
      is('e2e.sd', 5, 0.03),
      is('wait.p99', waitQuantile(0.8, 1, 1, 0.99), 0.04, 'Wq_p99'),
    ],
  },
  {
    id: 'A03',
    behaviour: 'is Erlang C with 8 servers at load 7',
    queue: {
      tiers: [poissonTier(7, 'slo: { ttft: 500ms }')],
      slots: 8,
      service: '{ kind: exponential, mean: 1s }',
      warmUp: 300,
      duration: 20_000,
    },
    factor: 4,
    precision: 0.02,
    checks: [
      is('utilisation.busy', a03.utilisation, 0.005, 'rho'),
      is('wait.probability', a03.waitProbability, 0.01, 'p_wait'),
      is('wait.mean', a03.wait, 0.04, 'Wq'),
      is('queue.length', a03.queueLength, 0.04, 'Lq'),
      is('e2e.mean', a03.timeInSystem, 0.02, 'W'),
      is('system.size', a03.systemSize, 0.02, 'L'),
      is('wait.p95', waitQuantile(7, 1, 8, 0.95), 0.05, 'Wq_p95'),
      is('wait.p99', waitQuantile(7, 1, 8, 0.99), 0.06, 'Wq_p99'),
      // With slots the first token comes at admission: the bound on TTFT is a bound on the wait.
      is('slo.attainment', 1 - waitTail(7, 1, 8, 0.5), 0.01, 'service_level_0_5'),
    ],
  },
  {
    id: 'A04',
    behaviour: 'is Erlang C with 100 servers at load 95',
    queue: {
      tiers: [poissonTier(95)],
      slots: 100,
      service: '{ kind: exponential, mean: 1s }',
      warmUp: 160,
      duration: 1_400,
    },
    factor: 9,
    precision: 0.03,
    checks: [
      is('utilisation.busy', a04.utilisation, 0.005, 'rho'),
      is('wait.probability', a04.waitProbability, 0.05, 'p_wait'),
      is('wait.mean', a04.wait, 0.1, 'Wq'),
      is('queue.length', a04.queueLength, 0.1, 'Lq'),
      is('e2e.mean', a04.timeInSystem, 0.01, 'W'),
      is('system.size', a04.systemSize, 0.02, 'L'),
      is('wait.p95', waitQuantile(95, 1, 100, 0.95), 0.1, 'Wq_p95'),
      is('wait.p99', waitQuantile(95, 1, 100, 0.99), 0.15, 'Wq_p99'),
    ],
  },
  {
    id: 'A05',
    behaviour: 'is M/M/4 with room for 10: 4 in service and 6 waiting',
    queue: {
      tiers: [poissonTier(5)],
      slots: 4,
      service: '{ kind: exponential, mean: 1s }',
      warmUp: 200,
      duration: 6_000,
      gateway: '{ admission: { kind: bounded, maxWaiting: 6 } }',
    },
    factor: 1,
    precision: 0.01,
    checks: [
      is('share.shed', a05.blocking, 0.01, 'p_block'),
      is('system.size', a05.systemSize, 0.01, 'L'),
      is('queue.length', a05.queueLength, 0.01, 'Lq'),
      is('e2e.mean', a05.timeInSystem, 0.01, 'W_accepted'),
      is('wait.mean', a05.wait, 0.01, 'Wq_accepted'),
      is('throughput.requests', a05.throughput, 0.01, 'throughput'),
      is('utilisation.busy', a05.utilisation, 0.01, 'utilization'),
      is('wait.probability', a05.waitProbability, 0.01, 'p_wait_accepted'),
    ],
  },
  erlangLoss('exponential', '{ kind: exponential, mean: 5s }', 7),
  erlangLoss('constant', '{ kind: constant, value: 5s }', 7),
  erlangLoss('lognormal', '{ kind: lognormal, mean: 5s, cv: 2 }', 10),
  {
    id: 'B01',
    behaviour: 'is M/D/1 at load 0.7',
    // Two Poisson tiers with one law are one Poisson stream: each promise reads one point of the law of the wait.
    queue: {
      tiers: [poissonTier(0.35, 'slo: { ttft: 1s }', 'one'), poissonTier(0.35, 'slo: { ttft: 3s }', 'three')],
      slots: 1,
      service: '{ kind: constant, value: 1s }',
      warmUp: 500,
      duration: 40_000,
    },
    factor: 2,
    precision: 0.01,
    checks: [
      is('utilisation.busy', b01.utilisation, 0.01, 'rho'),
      is('wait.mean', b01.wait, 0.02, 'Wq'),
      is('e2e.mean', b01.timeInSystem, 0.01, 'W'),
      is('queue.length', b01.queueLength, 0.02, 'Lq'),
      is('system.size', b01.systemSize, 0.01, 'L'),
      is('wait.probability', b01.waitProbability, 0.01, 'p_wait'),
      is('wait.sd', waitDeviation(0.7, 1, 0, 1), 0.02, 'sd_Wq'),
      is('slo.attainment', deterministicWaits(0.7, 1), 0.01, 'P_Wq_le_1', 'tier:one'),
      is('slo.attainment', deterministicWaits(0.7, 3), 0.01, 'P_Wq_le_3', 'tier:three'),
    ],
  },
  {
    id: 'B02',
    behaviour: 'is M/G/1 with lognormal service of squared coefficient of variation 4',
    queue: {
      tiers: [poissonTier(0.5)],
      slots: 1,
      service: '{ kind: lognormal, mean: 1s, cv: 2 }',
      warmUp: 1_000,
      duration: 60_000,
    },
    factor: 6,
    precision: 0.03,
    checks: [
      is('utilisation.busy', b02.utilisation, 0.01, 'rho'),
      is('wait.mean', b02.wait, 0.05, 'Wq'),
      is('e2e.mean', b02.timeInSystem, 0.05, 'W'),
      is('queue.length', b02.queueLength, 0.05, 'Lq'),
      is('system.size', b02.systemSize, 0.05, 'L'),
      is('wait.probability', b02.waitProbability, 0.01, 'p_wait'),
      // Not the deviation of the wait, 6.92: it rests on E[S³], whose relative sampling error from n lognormal services
      // is √(5¹⁵ − 5⁶) ÷ 125 ÷ √n = 1397 ÷ √n, or 58 % from the 5.8 million of full scale, and far from normal.
    ],
  },
  {
    id: 'B03',
    behaviour: 'is M/G/1 with Erlang-2 service',
    queue: {
      tiers: [poissonTier(0.8)],
      slots: 1,
      service: '{ kind: erlang, mean: 1s, shape: 2 }',
      warmUp: 1_000,
      duration: 50_000,
    },
    factor: 1,
    precision: 0.02,
    checks: [
      is('utilisation.busy', b03.utilisation, 0.01, 'rho'),
      is('wait.mean', b03.wait, 0.03, 'Wq'),
      is('e2e.mean', b03.timeInSystem, 0.03, 'W'),
      is('queue.length', b03.queueLength, 0.03, 'Lq'),
      is('system.size', b03.systemSize, 0.03, 'L'),
      is('wait.probability', b03.waitProbability, 0.01, 'p_wait'),
      is('wait.sd', waitDeviation(0.8, 1, 0.5, ERLANG_CUBE), 0.04, 'sd_Wq'),
    ],
  },
  {
    id: 'B04',
    behaviour: 'is M/G/1 with hyperexponential service of balanced means',
    queue: {
      tiers: [poissonTier(0.6)],
      slots: 1,
      service: '{ kind: hyperexponential, mean: 1s, cv: 2 }',
      warmUp: 1_000,
      duration: 80_000,
    },
    factor: 1,
    precision: 0.03,
    checks: [
      is('utilisation.busy', b04.utilisation, 0.01, 'rho'),
      is('wait.mean', b04.wait, 0.03, 'Wq'),
      is('e2e.mean', b04.timeInSystem, 0.03, 'W'),
      is('queue.length', b04.queueLength, 0.03, 'Lq'),
      is('system.size', b04.systemSize, 0.03, 'L'),
      is('wait.probability', b04.waitProbability, 0.01, 'p_wait'),
      is('wait.sd', waitDeviation(0.6, 1, 4, HYPEREXPONENTIAL_CUBE), 0.05, 'sd_Wq'),
    ],
  },
  {
    id: 'B05',
    behaviour: 'is M/D/4 at load 3.6',
    queue: {
      tiers: [poissonTier(3.6)],
      slots: 4,
      service: '{ kind: constant, value: 1s }',
      warmUp: 300,
      duration: 20_000,
    },
    factor: 2,
    precision: 0.02,
    checks: [
      is('utilisation.busy', 0.9, 0.01, 'rho'),
      is('queue.length', b05.queueLength, 0.03, 'Lq'),
      is('wait.mean', b05.wait, 0.03, 'Wq'),
      is('e2e.mean', b05.wait + 1, 0.02, 'W'),
      is('wait.probability', b05.waitProbability, 0.01, 'p_wait'),
      is('system.size', b05.queueLength + 3.6, 0.02, 'L'),
    ],
  },
  {
    id: 'B06',
    behaviour: 'is D/M/1 at load 0.8',
    queue: {
      tiers: ['name: all, arrivals: { kind: renewal, gap: { kind: constant }, ratePerSecond: 0.8 }'],
      slots: 1,
      service: '{ kind: exponential, mean: 1s }',
      warmUp: 500,
      duration: 40_000,
    },
    factor: 2,
    precision: 0.02,
    checks: [
      is('utilisation.busy', 0.8, 0.005, 'rho'),
      is('wait.probability', b06, 0.01, 'p_wait_arrival'),
      is('wait.mean', b06 / (1 - b06), 0.03, 'Wq'),
      is('e2e.mean', 1 / (1 - b06), 0.02, 'W'),
      is('system.size', 0.8 / (1 - b06), 0.02, 'L'),
      // P(wait > t) = σ e^(−(1 − σ) t) = 0.01.
      is('wait.p99', Math.log(b06 / 0.01) / (1 - b06), 0.05, 'Wq_p99'),
    ],
  },
  {
    id: 'F01',
    behaviour: 'is IPP/M/1: on at 2 a second for 2 s, silent for 4 s',
    queue: {
      tiers: ['name: all, arrivals: { kind: mmpp, ratesPerSecond: [2, 0], meanStay: [2s, 4s] }'],
      slots: 1,
      service: '{ kind: exponential, mean: 1s }',
      warmUp: 1_500,
      duration: 60_000,
    },
    factor: 3,
    precision: 0.03,
    checks: [
      is('utilisation.busy', 2 / 3, 0.01, 'rho'),
      is('throughput.requests', 2 / 3, 0.01, 'mean_rate'),
      is('wait.probability', f01, 0.01, 'p_wait_arrival'),
      is('wait.mean', f01 / (1 - f01), 0.04, 'Wq'),
      is('e2e.mean', 1 / (1 - f01), 0.04, 'W'),
      is('system.size', 2 / 3 / (1 - f01), 0.04, 'L'),
      is('wait.p99', Math.log(f01 / 0.01) / (1 - f01), 0.06, 'Wq_p99'),
    ],
  },
  {
    id: 'F02',
    behaviour: 'is MMPP/M/1 with states of 1.5 and 0.3 arrivals a second',
    queue: {
      tiers: ['name: all, arrivals: { kind: mmpp, ratesPerSecond: [1.5, 0.3], meanStay: [10s, 10s] }'],
      slots: 1,
      service: `{ kind: exponential, mean: ${1_000 / 1.2}ms }`,
      warmUp: 2_000,
      duration: 80_000,
    },
    factor: 2,
    precision: 0.04,
    checks: [
      is('throughput.requests', f02.meanRate, 0.01, 'mean_rate'),
      is('utilisation.busy', f02.meanRate / 1.2, 0.01, 'time_frac_busy'),
      is('system.size', f02.systemSize, 0.05, 'L'),
      is('e2e.mean', f02.systemSize / f02.meanRate, 0.05, 'W'),
      is('wait.mean', f02.systemSize / f02.meanRate - 1 / 1.2, 0.05, 'Wq'),
      is('wait.probability', f02.waitProbability, 0.01, 'p_wait_arrival'),
    ],
  },
  {
    id: 'F03',
    behaviour: 'is M/M/1 with arrivals in batches of 4',
    queue: {
      tiers: [
        'name: all, arrivals: { kind: batch, ratePerSecond: 0.15, size: { kind: constant, value: 4 } }',
      ],
      slots: 1,
      service: '{ kind: exponential, mean: 1s }',
      warmUp: 800,
      duration: 40_000,
    },
    factor: 2,
    precision: 0.03,
    checks: [
      is('utilisation.busy', 0.6, 0.01, 'rho'),
      // ρ (1 + 4) ÷ 2 ÷ (1 − ρ) in the system, at 0.6 arrivals a second (Gross and Harris).
      is('system.size', 3.75, 0.03, 'L'),
      is('e2e.mean', 3.75 / 0.6, 0.03, 'W'),
      is('wait.mean', 3.75 / 0.6 - 1, 0.03, 'Wq'),
    ],
  },
  {
    id: 'H05',
    behaviour: 'is the shorter of two lines at two replicas',
    queue: twoReplicas('least-loaded', 25_000),
    factor: 2,
    precision: 0.02,
    checks: [
      is('utilisation.busy', 0.8, 0.005, 'rho'),
      is('system.size', h05, 0.02, 'L'),
      is('e2e.mean', h05 / 1.6, 0.02, 'W'),
    ],
  },
  {
    id: 'H06',
    behaviour: 'is E₂/M/1 at each of two replicas that take turns',
    queue: twoReplicas('round-robin', 25_000),
    factor: 2,
    precision: 0.02,
    checks: [
      is('utilisation.busy', 0.8, 0.005, 'rho'),
      is('e2e.mean', 1 / (1 - h06), 0.02, 'W'),
      is('wait.mean', 1 / (1 - h06) - 1, 0.03, 'Wq'),
      is('system.size', 1.6 / (1 - h06), 0.02, 'L'),
      is('wait.probability', h06, 0.01, 'p_wait_arrival'),
    ],
  },
  {
    id: 'H07',
    behaviour: 'is M/M/1 at each of two replicas between which requests are drawn',
    queue: twoReplicas('random', 40_000),
    factor: 2,
    precision: 0.02,
    checks: [
      is('e2e.mean', h07.timeInSystem, 0.03, 'W'),
      is('system.size', 2 * h07.systemSize, 0.03, 'L'),
      is('wait.probability', h07.waitProbability, 0.01),
    ],
  },
  bucket('E01', 0.9, 1, 5, 25_000, 1),
  bucket('E02', 11, 10, 20, 8_000, 1),
  {
    id: 'E03',
    behaviour: 'is a token bucket that refills at ticks',
    queue: limited(
      poissonTier(0.9),
      'resource: requests, algorithm: { kind: token-bucket, perSecond: 1, burst: 5, tick: 1s }',
      25_000,
    ),
    factor: 1,
    precision: 0.02,
    checks: [
      is('share.limited', e03, 0.02, 'p_reject'),
      is('throughput.requests', 0.9 * (1 - e03), 0.02, 'admitted_rate'),
    ],
  },
  {
    id: 'E04',
    behaviour: 'is a fixed window of 60 requests a minute',
    queue: limited(
      poissonTier(1.1),
      'resource: requests, algorithm: { kind: fixed-window, limit: 60, window: 60s }',
      24_000,
    ),
    factor: 1,
    precision: 0.02,
    checks: [is('share.limited', refusedByWindow(66, 60), 0.02, 'p_reject')],
  },
  {
    id: 'E05',
    behaviour: 'waits at a token bucket that holds as in an M/D/1 line above its burst',
    queue: limited(
      poissonTier(0.8),
      'resource: requests, algorithm: { kind: token-bucket, perSecond: 1, burst: 4 }, onExceed: { kind: hold }',
      40_000,
    ),
    factor: 6,
    precision: 0.02,
    checks: [
      is('wait.probability', e05.waitProbability, 0.02, 'p_delayed'),
      is('wait.mean', e05.wait, 0.05, 'mean_delay'),
    ],
  },
  {
    id: 'E05',
    behaviour: 'waits at a GCRA that holds as at the token bucket',
    queue: limited(
      poissonTier(0.8),
      'resource: requests, algorithm: { kind: gcra, perSecond: 1, burst: 4 }, onExceed: { kind: hold }',
      40_000,
    ),
    factor: 6,
    precision: 0.02,
    checks: [
      is('wait.probability', e05.waitProbability, 0.02, 'p_delayed'),
      is('wait.mean', e05.wait, 0.05, 'mean_delay'),
    ],
  },
  {
    id: 'E06',
    behaviour: 'is a bucket of tokens debited after, which admits while anything is left',
    queue: tokenLimit('post'),
    factor: 1,
    precision: 0.02,
    checks: [
      is('share.limited', tokenBucket.after.refused, 0.01, 'p_reject'),
      is('throughput.requests', 1 - tokenBucket.after.refused, 0.01, 'admitted_rate'),
      is('throughput.outputTokens', 800 * (1 - tokenBucket.after.full), 0.01, 'admitted_tokens_rate'),
    ],
  },
  {
    id: 'E07',
    behaviour: 'is a bucket of tokens debited before, which refuses large requests more',
    queue: tokenLimit('pre'),
    factor: 1,
    precision: 0.02,
    checks: [
      is('share.limited', tokenBucket.before.refused, 0.02, 'p_reject'),
      is('throughput.outputTokens', 800 * (1 - tokenBucket.before.full), 0.01, 'admitted_tokens_rate'),
    ],
  },
];

describe('a pool of slots', () => {
  testThroughEngine(CASES);
});

describe.skipIf(NO_ORACLES !== null)(`the exact values of these tests ${NO_ORACLES ?? ''}`, () => {
  testAgainstOracles(CASES);
});
