/** Sessions and agent runs: stories that follow by hand, what no policy may move, and what holds of random ones. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SessionCounter } from '../../src/simulation/ledger.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Run, type Story } from '../helpers/story.ts';

interface Parts {
  readonly tiers: readonly string[];
  readonly serving: string;
  readonly duration?: number;
  readonly gateway?: string;
}

const textOf = ({ tiers, serving, duration = 20, gateway = '{}' }: Parts) => `
fleetyield: 1
name: sessions
horizon: { duration: ${duration}s }
workload: { tiers: [${tiers.map((one) => `{ model: m, ${one} }`).join(', ')}] }
fleet: { pools: [{ name: main, model: m, replicas: 1, serving: ${serving} }] }
gateway: ${gateway}
`;
const parts = (tiers: readonly string[], serving: string, more: Omit<Parts, 'tiers' | 'serving'> = {}) =>
  runOf(scenarioOf(textOf({ tiers, serving, ...more })));

/** Sessions of three turns that think 1 s, from the instants given. */
const sessions = (starts: readonly number[], session: string, more = '', name = 'all') =>
  `name: ${name}, arrivals: { kind: replay, requests: [${starts.map((at) => `{ at: ${at}s }`).join(', ')}] }, session: { turns: { kind: constant, value: 3 }, think: { kind: constant, value: 1s }${session} }${more}`;

/** What the ledger counts of the sessions of a tier, zeros left out. */
const counts = ({ ledger }: Run, tier = 0) =>
  Object.fromEntries(
    (['started', 'completed', 'lost', 'late', 'full', 'unfinished'] satisfies SessionCounter[])
      .map((name) => [name, ledger.sessionTotal(name, tier, null)] as const)
      .filter(([, count]) => count > 0),
  );

const milliseconds = (seconds: number) => Math.round(1e6 * 1e3 * seconds) / 1e6;

