/**
 * Batches that start together and end together (G01 to G03). A step of an engine is one: who comes while it runs waits
 * for the next, and an answer of one token is there when its step ends. Batches that last an exponential time are ended
 * by failures, which come at exponential times while somebody is served and last a step of the clock: what is served
 * has then failed, all of it at once, and waits no longer.
 */
import { describe } from 'vitest';
import { NO_ORACLES } from '../helpers/shared.ts';
import { closedBatches, joinedBatches, timedBatches } from './batch-forms.ts';
import { is, testAgainstOracles, testThroughEngine, type Case, type CaseText } from './cases.ts';

const ARRIVAL_RATE = 2;
const joined = joinedBatches(ARRIVAL_RATE, 1, 4);
const closed = closedBatches(ARRIVAL_RATE, 1, 4);
const timed = timedBatches(ARRIVAL_RATE, 1, 0.25, 8);

const batches = (duration: number, serving: string, failures = ''): CaseText => ({
  duration,
  text: (seconds) => `
fleetyield: 1
name: batches
horizon: { warmUp: 200s, duration: ${seconds}s }
workload:
  tiers:
    - { name: all, model: any, arrivals: { kind: poisson, ratePerSecond: ${ARRIVAL_RATE} }, lengths: { prompt: { kind: constant, value: 1 }, output: { kind: constant, value: 1 } } }
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: ${serving}${failures} }] }
`,
});
const engine = (sequences: number, stepTime: string) =>
  `{ kind: continuous-batching, maxSequences: ${sequences}, kv: { capacityTokens: 1000 }, stepTime: { kind: affine, ${stepTime} } }`;

/** Longer than any batch: e⁻¹⁰⁰⁰ of them would end by themselves. */
const ENDLESS = '1000s';
const ENDS_BATCHES =
  ', failures: { mtbf: { kind: exponential, mean: 1s }, mttr: { kind: constant, value: 1e-6ms }, while: busy, onFailure: fail }';

const CASES: readonly Case[] = [
  {
    id: 'G01',
    behaviour: 'is M/M^[4]/1 where arrivals join the batch that is served',
    queue: batches(
      1_500,
      `{ kind: slots, concurrency: 4, serviceTime: { kind: constant, value: ${ENDLESS} } }`,
      ENDS_BATCHES,
    ),
    factor: 10,
    precision: 0.02,
    checks: [is('system.size', joined.systemSize, 0.05, 'L'), is('queue.length', joined.queueLength, 0.15)],
  },
  {
    id: 'G02',
    behaviour: 'is M/M^[4]/1 where none joins',
    queue: batches(2_000, engine(4, `base: ${ENDLESS}`), ENDS_BATCHES),
    factor: 10,
    precision: 0.02,
    checks: [
      is('queue.length', closed.queueLength, 0.06, 'Lq'),
      is('system.size', closed.systemSize, 0.04, 'L'),
      is('utilisation.busy', closed.utilisation, 0.01, 'utilization'),
    ],
  },
  {
    id: 'G03',
    behaviour: 'is a bulk queue whose batches of n last 1 + 0.25 n seconds',
    queue: batches(2_000, engine(8, 'base: 1s, perSequence: 250ms')),
    factor: 5,
    precision: 0.02,
    checks: [
      is('queue.length', timed.queueLength, 0.02, 'Lq'),
      is('wait.mean', timed.wait, 0.02, 'Wq'),
      is('e2e.mean', timed.sojourn, 0.01, 'W'),
      is('system.size', timed.systemSize, 0.02, 'L'),
      is('batch.mean', timed.meanBatch, 0.02, 'mean_batch'),
      is('utilisation.busy', timed.utilisation, 0.005, 'utilization'),
    ],
  },
];

describe('a server of batches', () => testThroughEngine(CASES));

describe.skipIf(NO_ORACLES !== null)(`the exact values of these tests ${NO_ORACLES ?? ''}`, () =>
  testAgainstOracles(CASES),
);
