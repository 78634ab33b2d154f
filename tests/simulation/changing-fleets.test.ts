/**
 * Fleets that fail, rest and are reallocated, drawn at random with every service, discipline and routing, with impatient,
 * hurried, returning, waiting and deferring clients: whatever happens, the books balance. `runOf` throws when the audit
 * fails: outcomes, tokens, Little's law, busy time within time in service, GPU time by use. The seed of the search is fixed.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const CASES = 60;

const ENGINE =
  '{ kind: continuous-batching, maxSequences: 4, kv: { capacityTokens: 600, blockSize: 4 }, priorityPreemption: true, stepTime: { kind: affine, base: 20ms, perPrefillToken: 1ms, perKvToken: 0.01ms } }';
const SHARED =
  '{ kind: slots, concurrency: 2, sharing: processor, serviceTime: { kind: exponential, mean: 1s } }';
const slots = (preemption: string) =>
  `{ kind: slots, concurrency: 2, preemption: ${preemption}, serviceTime: { kind: lognormal, mean: 1s, cv: 1 } }`;

const lengths = 'lengths: { prompt: { kind: constant, value: 40 }, output: { kind: geometric, mean: 20 } }';

const failures = fc
  .record({
    mtbf: fc.constantFrom(3, 20, 60),
    mttr: fc.constantFrom(1, 10),
    more: fc.constantFrom('', ', crews: 1', ', group: 2', ', while: busy'),
    onFailure: fc.constantFrom('retry', 'fail'),
  })
  .map(
    ({ mtbf, mttr, more, onFailure }) =>
      `, failures: { mtbf: { kind: exponential, mean: ${mtbf}s }, mttr: { kind: exponential, mean: ${mttr}s }${more}, onFailure: ${onFailure} }`,
  );
const maintenance = fc
  .boolean()
  .map(
    (drain) => `, maintenance: [{ windows: ["00:00-00:01", "00:02-00:03"], replicas: 1, drain: ${drain} }]`,
  );
const coldStart = fc.constantFrom('0s', '2s').map((time) => `, coldStart: ${time}`);
/** Of a pool that reallocation concerns, so that a cold start decides something in any case. */
const dynamics = fc
  .tuple(fc.option(failures, { nil: '' }), fc.option(maintenance, { nil: '' }), coldStart)
  .map((parts) => parts.join(''));
const reallocation = fc
  .record({ switching: fc.constantFrom(0, 5, 70), drain: fc.boolean() })
  .map(
    ({ switching, drain }) =>
      `, training: [{ name: training, gpus: 1 }], reallocation: [{ trigger: { kind: clock, windows: ["00:01-00:02"] }, from: a, to: training, gpus: 2, switching: ${switching}s, drain: ${drain} }, { trigger: { kind: load, signal: waiting, above: 1s, below: 100ms }, from: training, to: b, gpus: 1, switching: 3s }]`,
  );

const scenarios = fc
  .record({
    service: fc.constantFrom(ENGINE, ENGINE, SHARED, slots('none'), slots('resume'), slots('restart')),
    discipline: fc.constantFrom('fcfs', 'strict-priority', 'weighted-fair'),
    routing: fc.constantFrom('central', 'least-loaded', 'round-robin', 'random', 'power-of-two'),
    leaves: fc.constantFrom(
      '',
      ', patience: { kind: exponential, mean: 3s }',
      ', deadline: { kind: exponential, mean: 4s }',
    ),
    retries: fc.constantFrom('', ', retries: { maxAttempts: 3, backoff: { base: 1s } }'),
    arrivals: fc.constantFrom(
      '{ kind: closed-loop, users: 4, think: { kind: exponential, mean: 2s } }',
      '{ kind: poisson, ratePerSecond: 1 }',
    ),
    admission: fc.constantFrom('{ kind: unbounded }', '{ kind: bounded, maxWaiting: 5 }'),
    a: dynamics,
    b: dynamics,
    moves: reallocation,
  })
  .map(({ service, discipline, routing, leaves, retries, arrivals, admission, a, b, moves }) => {
    // What only makes sense together.
    const queue = service.includes('preemption: re') ? 'strict-priority' : discipline;
    const router = service === SHARED && routing === 'central' ? 'least-loaded' : routing;
    return `
fleetyield: 1
name: changing
horizon: { warmUp: 20s, duration: 220s }
workload:
  tiers:
    - { name: first, priority: 0, weight: 2, model: m, arrivals: { kind: poisson, ratePerSecond: 1.5 }, ${lengths}${leaves}${retries} }
    - { name: second, priority: 1, model: m, arrivals: ${arrivals}, ${lengths} }
    - { name: third, priority: 2, model: m, arrivals: { kind: poisson, ratePerSecond: 0.5 }, deferrable: { window: 60s }, ${lengths} }
fleet:
  pools:
    - { name: a, model: m, replicas: 3, serving: ${service}${a} }
    - { name: b, model: m, replicas: 1, serving: ${service}${b} }
  ${moves.slice(2).replace(', reallocation', '\n  reallocation')}
gateway: { discipline: { kind: ${queue} }, routing: { kind: ${router} }, admission: ${admission} }
`;
  });

test(`${CASES} fleets that change in all ways at once balance their books, and serve whole what they serve`, () => {
  let interruptions = 0;
  let moved = 0;
  fc.assert(
    fc.property(scenarios, (yaml) => {
      const { stories, ledger } = runOf(scenarioOf(yaml));
      for (const { outcome, outputDone, wanted, arrivedAt, admittedAt, lastTokenAt } of stories) {
        if (outcome !== 'served') continue;
        expect(outputDone).toBe(wanted);
        expect(admittedAt).toBeGreaterThanOrEqual(arrivedAt);
        expect(lastTokenAt).toBeGreaterThanOrEqual(admittedAt);
      }
      interruptions += ledger.cohortTotal('interruptions', null);
      moved += ledger.shape.pools[2]!.gpuSecondsByUse.switching;
    }),
    { numRuns: CASES, seed: 5 },
  );
  expect(interruptions).toBeGreaterThan(1_000);
  expect(moved).toBeGreaterThan(0);
});
