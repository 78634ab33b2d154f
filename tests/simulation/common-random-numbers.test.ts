/** What is drawn depends on the seed, the replication and the request, and on nothing that a policy decides. */
import { describe, expect, test } from 'vitest';
import { replications, scenarioOf } from '../helpers/scenario.ts';
import { runOf, type Story } from '../helpers/story.ts';

interface Parts {
  readonly tiersBefore?: string;
  readonly tiersAfter?: string;
  readonly pools?: string;
  readonly gateway?: string;
}

const MAIN_POOL =
  '{ name: main, model: large, replicas: 2, serving: { kind: continuous-batching, maxSequences: 4, maxBatchedTokens: 256, kv: { capacityTokens: 2000, blockSize: 16 }, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0.1ms, perSequence: 1ms } } }';
const SMALL_POOL =
  '{ name: small, model: small, replicas: 1, serving: { kind: slots, concurrency: 4, serviceTime: { kind: exponential, mean: 1s } } }';

const textOf = ({
  tiersBefore = '',
  tiersAfter = '',
  pools = `[${MAIN_POOL}, ${SMALL_POOL}]`,
  gateway = '{}',
}: Parts = {}) => `
fleetyield: 1
name: draws
horizon: { start: Tue 09:00, warmUp: 60s, duration: 600s }
workload:
  tiers:
${tiersBefore}
    - name: paid
      model: large
      tenants: 5
      activity: { kind: zipf, exponent: 1 }
      arrivals: { kind: poisson, ratePerSecond: 3 }
      lengths: { prompt: { kind: lognormal, mean: 120, cv: 1 }, output: { kind: geometric, mean: 20 }, maxOutput: { kind: constant, value: 60 } }
    - name: free
      model: small
      priority: 1
      tenants: 50
      activity: { kind: lognormal, cv: 1 }
      arrivals: { kind: nonhomogeneous, ratePerSecond: 4, hourOfDay: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1] }
      lengths: { prompt: { kind: gamma, mean: 50, cv: 1 }, output: { kind: exponential, mean: 10 } }
      patience: { kind: exponential, mean: 4s }
      retries: { maxAttempts: 3, persistence: 0.8, backoff: { base: 1s } }
${tiersAfter}
fleet: { pools: ${pools} }
gateway: ${gateway}
`;

const EXTRA =
  '    - { name: NAME, model: small, arrivals: { kind: poisson, ratePerSecond: 1 }, lengths: { output: { kind: geometric, mean: 5 } }, patience: { kind: exponential, mean: 1s } }';

const bytesOf = (seed: string, replicationCount = 2) =>
  JSON.stringify(
    replications(scenarioOf(textOf()), replicationCount, { seed }).map(
      ({ measurements, fingerprints, events, hourly }) => [measurements, [...fingerprints], events, hourly],
    ),
    (_, value: unknown) => (ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value),
  );

describe('a replication', () => {
  test('gives the same bytes for the same scenario, seed and index', () => {
    expect(bytesOf('a')).toBe(bytesOf('a'));
  });

  test('gives others for another seed, and for another index', () => {
    expect(bytesOf('a')).not.toBe(bytesOf('b'));
    const [first, second] = replications(scenarioOf(textOf()), 2);
    first!.fingerprints.forEach((print, tier) => expect(print).not.toBe(second!.fingerprints[tier]));
  });

  test('does not depend on which replications were made before it', () => {
    const scenario = scenarioOf(textOf());
    const [, , third] = replications(scenario, 3);
    const { ledger } = runOf(scenario, 'test', 2);
    expect([...ledger.fingerprints]).toEqual([...third!.fingerprints]);
  });
});

/** What belongs to a request from the start. */
const offered = ({ arrivedAt, tenant, promptTokens, wanted, maxOutput }: Story) => [
  arrivedAt,
  tenant,
  promptTokens,
  wanted,
  maxOutput,
];

