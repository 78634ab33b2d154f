/** Users who think, send and wait for the outcome: stories that follow by hand, and what no policy may move. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Story } from '../helpers/story.ts';

interface Parts {
  readonly tiers: readonly string[];
  readonly serving?: string;
  readonly duration?: number;
  readonly gateway?: string;
  readonly share?: number;
}

const slot = (seconds: number, servers = 1) =>
  `{ kind: slots, concurrency: ${servers}, serviceTime: { kind: constant, value: ${seconds}s } }`;

const textOf = ({ tiers, serving = slot(2), duration = 20, gateway = '{}', share = 1 }: Parts) =>
  `
fleetyield: 1
name: loop
horizon: { duration: ${duration}s }
cell: { share: ${share} }
workload: { tiers: [${tiers.map((one) => `{ model: m, ${one} }`).join(', ')}] }
fleet: { pools: [{ name: main, model: m, replicas: 10, serving: ${serving} }] }
gateway: ${gateway}
`.replace('replicas: 10', `replicas: ${Math.round(1 / share)}`);

const users = (count: number, think: string, more = '', name = 'all') =>
  `name: ${name}, arrivals: { kind: closed-loop, users: ${count}, think: ${think} }${more}`;
const FIVE_SECONDS = '{ kind: constant, value: 5s }';

const arrivals = ({ stories }: { readonly stories: readonly Story[] }, tenant: number) =>
  stories.filter((one) => one.tenant === tenant).map(({ arrivedAt }) => arrivedAt);

describe('a user', () => {
  test('thinks first, and again after each answer', () => {
    // Both return at 5 s. The first is served from 5 to 7 and returns at 12; the second waits until 7, has its answer at 9
    // and returns at 14, when the first has just been served.
    const run = runOf(scenarioOf(textOf({ tiers: [users(2, FIVE_SECONDS)] })));
    expect(arrivals(run, 0)).toEqual([5, 12, 19]);
    expect(arrivals(run, 1)).toEqual([5, 14]);
    expect(run.stories.map(({ admittedAt }) => admittedAt)).toEqual([5, 7, 12, 14, 19]);
  });

  test('thinks again when its request is refused', () => {
    // One is served from 5 to 7. The other is shed at 5 and returns at 10.
    const gateway = '{ admission: { kind: bounded, maxWaiting: 0 } }';
    const run = runOf(scenarioOf(textOf({ tiers: [users(2, FIVE_SECONDS)], gateway, duration: 11 })));
    expect(run.stories.map(({ arrivedAt, outcome }) => [arrivedAt, outcome])).toEqual([
      [5, 'served'],
      [5, 'shed'],
      [10, 'unfinished'],
    ]);
    expect(arrivals(run, 1)).toEqual([5, 10]);
  });

  test('waits for the last of its attempts before it thinks', () => {
    // The second user is shed at 5 and tries again at 6 and 8, when the server is free: it returns at 10 + 5.
    const retries = ', retries: { maxAttempts: 3, backoff: { base: 1s, factor: 2, jitter: none } }';
    const gateway = '{ admission: { kind: bounded, maxWaiting: 0 } }';
    const run = runOf(
      scenarioOf(textOf({ tiers: [users(2, FIVE_SECONDS, retries)], gateway, duration: 16 })),
    );
    expect(arrivals(run, 1)).toEqual([5, 15]);
    expect(run.stories[1]!.attempts).toBe(3);
  });

  test('of one tier does not wait for those of another', () => {
    const tiers = [users(1, FIVE_SECONDS, '', 'slow'), users(1, '{ kind: constant, value: 1s }', '', 'fast')];
    const run = runOf(scenarioOf(textOf({ tiers, serving: slot(1, 2), duration: 10 })));
    const of = (tier: number) => run.stories.filter((one) => one.tier === tier).map((one) => one.arrivedAt);
    expect(of(0)).toEqual([5]);
    expect(of(1)).toEqual([1, 3, 5, 7, 9]);
  });

  test('a user with no think time keeps a server busy', () => {
    const run = runOf(
      scenarioOf(textOf({ tiers: [users(1, '{ kind: constant, value: 0s }')], duration: 7 })),
    );
    expect(run.stories.map(({ arrivedAt }) => arrivedAt)).toEqual([0, 2, 4, 6]);
  });

  test('a user with no think time sends when the step after its answer has begun', () => {
    // Steps of 10 ms, and answers of one token. Alone, the user sends as each step ends. Beside a request that decodes, the
    // next step has begun without it: it waits for the one after.
    const engine =
      '{ kind: continuous-batching, kv: { capacityTokens: 1000 }, stepTime: { kind: affine, base: 10ms } }';
    const user = users(1, '{ kind: constant, value: 0s }');
    const other = 'name: other, arrivals: { kind: replay, requests: [{ at: 0s, prompt: 1, output: 100 }] }';
    const sentAt = (tiers: readonly string[]) =>
      runOf(scenarioOf(textOf({ tiers, serving: engine, duration: 0.065 })))
        .stories.filter(({ tier }) => tier === 0)
        .map(({ arrivedAt }) => Math.round(arrivedAt * 1_000));
    expect(sentAt([user])).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(sentAt([user, other])).toEqual([0, 10, 30, 50]);
  });

  test('a user with no think time whose requests are refused at once is reported as an endless loop', () => {
    const gateway = '{ admission: { kind: bounded, maxWaiting: 0 } }';
    const scenario = scenarioOf(textOf({ tiers: [users(2, '{ kind: constant, value: 0s }')], gateway }));
    expect(() => runOf(scenario)).toThrow(InputError);
    expect(() => runOf(scenario)).toThrow(
      /tiers\[all\]\.arrivals\.think: .*endless loop at one instant; give think a distribution above 0 s/,
    );
  });

  test('a user with a think time of zero now and then is not', () => {
    // Half of the thoughts are 0 s: a user that is refused returns at once a few times and then later.
    const think =
      '{ kind: mixture, of: [{ weight: 1, distribution: { kind: constant, value: 0s } }, { weight: 1, distribution: { kind: constant, value: 1s } }] }';
    const gateway = '{ admission: { kind: bounded, maxWaiting: 0 } }';
    const { stories } = runOf(scenarioOf(textOf({ tiers: [users(5, think)], gateway, duration: 500 })));
    expect(stories.filter(({ outcome }) => outcome === 'shed').length).toBeGreaterThan(500);
  });
});

describe('the users of a closed loop', () => {
  const tenants = (more: string, share = 1) => {
    const scenario = scenarioOf(
      textOf({ tiers: [users(6, FIVE_SECONDS, more)], serving: slot(0.1, 6), duration: 6, share }),
    );
    return runOf(scenario).stories.map(({ tenant }) => tenant);
  };

  test('are a tenant each, or as many in turn to each of the tenants given', () => {
    expect(tenants('')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tenants(', tenants: 2')).toEqual([0, 1, 0, 1, 0, 1]);
  });

  test('make the same scenario whether their tenants are left out or written down', () => {
    const hash = (more: string) => scenarioOf(textOf({ tiers: [users(6, FIVE_SECONDS, more)] })).hash;
    expect(hash(', tenants: 6')).toBe(hash(''));
    expect(hash(', tenants: 1')).not.toBe(hash(''));
  });

  test('are those of the cell, and so are their tenants', () => {
    expect(tenants('', 0.5)).toEqual([0, 1, 2]);
  });

  test('are refused when the share leaves a fraction of one', () => {
    expect(() => tenants('', 0.25)).toThrow(
      /arrivals\.users: 6 × cell\.share 0\.25 leaves 1\.5 in the cell, .* \(nearest counts that do: 4 and 8\)/,
    );
  });

  test('cannot be distinguished by an activity', () => {
    expect(() => tenants(', tenants: 2, activity: { kind: zipf, exponent: 1 }')).toThrow(
      /activity: zipf says which tenants send more, but each user of a closed loop sends when it has thought; leave activity out/,
    );
  });

  const RANDOM = users(
    30,
    '{ kind: gamma, mean: 4s, cv: 1.5 }',
    ', lengths: { prompt: { kind: lognormal, mean: 90, cv: 1 }, output: { kind: exponential, mean: 40 } }, patience: { kind: exponential, mean: 5s }, retries: { maxAttempts: 2, backoff: { base: 1s } }',
  );
  const OTHER = `name: other, arrivals: { kind: poisson, ratePerSecond: 3 }`;
  const serving = (servers: number) =>
    `{ kind: slots, concurrency: ${servers}, serviceTime: { kind: exponential, mean: 900ms } }`;

  test('draw the same in each turn, whatever is done to them', () => {
    const drawn = (parts: Parts) => {
      const { stories } = runOf(scenarioOf(textOf({ duration: 300, ...parts })));
      const own = stories.filter(({ tier }) => tier === 0);
      return new Map(own.map((one) => [one.ordinal, [one.tenant, one.promptTokens, one.wanted]]));
    };
    const base = drawn({ tiers: [RANDOM], serving: serving(30) });
    for (const other of [
      drawn({ tiers: [RANDOM], serving: serving(2) }),
      drawn({ tiers: [RANDOM, OTHER], serving: serving(4) }),
      drawn({
        tiers: [RANDOM],
        serving: serving(2),
        gateway: '{ admission: { kind: bounded, maxWaiting: 1 } }',
      }),
    ]) {
      const common = [...other.keys()].filter((ordinal) => base.has(ordinal));
      expect(common.length).toBeGreaterThan(500);
      for (const ordinal of common) expect(other.get(ordinal)).toEqual(base.get(ordinal));
      expect(other).not.toEqual(base);
    }
  });

  test('obey Little’s law: throughput × (thinking + response) is their number', () => {
    // Counted over 20,000 s, where requests under way at either end are at most 30 of 60,000.
    const scenario = scenarioOf(
      textOf({ tiers: [RANDOM.replace(/, patience.*/, '')], serving: serving(3), duration: 20_000 }),
    );
    const estimates = new Estimates(replications(scenario, 1));
    const circuit = 30 / estimates.mean('throughput.requests') - estimates.mean('e2e.mean');
    // The mean of 60,000 gamma thoughts of cv 1.5 is within 1.5 ÷ √60,000 = 0.6 % of 4 s, one in a million at 3 %.
    expect(Math.abs(circuit - 4)).toBeLessThan(0.12);
  });
});
