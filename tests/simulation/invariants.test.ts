/**
 * What is true of every run, whatever the scenario: random small scenarios with several tiers, limits,
 * patience, retries, both kinds of service, little KV, pre-emption, both disciplines, all routings and degradation. The
 * seed of the search is fixed; a failure prints the scenario, shrunk.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Run, type Story } from '../helpers/story.ts';

const SEARCH = { seed: 20_260_101, numRuns: 200 } as const;
const DURATION = 40;
/** The priority of deferrable tiers; the others have 0, 1 or 2. */
const DEFERRED = 3;
const WARM_UP = 5;

const law = (mean: fc.Arbitrary<number>, unit: string) =>
  fc.oneof(
    mean.map((value) => `{ kind: constant, value: ${value}${unit} }`),
    mean.map((value) => `{ kind: exponential, mean: ${value}${unit} }`),
    mean.map((value) => `{ kind: lognormal, mean: ${value}${unit}, cv: 1.5 }`),
  );
const tokens = (max: number) => law(fc.integer({ min: 1, max }), '');
const durations = (maxMilliseconds: number) => law(fc.integer({ min: 1, max: maxMilliseconds }), 'ms');
const maybe = (text: fc.Arbitrary<string>) => fc.oneof(fc.constant(''), text);

const arrivals = fc.oneof(
  fc.integer({ min: 1, max: 12 }).map((rate) => `{ kind: poisson, ratePerSecond: ${rate} }`),
  // Many at one instant, and at the instants at which steps end.
  fc
    .array(
      fc.record({
        at: fc.integer({ min: 0, max: 20 }),
        prompt: fc.integer({ min: 1, max: 80 }),
        output: fc.integer({ min: 1, max: 30 }),
      }),
      { minLength: 1, maxLength: 25 },
    )
    .map((requests) => {
      const rows = [...requests].sort((a, b) => a.at - b.at);
      return `{ kind: replay, requests: [${rows.map(({ at, prompt, output }) => `{ at: ${at / 2}s, prompt: ${prompt}, output: ${output} }`).join(', ')}] }`;
    }),
);

const tier = fc.record({
  priority: fc.integer({ min: 0, max: 2 }),
  tenants: fc.integer({ min: 1, max: 3 }),
  model: fc.constantFrom('large', 'small'),
  arrivals,
  prompt: tokens(60),
  output: tokens(25),
  maxOutput: maybe(tokens(20).map((of) => `, maxOutput: ${of}`)),
  cachedShare: fc.constantFrom(0, 0.5, 1),
  patience: maybe(durations(3_000).map((of) => `, patience: ${of}`)),
  deadline: maybe(durations(3_000).map((of) => `, deadline: ${of}`)),
  // The window [s] and the reserve; such a tier is neither patient nor important.
  deferrable: fc.oneof(
    fc.constant(null),
    fc.constant(null),
    fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom(0, 0.2, 0.7)),
  ),
  retries: maybe(
    fc
      .record({
        attempts: fc.integer({ min: 1, max: 4 }),
        base: fc.integer({ min: 1, max: 900 }),
        honour: fc.boolean(),
        jitter: fc.constantFrom('full', 'none'),
      })
      .map(
        ({ attempts, base, honour, jitter }) =>
          `, retries: { maxAttempts: ${attempts}, persistence: 0.8, honourRetryAfter: ${honour}, backoff: { base: ${base}ms, cap: 2s, jitter: ${jitter} } }`,
      ),
  ),
});

const slots = fc
  .record({ concurrency: fc.integer({ min: 1, max: 4 }), time: durations(900) })
  .map(({ concurrency, time }) => `{ kind: slots, concurrency: ${concurrency}, serviceTime: ${time} }`);