describe('offered work', () => {
  const base = runOf(scenarioOf(textOf()));

  test.each([
    ['after', { tiersAfter: EXTRA.replace('NAME', 'more') }, 0],
    ['before', { tiersBefore: EXTRA.replace('NAME', 'more') }, 1],
  ])('of a tier is untouched by a tier added %s it', (_, parts, shift) => {
    const { ledger, stories } = runOf(scenarioOf(textOf(parts)));
    for (const tier of [0, 1]) {
      expect(ledger.fingerprints[tier + shift]).toBe(base.ledger.fingerprints[tier]);
      const of = (all: readonly Story[], index: number) =>
        all.filter((one) => one.tier === index).map(offered);
      expect(of(stories, tier + shift)).toEqual(of(base.stories, tier));
    }
  });

  const LIMIT =
    '{ scope: tenant, resource: totalTokens, algorithm: { kind: token-bucket, perMinute: 500, burst: 500, settle: reserve, undeclaredMaxOutput: 20 } }';
  const POLICIES: readonly [string, Parts][] = [
    ['rate limits', { gateway: `{ rateLimits: [${LIMIT}] }` }],
    ['the discipline', { gateway: '{ discipline: { kind: strict-priority } }' }],
    ['routing', { gateway: '{ routing: { kind: least-loaded } }' }],
    ['admission', { gateway: '{ admission: { kind: bounded, maxWaiting: 0 } }' }],
    [
      'degradation',
      {
        gateway:
          '{ degradation: [{ trigger: { kind: load, signal: waiting, above: 100ms, below: 10ms }, tiers: [paid], fraction: 0.5, action: { kind: smaller-model, model: small } }, { trigger: { kind: clock, windows: ["Mon-Fri 09:00-17:00"] }, tiers: [free], action: { kind: cap-output, tokens: 4 } }] }',
      },
    ],
    [
      'the size of the fleet',
      { pools: `[${MAIN_POOL.replace('replicas: 2', 'replicas: 1')}, ${SMALL_POOL.replace('4,', '1,')}]` },
    ],
    [
      'the engine',
      {
        pools: `[${MAIN_POOL.replace('maxSequences: 4', 'maxSequences: 2, chunkedPrefill: false')}, ${SMALL_POOL}]`,
      },
    ],
  ];

  test.each(POLICIES)('is the same whatever %s', (_, parts) => {
    const { ledger, stories } = runOf(scenarioOf(textOf(parts)));
    expect([...ledger.fingerprints]).toEqual([...base.ledger.fingerprints]);
    expect(stories.map(offered)).toEqual(base.stories.map(offered));
    // The policy did something: the stories themselves differ, the discipline apart, which needs both tiers in one queue.
    const told = (all: readonly Story[]) => JSON.stringify(all);
    if (!('gateway' in parts) || !parts.gateway!.includes('strict-priority'))
      expect(told(stories)).not.toBe(told(base.stories));
  });

  test('shows in the fingerprint: another rate, distribution or number of tenants has another', () => {
    for (const [from, to] of [
      ['ratePerSecond: 3', 'ratePerSecond: 3.000001'],
      ['mean: 120', 'mean: 121'],
      ['tenants: 5\n', 'tenants: 6\n'],
    ] as const) {
      const { ledger } = runOf(scenarioOf(textOf().replace(from, to)));
      expect(ledger.fingerprints[0], to).not.toBe(base.ledger.fingerprints[0]);
      expect(ledger.fingerprints[1]).toBe(base.ledger.fingerprints[1]);
    }
  });
});

describe('the draws of service', () => {
  const ALONE = `
fleetyield: 1
name: alone
horizon: { duration: 100s }
workload:
  tiers:
BEFORE
    - { name: one, model: any, arrivals: { kind: poisson, ratePerSecond: 1 }, patience: { kind: exponential, mean: 20s }, retries: { maxAttempts: 2, backoff: { base: 1s } } }
fleet:
  pools:
    - { name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: 1000, serviceTime: { kind: exponential, mean: 2s } } }
`;
  const ADDED = '    - { name: added, model: any, arrivals: { kind: poisson, ratePerSecond: 1 } }';

  test('belong to the request: a tier added before leaves service times as they were', () => {
    // With more servers than requests the tiers do not meet, so that only the draws could differ (docs/model.md).
    const of = (text: string, tier: number) =>
      runOf(scenarioOf(text))
        .stories.filter((story) => story.tier === tier && story.arrivedAt < 60 && story.outcome === 'served')
        .map(({ lastTokenAt, arrivedAt }) => lastTokenAt - arrivedAt);
    expect(of(ALONE.replace('BEFORE', ADDED), 1)).toEqual(of(ALONE.replace('BEFORE', ''), 0));
  });
});