describe('a session', () => {
  /** Blocks of 4 tokens; a step takes 10 ms and 1 ms for each prompt token it reads. */
  const ENGINE =
    '{ kind: continuous-batching, kv: { capacityTokens: 400, blockSize: 4 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 1ms } }';
  const LENGTHS =
    ', lengths: { prompt: { kind: constant, value: 10 }, output: { kind: constant, value: 3 } }';
  const told = (session: string) => {
    const run = parts([sessions([0], session, LENGTHS)], ENGINE);
    const table = run.stories.map((one) => [
      milliseconds(one.arrivedAt),
      one.promptTokens,
      one.prefixTokens,
      one.cachedTokens,
      milliseconds(one.firstTokenAt - one.arrivedAt),
    ]);
    return { table, run };
  };

  test('repeats its context, reads what the cache does not have, and thinks after each answer', () => {
    // Turn 1 reads 10 tokens in 20 ms and has its two further tokens at 40. Of its 13 tokens the last has no KV: 12 stay
    // in whole blocks. Turn 2 comes at 1,040 with 13 + 10 tokens, reads 11 in 21 ms and ends at 1,081; of 26 tokens 24
    // stay. Turn 3 comes at 2,081 with 26 + 10 and reads 12.
    const { table, run } = told('');
    expect(table).toEqual([
      [0, 10, 0, 0, 20],
      [1_040, 23, 13, 12, 21],
      [2_081, 36, 26, 24, 22],
    ]);
    expect(counts(run)).toEqual({ started: 1, completed: 1 });
    expect(run.stories.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
  });

  test('ends before a prompt that is longer than its context may be', () => {
    const { table, run } = told(', context: { max: 35 }');
    expect(table.map(([, prompt]) => prompt)).toEqual([10, 23]);
    expect(counts(run)).toEqual({ started: 1, full: 1 });
    expect(run.ledger.cohortTotal('arrived', 0)).toBe(2);
  });

  test('or drops its oldest tokens, after which the cache has nothing of it', () => {
    // The third prompt is cut to 35 tokens and read whole: 45 ms.
    const { table, run } = told(', context: { max: 35, whenFull: truncate }');
    expect(table.at(-1)).toEqual([2_081, 35, 0, 0, 45]);
    expect(counts(run)).toEqual({ started: 1, completed: 1 });
  });

  test('sends its first request however long it is', () => {
    expect(told(', context: { max: 5 }').table).toEqual([[0, 10, 0, 0, 20]]);
    const loop =
      'name: all, arrivals: { kind: closed-loop, users: 1, think: { kind: constant, value: 5s } }, session: { turns: { kind: constant, value: 3 }, think: { kind: constant, value: 1s }, context: { max: 5 } }';
    expect(parts([loop + LENGTHS], ENGINE, { duration: 6.5 }).stories.map((one) => one.arrivedAt)).toEqual([
      5,
    ]);
  });

  test('is not served from another session: two at once find what is their own', () => {
    const run = parts([sessions([0, 0.5], '', LENGTHS)], ENGINE);
    expect(run.stories.map(({ session }) => session)).toEqual([0, 1, 0, 1, 0, 1]);
    expect(run.stories.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 0, 12, 12, 24, 24]);
  });

  test('grows by what was answered, not by what was wanted', () => {
    const gateway =
      '{ degradation: [{ trigger: { kind: clock, windows: ["00:00-24:00"] }, tiers: [all], action: { kind: cap-output, tokens: 2 } }] }';
    const { stories } = parts([sessions([0], '', LENGTHS)], ENGINE, { gateway });
    expect(stories.map(({ promptTokens }) => promptTokens)).toEqual([10, 22, 34]);
  });

  test('belongs to one tenant', () => {
    const tier = `name: all, tenants: 1000, arrivals: { kind: poisson, ratePerSecond: 1 }, session: { turns: { kind: constant, value: 3 }, think: { kind: constant, value: 1s } }`;
    const { stories } = parts([tier], ENGINE, { duration: 60 });
    const tenantOf = new Map(stories.map(({ session, tenant }) => [session, tenant]));
    expect(tenantOf.size).toBeGreaterThan(30);
    for (const { session, tenant } of stories) expect(tenant).toBe(tenantOf.get(session));
  });

  /** Turns of 2 s in the one slot; 'blocker' takes it from 2.5 s on for 2 s, and the second turn comes at 3. */
  const blocked = (session: string) =>
    parts(
      [
        sessions([0], session, ', patience: { kind: constant, value: 500ms }' + LENGTHS),
        'name: blocker, arrivals: { kind: replay, requests: [{ at: 2500ms }] }',
      ],
      '{ kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 2s } }',
      { duration: 10 },
    );

  test('ends with a request that is lost', () => {
    const run = blocked('');
    expect(run.stories.filter(({ tier }) => tier === 0).map(({ outcome }) => outcome)).toEqual([
      'served',
      'abandoned',
    ]);
    expect(counts(run)).toEqual({ started: 1, lost: 1 });
  });

  test('or goes on from the last answer', () => {
    // Given up at 3.5 s, it thinks until 4.5, when the slot is free.
    const run = blocked(', onFailure: continue');
    const own = run.stories.filter(({ tier }) => tier === 0);
    expect(own.map(({ arrivedAt, outcome }) => [arrivedAt, outcome])).toEqual([
      [0, 'served'],
      [3, 'abandoned'],
      [4.5, 'served'],
    ]);
    expect(own.map(({ promptTokens, prefixTokens }) => [promptTokens, prefixTokens])).toEqual([
      [10, 0],
      [23, 13],
      [23, 13],
    ]);
    expect(counts(run)).toEqual({ started: 1, completed: 1 });
  });

  test('under way at the horizon is unfinished, whether its client thinks or waits', () => {
    // At 2.5 s the first thinks (its answer came at 2), and the second waits for the answer that comes at 3.5.
    const slots = '{ kind: slots, concurrency: 2, serviceTime: { kind: constant, value: 2s } }';
    const run = parts([sessions([0, 1.5], '')], slots, { duration: 2.5 });
    expect(counts(run)).toEqual({ started: 2, unfinished: 2 });
    expect(run.ledger.cohortTotal('unfinished', 0)).toBe(1);
  });
});