const engine = fc
  .record({
    sequences: fc.integer({ min: 1, max: 5 }),
    budget: fc.integer({ min: 1, max: 100 }),
    blocks: fc.integer({ min: 3, max: 40 }),
    block: fc.integer({ min: 1, max: 8 }),
    chunked: fc.boolean(),
    preemption: fc.boolean(),
    perKv: fc.constantFrom(0, 0.02),
  })
  .map(
    ({ sequences, budget, blocks, block, chunked, preemption, perKv }) =>
      `{ kind: continuous-batching, maxSequences: ${sequences}, maxBatchedTokens: ${budget}, chunkedPrefill: ${chunked}, priorityPreemption: ${preemption}, kv: { capacityTokens: ${blocks * block}, blockSize: ${block} }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0.5ms, perSequence: 2ms, perKvToken: ${perKv}ms } }`,
  );

const bucket = fc
  .record({
    scope: fc.constantFrom('tenant', 'tier', 'everyone'),
    resource: fc.constantFrom('requests', 'inputTokens', 'outputTokens', 'totalTokens'),
    settle: fc.constantFrom('reserve', 'pre', 'post'),
    rate: fc.integer({ min: 1, max: 200 }),
    burst: fc.integer({ min: 1, max: 300 }),
  })
  .map(
    ({ scope, resource, settle, rate, burst }) =>
      `scope: ${scope}, resource: ${resource}, algorithm: { kind: token-bucket, perSecond: ${rate}, burst: ${burst}, settle: ${settle}, undeclaredMaxOutput: 20 }`,
  );

const windowed = fc
  .record({
    scope: fc.constantFrom('tenant', 'tier', 'everyone'),
    resource: fc.constantFrom('requests', 'totalTokens'),
    kind: fc.constantFrom('fixed-window', 'sliding-window', 'quota', 'quota, resets: first-use'),
    settle: fc.constantFrom('reserve', 'pre', 'post'),
    limit: fc.integer({ min: 1, max: 60 }),
    window: fc.constantFrom('1s', '10s'),
  })
  .map(
    ({ scope, resource, kind, settle, limit, window }) =>
      `scope: ${scope}, resource: ${resource}, algorithm: { kind: ${kind}, limit: ${resource === 'requests' ? limit : 20 * limit}, window: ${window}, settle: ${settle}, undeclaredMaxOutput: 20 }`,
  );

const inFlight = fc
  .record({
    scope: fc.constantFrom('tenant', 'tier', 'everyone'),
    limit: fc.integer({ min: 1, max: 12 }),
  })
  .map(
    ({ scope, limit }) =>
      `scope: ${scope}, resource: requestsInFlight, algorithm: { kind: concurrency, limit: ${limit} }`,
  );

const limit = fc
  .record({
    rule: fc.oneof(bucket, windowed, inFlight),
    onExceed: fc.constantFrom('refuse', 'hold', 'downgrade, model: small, quality: 0.5'),
  })
  .map(({ rule, onExceed }) => `{ ${rule}, onExceed: { kind: ${onExceed} } }`);

const degradation = (names: readonly string[]) =>
  fc
    .record({
      trigger: fc.constantFrom(
        '{ kind: clock, windows: ["Mon 00:00-00:01"] }',
        '{ kind: load, signal: waiting, above: 200ms, below: 50ms }',
      ),
      tiers: fc.subarray([...names], { minLength: 1 }),
      fraction: fc.constantFrom(0.5, 1),
      action: fc.constantFrom(
        '{ kind: cap-output, tokens: 3, quality: 0.9 }',
        '{ kind: cap-output, tokens: 8 }',
        '{ kind: smaller-model, model: small, quality: 0.5 }',
      ),
    })
    .map(
      ({ trigger, tiers, fraction, action }) =>
        `{ trigger: ${trigger}, tiers: [${tiers.join(', ')}], fraction: ${fraction}, action: ${action} }`,
    );

