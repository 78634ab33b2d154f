/**
 * Clients who leave (A07 to A11) or come back (D04, D05), hyperexponential service at two servers (B07), and continuous
 * batching as a bulk queue (G04 to G06), run through the engine and held against the chains that they are.
 */
import { describe } from 'vitest';
import { poissonTier, type QueueText } from '../helpers/queue.ts';
import { NO_ORACLES } from '../helpers/shared.ts';
import { is, testAgainstOracles, testThroughEngine, type Case, type CaseText } from './cases.ts';
import {
  continuousBatching,
  hyperexponentialPair,
  impatientQueue,
  retrialQueue,
  timedOutQueue,
  type BatchingEngine,
} from './chains.ts';

const ENDLESS = 400;
const a07 = impatientQueue(48, 50, 0.5, ENDLESS);
const a08 = impatientQueue(120, 100, 1, ENDLESS);
const a09 = impatientQueue(22, 20, 0.4, 10);
const a10 = timedOutQueue(1.2, 1, 2);
const a11 = timedOutQueue(5, 5, 0.5);
const b07 = hyperexponentialPair(1.6, 4, 280);
const d04 = retrialQueue(0.7, 1, 0.5, 1, 150);
const d05 = retrialQueue(4, 5, 2, 0.8, 40);

const exponential = '{ kind: exponential, mean: 1s }';
const impatient = (
  rate: number,
  slots: number,
  patience: string,
  duration: number,
  gateway = '{}',
): QueueText => ({
  tiers: [poissonTier(rate, `patience: ${patience}`)],
  slots,
  service: exponential,
  warmUp: 50,
  duration,
  gateway,
});

/** Nobody waits: who is refused comes back after an exponential time of mean 1 ÷ ν, or not at all. */
const comingBack = (rate: number, slots: number, mean: string, persistence: number, duration: number) => ({
  tiers: [
    poissonTier(
      rate,
      `retries: { maxAttempts: 1000000, persistence: ${persistence}, backoff: { base: ${mean}, factor: 1, jitter: exponential } }`,
    ),
  ],
  slots,
  service: exponential,
  warmUp: 500,
  duration,
  gateway: '{ admission: { kind: bounded, maxWaiting: 0 } }',
});

/** A replica whose steps take what the chain says, for answers of geometric length. */
const engine = (of: BatchingEngine, prompt: number, duration: number): CaseText => ({
  duration,
  text: (seconds) => `
fleetyield: 1
name: engine
horizon: { warmUp: 20s, duration: ${seconds}s }
workload:
  tiers:
    - name: all
      model: any
      arrivals: { kind: poisson, ratePerSecond: ${of.arrivalRate} }
      lengths: { prompt: { kind: constant, value: ${prompt} }, output: { kind: geometric, mean: ${of.meanOutput} } }
fleet:
  pools:
    - name: main
      model: any
      replicas: 1
      serving:
        kind: continuous-batching
        maxSequences: ${of.maxSequences}
        maxBatchedTokens: 100000
        kv: { capacityTokens: 1000000 }
        stepTime: { kind: affine, base: ${of.base}s, perSequence: ${of.perSequence}s, perPrefillToken: ${of.perPrompt / prompt}s }
`,
});

const G04: BatchingEngine = {
  arrivalRate: 20,
  base: 0.01,
  perSequence: 0.001,
  perPrompt: 0,
  meanOutput: 20,
  maxSequences: 16,
};
const G05: BatchingEngine = { ...G04, arrivalRate: 10, maxSequences: 64 };
const G06: BatchingEngine = { ...G04, arrivalRate: 10, perPrompt: 0.01, maxSequences: 8 };

/** The oracle counts in ms: its times are 1,000 times as long, its rates a thousandth. */
const batching = (
  id: string,
  behaviour: string,
  of: BatchingEngine,
  prompt: number,
  precision: number,
): Case => {
  const exact = continuousBatching(of);
  return {
    id,
    behaviour,
    queue: engine(of, prompt, 600),
    factor: 12,
    precision,
    checks: [
      is('throughput.outputTokens', exact.tokensPerSecond, 0.02),
      is('system.size', exact.systemSize, 0.03, 'L'),
      is('queue.length', exact.queueLength, 0.06, 'Lq'),
      is('e2e.mean', exact.e2e, 0.03),
      is('wait.mean', exact.wait, 0.06),
      is('ttft.mean', exact.ttft, 0.03),
      // Over all gaps between tokens: what the oracle calls weighted.
      is('itl.mean', exact.perToken, 0.02),
      is('batch.mean', exact.batch, 0.03, 'mean_batch_per_step'),
      is('utilisation.busy', exact.utilisation, 0.01, 'utilization'),
    ],
  };
};