describe('an agent run', () => {
  /** Calls of 2 s with 1 s for tools between: three take 8 s. */
  const SLOTS = (servers: number) =>
    `{ kind: slots, concurrency: ${servers}, serviceTime: { kind: constant, value: 2s } }`;

  test('succeeds, misses its deadline or loses a call', () => {
    // The first has the slot from 0 to 2, 3 to 5 and 6 to 8. The second finds it busy at 0.5 and gives up at 1.5.
    const patience = ', patience: { kind: constant, value: 1s }';
    const both = (deadline: number) =>
      parts([sessions([0, 0.5], `, run: { deadline: ${deadline}s }`, patience)], SLOTS(1));
    const enough = both(8);
    expect(counts(enough)).toEqual({ started: 2, completed: 1, lost: 1 });
    expect(enough.ledger.latencies.run[0]!.moments.mean).toBe(8);
    expect(enough.ledger.flowTotal('runs', 0, 0)).toBe(1);

    // At 7 s the third call is in service: the run has failed, and the call is given up with it.
    const late = both(7);
    expect(counts(late)).toEqual({ started: 2, late: 1, lost: 1 });
    expect(late.stories.map(({ outcome }) => outcome)).toEqual([
      'served',
      'abandoned',
      'served',
      'abandoned',
    ]);
    expect(late.ledger.flowTotal('runs', 0, 0)).toBe(0);
    expect(late.ledger.latencies.run[0]!.moments.count).toBe(0);

    // At 5.5 s the tools work: the third call is never sent.
    const later = both(5.5);
    expect(counts(later)).toEqual({ started: 2, late: 1, lost: 1 });
    expect(later.stories.map(({ outcome }) => outcome)).toEqual(['served', 'abandoned', 'served']);
  });

  test('has the least quality of its calls', () => {
    // Answers of the first minute are capped, at quality 0.5: of two runs one has its first call there.
    const gateway =
      '{ degradation: [{ trigger: { kind: clock, windows: ["Mon 00:00-00:01"] }, tiers: [all], action: { kind: cap-output, tokens: 1, quality: 0.5 } }] }';
    const lengths = ', lengths: { output: { kind: constant, value: 3 } }';
    const run = parts([sessions([57, 100], ', run: {}', lengths)], SLOTS(1), { gateway, duration: 120 });
    expect(run.stories.map(({ quality }) => quality)).toEqual([0.5, 1, 1, 1, 1, 1]);
    expect(run.ledger.flowTotal('runs', 0, 0)).toBe(2);
    expect(run.ledger.flowTotal('runQuality', 0, 0)).toBe(1.5);
  });

  test('is measured beside sessions that are none', () => {
    // Runs start at 0 and 0.5, each with a slot for itself, and take 8 s; the horizon cuts the second.
    const tiers = [
      sessions([0, 0.5], ', run: { deadline: 1h }'),
      sessions([0], '', '', 'chat'),
      'name: plain, arrivals: { kind: replay, requests: [{ at: 0s }] }',
    ];
    const estimates = new Estimates(
      replications(scenarioOf(textOf({ tiers, serving: SLOTS(4), duration: 8.25 })), 1),
    );
    const of = (metric: string, scope = 'total') => estimates.of(metric, scope).mean;
    expect(['sessions.started', 'sessions.completed', 'sessions.unfinished'].map((name) => of(name))).toEqual(
      [3, 2, 1],
    );
    expect(
      ['started', 'succeeded', 'failed', 'callLost', 'deadlineMissed', 'contextFull', 'unfinished'].map(
        (name) => of(`runs.${name}`),
      ),
    ).toEqual([2, 1, 0, 0, 0, 0, 1]);
    expect(of('share.runsSucceeded')).toBe(0.5);
    expect([of('run.mean'), of('run.p50'), of('run.mean', 'tier:all')]).toEqual([8, 8, 8]);
    // No data is null.
    expect([of('runs.started', 'tier:chat'), of('run.mean', 'tier:chat')]).toEqual([null, null]);
    expect([of('sessions.started', 'tier:plain'), of('share.runsSucceeded', 'tier:plain')]).toEqual([
      null,
      null,
    ]);
  });

  test('of a user of a closed loop ends before the user thinks again', () => {
    // Thinks 5 s, then three calls of 2 s with 1 s between: from 5 to 13, and from 18 on. With a deadline of 4 s the call
    // that began at 8 is given up at 9, and the user thinks from 9 to 14.
    const loop = (run: string) =>
      `name: all, arrivals: { kind: closed-loop, users: 1, think: { kind: constant, value: 5s } }, session: { turns: { kind: constant, value: 3 }, think: { kind: constant, value: 1s }${run} }`;
    const starts = (run: string) => parts([loop(run)], SLOTS(1)).stories.map(({ arrivedAt }) => arrivedAt);
    expect(starts('')).toEqual([5, 8, 11, 18]);
    expect(starts(', run: { deadline: 4s }')).toEqual([5, 8, 14, 17]);
    expect(counts(parts([loop(', run: { deadline: 4s }')], SLOTS(1)))).toEqual({
      started: 2,
      late: 2,
    });
  });
});