const scenario = fc
  .array(tier, { minLength: 1, maxLength: 3 })
  .chain((tiers) =>
    fc.record({
      tiers: fc.constant(tiers),
      large: fc.oneof(slots, engine),
      small: fc.oneof(slots, engine),
      replicas: fc.integer({ min: 1, max: 3 }),
      limits: fc.array(limit, { maxLength: 2 }),
      degradations: fc.array(degradation(tiers.map((_, n) => `t${n}`)), { maxLength: 2 }),
      admission: fc.constantFrom(
        '{ kind: unbounded }',
        '{ kind: bounded, maxWaiting: 0 }',
        '{ kind: bounded, maxWaiting: 4 }',
        '{ kind: bounded, maxWaiting: 3, displace: false }',
      ),
      discipline: fc.constantFrom('fcfs', 'strict-priority'),
      routing: fc.constantFrom('central', 'least-loaded', 'power-of-two', 'round-robin', 'random'),
    }),
  )
  .map(
    ({ tiers, large, small, replicas, limits, degradations, admission, discipline, routing }) => `
fleetyield: 1
name: random
horizon: { warmUp: ${WARM_UP}s, duration: ${DURATION - WARM_UP}s }
workload:
  tiers:
${tiers
  .map(
    (
      {
        priority,
        tenants,
        model,
        arrivals: process,
        prompt,
        output,
        maxOutput,
        cachedShare,
        patience,
        deadline,
        deferrable,
        retries,
      },
      n,
    ) =>
      `    - { name: t${n}, priority: ${deferrable === null ? priority : DEFERRED}, tenants: ${tenants}, model: ${model}, arrivals: ${process}, lengths: { prompt: ${prompt}, output: ${output}, cachedShare: ${cachedShare}${maxOutput} }${deferrable === null ? `${patience}${deadline}` : `, deferrable: { window: ${deferrable[0]}s, reserve: ${deferrable[1]} }`}${retries}, slo: { ttft: 500ms }, revenue: { kind: per-token, inputPerMillion: 1, outputPerMillion: 2 } }`,
  )
  .join('\n')}
fleet:
  pools:
    - { name: large, model: large, replicas: ${replicas}, serving: ${large} }
    - { name: small, model: small, replicas: 1, serving: ${small} }
gateway:
  { rateLimits: [${limits.join(', ')}], degradation: [${degradations.join(', ')}], admission: ${admission}, discipline: { kind: ${ranking(large, small) ?? discipline} }, routing: { kind: ${routing} }, telemetryInterval: 100ms }
`,
  );

/** An engine that pre-empts asks for a discipline by which requests differ in importance. */
function ranking(...services: readonly string[]): string | null {
  return services.some((service) => service.includes('priorityPreemption: true')) ? 'strict-priority' : null;
}

const least = (...bounds: readonly number[]) => Math.min(...bounds.filter((bound) => bound > 0));

/** What must be true of one request. */
function expectSound(story: Story): void {
  const { outcome, arrivedAt, attemptAt, admittedAt, firstTokenAt, lastTokenAt } = story;
  expect(attemptAt).toBeGreaterThanOrEqual(arrivedAt);
  expect(story.attempts).toBeGreaterThanOrEqual(1);
  if (story.attempts === 1) expect(attemptAt).toBe(arrivedAt);
  expect(story.refusals).toBeLessThanOrEqual(story.attempts);
  if (!Number.isNaN(admittedAt)) expect(admittedAt).toBeGreaterThanOrEqual(attemptAt);
  if (!Number.isNaN(firstTokenAt)) expect(firstTokenAt).toBeGreaterThanOrEqual(admittedAt);
  if (!Number.isNaN(lastTokenAt)) expect(lastTokenAt).toBeGreaterThanOrEqual(firstTokenAt);
  expect(lastTokenAt > DURATION).toBe(false);
  const target = least(story.wanted, story.maxOutput, story.cap);
  if (outcome === 'served') {
    expect(story.outputDone).toBe(target);
    expect(lastTokenAt).toBeGreaterThanOrEqual(firstTokenAt);
    if (!story.degraded) {
      expect(story.quality).toBe(1);
      // A cap may have been in force that took nothing.
      expect(story.outputDone).toBe(least(story.wanted, story.maxOutput, 0));
      expect(story.grantedModel).toBe(story.model);
    }
  } else if (outcome === 'unfinished' || (isGivenUp(story) && !Number.isNaN(admittedAt))) {
    // A request cancelled in service has received a part at most.
    expect(story.outputDone).toBeLessThan(target);
  } else {
    expect(story.outputDone).toBe(0);
    expect(admittedAt).toBeNaN();
    expect(firstTokenAt).toBeNaN();
  }
  if (outcome === 'limited' || (outcome === 'shed' && story.priority < DEFERRED))
    expect(story.refusals).toBeGreaterThanOrEqual(1);
  expect(story.quality).toBeGreaterThan(0);
  expect(story.quality).toBeLessThanOrEqual(1);
  expect(story.cachedTokens).toBeLessThan(story.promptTokens);
}