const CASES: readonly Case[] = [
  {
    id: 'A07',
    behaviour: 'is Erlang A: 50 agents, calls of a minute, patience of two',
    queue: impatient(48, 50, '{ kind: exponential, mean: 2s }', 600),
    factor: 10,
    precision: 0.02,
    checks: [
      is('share.abandoned', a07.abandoned, 0.06, 'p_abandon'),
      is('queue.length', a07.queueLength, 0.06, 'Lq'),
      is('wait.all.mean', a07.waitOfAll, 0.06, 'Wq_all'),
      is('wait.mean', a07.waitOfServed, 0.06, 'Wq_served'),
      is('wait.probability', a07.waitProbability, 0.03, 'p_wait_accepted'),
      is('utilisation.busy', a07.utilisation, 0.01, 'utilization'),
      is('throughput.requests', a07.throughput, 0.01, 'throughput'),
      is('system.size', a07.systemSize, 0.01, 'L'),
    ],
  },
  {
    id: 'A08',
    behaviour: 'is Erlang A beyond its capacity, where the impatient keep it in balance',
    queue: impatient(120, 100, exponential, 200),
    factor: 8,
    precision: 0.01,
    checks: [
      is('share.abandoned', a08.abandoned, 0.02, 'p_abandon'),
      is('queue.length', a08.queueLength, 0.02, 'Lq'),
      is('wait.all.mean', a08.waitOfAll, 0.02, 'Wq_all'),
      is('wait.mean', a08.waitOfServed, 0.02, 'Wq_served'),
      is('wait.probability', a08.waitProbability, 0.01, 'p_wait_accepted'),
      is('utilisation.busy', a08.utilisation, 0.01, 'utilization'),
      is('throughput.requests', a08.throughput, 0.01, 'throughput'),
      is('system.size', a08.systemSize, 0.01, 'L'),
    ],
  },
  {
    id: 'A09',
    behaviour: 'is M/M/20 with room for 10 impatient clients',
    queue: impatient(
      22,
      20,
      '{ kind: exponential, mean: 2.5s }',
      800,
      '{ admission: { kind: bounded, maxWaiting: 10 } }',
    ),
    factor: 5,
    precision: 0.02,
    checks: [
      is('share.shed', a09.blocked, 0.04, 'p_block'),
      is('share.abandoned', a09.abandoned, 0.03, 'p_abandon'),
      is('queue.length', a09.queueLength, 0.03, 'Lq'),
      is('wait.all.mean', a09.waitOfAll, 0.03, 'Wq_all'),
      is('wait.mean', a09.waitOfServed, 0.03, 'Wq_served'),
      is('wait.probability', a09.waitProbability, 0.02, 'p_wait_accepted'),
      is('utilisation.busy', a09.utilisation, 0.01, 'utilization'),
      is('throughput.requests', a09.throughput, 0.01, 'throughput'),
      is('system.size', a09.systemSize, 0.01, 'L'),
    ],
  },
  {
    id: 'A10',
    behaviour: 'is M/M/1 whose clients leave after waiting two service times',
    queue: impatient(1.2, 1, '{ kind: constant, value: 2s }', 10_000),
    factor: 3,
    precision: 0.01,
    checks: [
      is('share.abandoned', a10.abandoned, 0.02, 'p_abandon'),
      is('wait.probability', a10.waitProbability, 0.01, 'p_wait'),
      is('wait.mean', a10.waitOfServed, 0.02, 'Wq_served'),
      is('wait.all.mean', a10.waitOfAll, 0.02, 'Wq_all'),
      is('utilisation.busy', a10.utilisation, 0.01, 'utilization'),
      is('throughput.requests', a10.throughput, 0.01, 'throughput'),
    ],
  },
  {
    id: 'A11',
    behaviour: 'is M/M/5 whose clients leave after waiting half a service time',
    queue: impatient(5, 5, '{ kind: constant, value: 500ms }', 3_000),
    factor: 2,
    precision: 0.02,
    checks: [
      is('share.abandoned', a11.abandoned, 0.02, 'p_abandon'),
      is('wait.probability', a11.waitProbability, 0.02, 'p_wait'),
      is('wait.mean', a11.waitOfServed, 0.02, 'Wq_served'),
      is('throughput.requests', a11.throughput, 0.01, 'throughput'),
      is('utilisation.busy', a11.utilisation, 0.01, 'utilization'),
    ],
  },
  {
    id: 'B07',
    behaviour: 'is M/H₂/2 with service of squared coefficient of variation 4',
    queue: {
      tiers: [poissonTier(1.6)],
      slots: 2,
      service: '{ kind: hyperexponential, mean: 1s, cv: 2 }',
      warmUp: 1_000,
      duration: 20_000,
    },
    factor: 8,
    precision: 0.03,
    checks: [
      is('utilisation.busy', 0.8, 0.01, 'rho'),
      is('queue.length', b07.queueLength, 0.07, 'Lq'),
      is('wait.mean', b07.wait, 0.07, 'Wq'),
      is('e2e.mean', b07.wait + 1, 0.06, 'W'),
      is('wait.probability', b07.waitProbability, 0.01, 'p_wait'),
    ],
  },
  {
    id: 'D04',
    behaviour: 'is M/M/1 with retrials until served',
    queue: comingBack(0.7, 1, '2s', 1, 20_000),
    factor: 4,
    precision: 0.03,
    checks: [
      is('utilisation.busy', 0.7, 0.01, 'rho'),
      // From the first arrival to the end of service: the orbit’s mean is λ (W − 1).
      is('e2e.mean', d04.orbit / 0.7 + 1, 0.04, 'W'),
      is('share.attemptsRefused', d04.refusedAttempts, 0.02),
    ],
  },
  {
    id: 'D05',
    behaviour: 'is M/M/5 with retrials of clients who persist four times in five',
    queue: comingBack(4, 5, '500ms', 0.8, 4_000),
    factor: 2,
    precision: 0.02,
    checks: [
      is('system.size', d05.busy, 0.01, 'mean_busy'),
      is('throughput.requests', d05.busy, 0.01, 'throughput'),
      is('share.attemptsRefused', d05.refusedAttempts, 0.01, 'blocked_attempt_fraction'),
      is('share.shed', d05.lost, 0.02, 'p_lost'),
    ],
  },
  batching('G04', 'is a bulk queue near its capacity', G04, 1, 0.02),
  batching('G05', 'is a bulk queue with room for all', G05, 1, 0.01),
  batching('G06', 'is a bulk queue whose prompts lengthen the steps that read them', G06, 100, 0.02),
];

describe('the engine', () => {
  testThroughEngine(CASES);
});

describe.skipIf(NO_ORACLES !== null)(`the exact values of these tests ${NO_ORACLES ?? ''}`, () => {
  testAgainstOracles(CASES);
});