describe('sessions', () => {
  const RANDOM =
    'name: all, tenants: 20, arrivals: { kind: poisson, ratePerSecond: 1 }, session: { turns: { kind: geometric, mean: 4 }, think: { kind: exponential, mean: 3s } }, lengths: { prompt: { kind: lognormal, mean: 60, cv: 1 }, output: { kind: exponential, mean: 40 } }, patience: { kind: exponential, mean: 20s }';
  const engine = (sequences: number) =>
    `{ kind: continuous-batching, maxSequences: ${sequences}, kv: { capacityTokens: 20000 }, stepTime: { kind: affine, base: 10ms } }`;
  const drawn = ({ stories }: Run) =>
    new Map(
      stories
        .filter(({ tier }) => tier === 0)
        .map((one) => [
          one.ordinal,
          [one.session, one.tenant, one.wanted, one.promptTokens - one.prefixTokens],
        ]),
    );

  test('start and draw the same, whatever is done to them', () => {
    const base = parts([RANDOM], engine(64), { duration: 300 });
    for (const other of [
      parts([RANDOM], engine(1), { duration: 300 }),
      parts([RANDOM, 'name: more, arrivals: { kind: poisson, ratePerSecond: 2 }'], engine(8), {
        duration: 300,
      }),
    ]) {
      expect(other.ledger.fingerprints[0]).toBe(base.ledger.fingerprints[0]);
      const [one, two] = [drawn(base), drawn(other)];
      const common = [...two.keys()].filter((ordinal) => one.has(ordinal));
      expect(common.length).toBeGreaterThan(500);
      for (const ordinal of common) expect(two.get(ordinal)).toEqual(one.get(ordinal));
      expect(other.stories.map(({ arrivedAt }) => arrivedAt)).not.toEqual(
        base.stories.map(({ arrivedAt }) => arrivedAt),
      );
    }
  });

  test('show in the fingerprint: another distribution of turns changes it, where requests are all alike', () => {
    const alike = RANDOM.replace(/lengths: .*? \} \}/, 'lengths: {}');
    const print = (tier: string) => parts([tier], engine(64), { duration: 30 }).ledger.fingerprints[0];
    expect(print(alike)).toBe(print(alike.replace('mean: 3s', 'mean: 4s')));
    expect(print(alike.replace('mean: 4 }', 'mean: 5 }'))).not.toBe(print(alike));
  });
});