/** Whether its client gave it up, or its window closed: in the queue, in service or elsewhere. */
function isGivenUp({ outcome, priority }: Story): boolean {
  return outcome === 'abandoned' || (outcome === 'shed' && priority === DEFERRED);
}

/** What must be true of the books. */
function expectBalanced({ ledger, stories }: Run): void {
  expect(ledger.audit.every(({ passed }) => passed)).toBe(true);
  expect(new Set(stories.map(({ id }) => id)).size).toBe(stories.length);
  const cohort = stories.filter(({ arrivedAt }) => arrivedAt >= WARM_UP);
  expect(ledger.cohortTotal('arrived', null)).toBe(cohort.length);
  for (const outcome of ['served', 'limited', 'shed', 'abandoned', 'failed', 'unfinished'] as const)
    expect(ledger.cohortTotal(outcome, null), outcome).toBe(
      cohort.filter((one) => one.outcome === outcome).length,
    );
  const sum = (of: (story: Story) => number, among = cohort) =>
    among.reduce((total, one) => total + of(one), 0);
  expect(ledger.cohortTotal('attempts', null)).toBe(sum(({ attempts }) => attempts));
  expect(ledger.cohortTotal('preemptions', null)).toBe(sum(({ preemptions }) => preemptions));
  const completed = stories.filter(
    ({ outcome, lastTokenAt }) => outcome === 'served' && lastTokenAt >= WARM_UP,
  );
  expect(ledger.flowTotal('completed', null, null)).toBe(completed.length);
  expect(ledger.flowTotal('outputTokens', null, null)).toBe(sum(({ outputDone }) => outputDone, completed));
  expect(ledger.flowTotal('promptTokens', null, null)).toBe(
    sum(({ promptTokens }) => promptTokens, completed),
  );
  const cancelled = stories.filter((story) => isGivenUp(story) && story.outputDone > 0);
  expect(ledger.flowTotal('cancelledOutputTokens', null, null)).toBeLessThanOrEqual(
    sum(({ outputDone }) => outputDone, cancelled),
  );
  for (const pool of ledger.shape.pools) {
    expect(pool.busySeconds).toBeGreaterThanOrEqual(0);
    expect(pool.busySeconds).toBeLessThanOrEqual(pool.servers * (DURATION - WARM_UP) * (1 + 1e-9));
    if (pool.kvCapacityTokens !== null)
      expect(pool.kvTokenSeconds).toBeLessThanOrEqual(
        pool.kvCapacityTokens * (DURATION - WARM_UP) * (1 + 1e-9),
      );
  }
  // Waits kept are the waits of the rows; Σ of time in queue of all that left it, by another way.
  const waits = cohort
    .filter(({ outcome }) => outcome === 'served')
    .map((one) => one.admittedAt - one.attemptAt);
  const kept = ledger.latencies.wait.reduce((total, { moments }) => total + moments.sum, 0);
  expect(kept).toBeCloseTo(
    waits.reduce((a, b) => a + b, 0),
    6,
  );
}