describe('random clients who wait', () => {
  const law = (kind: string, mean: string) =>
    kind === 'constant' ? `{ kind: constant, value: ${mean} }` : `{ kind: ${kind}, mean: ${mean} }`;
  const session = fc
    .record({
      turns: fc.constantFrom('constant', 'geometric'),
      think: fc.constantFrom('constant', 'exponential'),
      milliseconds: fc.integer({ min: 1, max: 2_000 }),
      context: fc.constantFrom('', ', context: { max: 60 }', ', context: { max: 60, whenFull: truncate }'),
      end: fc.constantFrom('', ', onFailure: continue', ', run: { deadline: 4s }', ', run: {}'),
    })
    .map(
      ({ turns, think, milliseconds: ms, context, end }) =>
        `, session: { turns: ${law(turns, '3')}, think: ${law(think, `${ms}ms`)}${context}${end} }`,
    );
  const arrivals = fc.oneof(
    fc.constant('{ kind: poisson, ratePerSecond: 2 }'),
    fc
      .integer({ min: 1, max: 8 })
      .map((count) => `{ kind: closed-loop, users: ${count}, think: { kind: exponential, mean: 500ms } }`),
  );
  const tier = fc.record({
    process: arrivals,
    session: fc.oneof(session, session, fc.constant('')),
    patience: fc.constantFrom('', ', patience: { kind: exponential, mean: 800ms }'),
    retries: fc.constantFrom('', ', retries: { maxAttempts: 3, backoff: { base: 300ms } }'),
  });
  const scenario = fc
    .record({
      tiers: fc.array(tier, { minLength: 1, maxLength: 3 }),
      serving: fc.constantFrom(
        '{ kind: slots, concurrency: 2, serviceTime: { kind: exponential, mean: 300ms } }',
        '{ kind: continuous-batching, maxSequences: 3, maxBatchedTokens: 40, kv: { capacityTokens: 120, blockSize: 4 }, stepTime: { kind: affine, base: 20ms, perPrefillToken: 1ms } }',
      ),
      gateway: fc.constantFrom(
        '{}',
        '{ admission: { kind: bounded, maxWaiting: 1 } }',
        '{ rateLimits: [{ scope: tenant, resource: requests, algorithm: { kind: token-bucket, perSecond: 1, burst: 2 } }] }',
        '{ rateLimits: [{ scope: everyone, resource: requestsInFlight, algorithm: { kind: concurrency, limit: 2 }, onExceed: { kind: hold } }] }',
      ),
    })
    .map(({ tiers, serving, gateway }) =>
      textOf({
        tiers: tiers.map(
          (one, n) =>
            `name: t${n}, arrivals: ${one.process}${one.session}, lengths: { prompt: { kind: geometric, mean: 12 }, output: { kind: geometric, mean: 6 } }${one.patience}${one.retries}`,
        ),
        serving,
        gateway,
        duration: 30,
      }),
    );

  /** The earliest instant at which the outcome of a request can have been known. */
  const endedAt = (one: Story) => (one.outcome === 'served' ? one.lastTokenAt : one.attemptAt);

  test('never send before the outcome of their last request, and repeat what they were answered', () => {
    const met = { sessions: 0, users: 0, ends: new Set<string>() };
    fc.assert(
      fc.property(scenario, (text) => {
        const plan = scenarioOf(text);
        // The audit balances sessions and users, and throws.
        const run = runOf(plan);
        plan.cell.tiers.forEach(({ rule }, tier) => {
          const own = run.stories.filter((one) => one.tier === tier);
          Object.keys(counts(run, tier)).forEach((end) => met.ends.add(end));
          if (rule.arrivals.kind === 'closed-loop') {
            for (const chain of chainsOf(own, ({ tenant }) => tenant)) {
              met.users += 1;
              expectOneAtATime(chain);
            }
          }
          if (rule.session === undefined) return;
          for (const chain of chainsOf(own, (one) => one.session)) {
            met.sessions += 1;
            expectOneAtATime(chain);
            const max = rule.session.context?.max ?? Infinity;
            let context = 0;
            chain.forEach((one, turn) => {
              const truncated = turn > 0 && one.prefixTokens === 0 && context > 0;
              if (truncated) expect(one.promptTokens).toBe(max);
              else expect(one.prefixTokens).toBe(context);
              if (turn > 0) expect(one.promptTokens).toBeLessThanOrEqual(max);
              expect(one.promptTokens).toBeGreaterThan(one.prefixTokens);
              if (one.outcome === 'served') context = one.promptTokens + one.outputDone;
              else if (rule.session!.onFailure === 'end') expect(turn).toBe(chain.length - 1);
            });
          }
        });
      }),
      { seed: 20_261_124, numRuns: 120 },
    );
    // The search met what it is about.
    expect(met.sessions).toBeGreaterThan(2_000);
    expect(met.users).toBeGreaterThan(300);
    expect([...met.ends].sort()).toEqual(['completed', 'full', 'late', 'lost', 'started', 'unfinished']);
  });

  function chainsOf(stories: readonly Story[], of: (one: Story) => number): Story[][] {
    const chains = new Map<number, Story[]>();
    for (const one of stories) chains.set(of(one), [...(chains.get(of(one)) ?? []), one]);
    return [...chains.values()];
  }

  function expectOneAtATime(chain: readonly Story[]): void {
    chain.forEach((one, n) => {
      const next = chain[n + 1];
      if (next === undefined) return;
      expect(one.outcome).not.toBe('unfinished');
      expect(next.arrivedAt).toBeGreaterThanOrEqual(endedAt(one));
    });
  }
});