describe('every run', () => {
  test('passes its audit, gives each request one outcome and keeps its story in order', () => {
    fc.assert(
      fc.property(scenario, fc.integer({ min: 0, max: 999 }), (text, seed) => {
        const run = runOf(scenarioOf(text), String(seed));
        run.stories.forEach(expectSound);
        expectBalanced(run);
      }),
      SEARCH,
    );
  });

  test('meets, in this search, every outcome, pre-emption, degradation and retry', () => {
    const met = new Map<string, number>();
    const meet = (name: string) => met.set(name, (met.get(name) ?? 0) + 1);
    for (const [text, seed] of fc.sample(fc.tuple(scenario, fc.integer({ min: 0, max: 999 })), SEARCH)) {
      for (const story of runOf(scenarioOf(text), String(seed)).stories) {
        const { outcome, preemptions, degraded, attempts, outputDone, priority } = story;
        meet(outcome);
        if (preemptions > 0) meet('preempted');
        if (degraded && outcome === 'served') meet('degraded');
        if (attempts > 1) meet('retried');
        if (outcome === 'abandoned' && outputDone > 0) meet('cancelled');
        if (priority === DEFERRED && outcome === 'served') meet('deferred');
        if (priority === DEFERRED && outcome === 'shed') meet('late');
      }
    }
    for (const name of [
      'served',
      'limited',
      'shed',
      'abandoned',
      'failed',
      'unfinished',
      'preempted',
      'degraded',
      'retried',
      'cancelled',
      'deferred',
      'late',
    ])
      expect(met.get(name), name).toBeGreaterThan(50);
  });
});

describe('every queue', () => {
  /** Slots and one queue: the order of admission can be read from the rows. */
  const oneQueue = (discipline: string) => `
fleetyield: 1
name: order
horizon: { duration: 300s }
workload:
  tiers:
    - { name: a, priority: 1, model: any, arrivals: { kind: poisson, ratePerSecond: 3 }, patience: { kind: exponential, mean: 3s }, retries: { maxAttempts: 3, backoff: { base: 1s } } }
    - { name: b, priority: 0, model: any, arrivals: { kind: poisson, ratePerSecond: 2 } }
fleet: { pools: [{ name: main, model: any, replicas: 2, serving: { kind: slots, concurrency: 2, serviceTime: { kind: gamma, mean: 900ms, cv: 2 } } }] }
gateway: { discipline: { kind: ${discipline} } }
`;

  test.each(['fcfs', 'strict-priority'])(
    'admits in the order of %s: no request that should come first was waiting',
    (kind) => {
      const { stories } = runOf(scenarioOf(oneQueue(kind)));
      const admitted = stories.filter(({ outcome }) => outcome === 'served');
      expect(admitted.length).toBeGreaterThan(900);
      let overtaken = 0;
      for (const one of admitted) {
        for (const other of admitted) {
          const waitsThen = other.attemptAt < one.admittedAt && other.admittedAt > one.admittedAt;
          const earlier = other.attemptAt < one.attemptAt;
          if (!waitsThen) continue;
          if (kind === 'fcfs') expect(earlier).toBe(false);
          else {
            expect(other.priority < one.priority).toBe(false);
            if (other.priority === one.priority) expect(earlier).toBe(false);
            else if (earlier) overtaken += 1;
          }
        }
      }
      if (kind === 'strict-priority') expect(overtaken).toBeGreaterThan(100);
    },
  );

  test('is never left while a server is free: work is conserved', () => {
    // The busy servers at each admission that waited are all the others; between events they cannot fall idle unseen.
    const { stories } = runOf(scenarioOf(oneQueue('fcfs')));
    const served = stories.filter(({ outcome }) => outcome === 'served' || outcome === 'unfinished');
    const inService = (at: number) =>
      served.filter((one) => one.admittedAt < at && !(one.lastTokenAt < at && one.outcome === 'served'))
        .length;
    for (const { attemptAt, admittedAt } of served) {
      if (!(admittedAt > attemptAt)) continue;
      // Just before it is admitted, and just after it came, all four servers work.
      expect(inService(admittedAt)).toBe(4);
      expect(inService(attemptAt + 1e-9)).toBe(4);
    }
  });
});
