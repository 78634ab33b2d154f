import { describe, expect, test } from 'vitest';
import { fractionAt } from '../../src/workload/features.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const HOUR = 3_600;
const textOf = (features: string, tier = '') => `
fleetyield: 1
name: features
horizon: { duration: 1h }
workload:
  tiers:
    - name: all
      model: m
      tenants: 200
      arrivals: { kind: poisson, ratePerSecond: 5 }
      lengths: { prompt: { kind: exponential, mean: 100 }, output: { kind: exponential, mean: 50 } }${tier}
${features === '' ? '' : `      features: [${features}]`}
fleet:
  pools:
    - { name: main, model: m, replicas: 1, serving: { kind: slots, concurrency: 100, serviceTime: { kind: constant, value: 1s } } }
    - { name: big, model: large, replicas: 1, serving: { kind: slots, concurrency: 100, serviceTime: { kind: constant, value: 1s } } }
`;
const storiesOf = (features: string, seed = 'test') => runOf(scenarioOf(textOf(features)), seed).stories;

const RESEARCH =
  'name: research, share: 0.2, model: large, lengths: { prompt: { kind: constant, value: 9000 }, output: { kind: constant, value: 4000 }, maxOutput: { kind: constant, value: 5000 } }';
const LONG = 'name: long, share: 0.1, lengths: { prompt: { kind: constant, value: 50000 } }';

describe('features', () => {
  const plain = storiesOf('');
  const withThem = storiesOf(`{ ${RESEARCH} }, { ${LONG} }`);

  test('are those of their share of the requests (one in a million)', () => {
    // 18,000 requests or so: the share of a feature varies by √(p (1 − p) ÷ n), and 4.9 of these are exceeded so rarely.
    for (const [feature, share] of [
      [0, 0.2],
      [1, 0.1],
      [-1, 0.7],
    ] as const) {
      const found = withThem.filter((story) => story.feature === feature).length / withThem.length;
      expect(Math.abs(found - share)).toBeLessThan(4.9 * Math.sqrt((share * (1 - share)) / withThem.length));
    }
  });

  test('have lengths and models of their own, one token where they leave a length out', () => {
    for (const { feature, promptTokens, wanted, maxOutput, model } of withThem) {
      if (feature === 0) expect([promptTokens, wanted, maxOutput, model]).toEqual([9_000, 4_000, 5_000, 1]);
      if (feature === 1) expect([promptTokens, wanted, maxOutput, model]).toEqual([50_000, 1, 0, 0]);
    }
  });

  test('leave the other requests as they are without them', () => {
    expect(withThem.length).toBe(plain.length);
    withThem.forEach((story, n) => {
      expect([story.arrivedAt, story.tenant]).toEqual([plain[n]!.arrivedAt, plain[n]!.tenant]);
      if (story.feature >= 0) return;
      expect([story.promptTokens, story.wanted]).toEqual([plain[n]!.promptTokens, plain[n]!.wanted]);
    });
  });

  describe('that are off', () => {
    const off = (action: string) =>
      runOf(
        scenarioOf(
          `${textOf(`{ ${RESEARCH} }, { ${LONG} }`)}
gateway: { degradation: [{ trigger: { kind: clock, windows: ["00:00-24:00"] }, tiers: [all], action: ${action} }] }`,
        ),
      ).stories;
    const answered = ({ grantedModel, outputDone, degraded, quality }: (typeof plain)[number]) => ({
      grantedModel,
      outputDone,
      degraded,
      quality,
    });

    test('are answered as the same requests are without them, by the model of the tier', () => {
      const stories = off('{ kind: feature-off, quality: 0.6 }').filter(
        ({ outcome }) => outcome === 'served',
      );
      expect(stories.filter(({ feature }) => feature >= 0).length).toBeGreaterThan(4_000);
      for (const story of stories) {
        const degraded = story.feature >= 0;
        expect(answered(story)).toEqual({
          grantedModel: 0,
          outputDone: plain[story.ordinal]!.wanted,
          degraded,
          quality: degraded ? 0.6 : 1,
        });
        // What was sent stays what was sent.
        if (story.feature === 0) expect([story.promptTokens, story.wanted]).toEqual([9_000, 4_000]);
      }
    });

    test('one by one leave the others on', () => {
      for (const story of off('{ kind: feature-off, feature: long }')) {
        if (story.outcome !== 'served') continue;
        expect(story.degraded).toBe(story.feature === 1);
        expect(story.grantedModel).toBe(story.feature === 0 ? 1 : 0);
      }
    });

    test('must be there', () => {
      expect(() => off('{ kind: feature-off, feature: longer }')).toThrow(
        /no tier has a feature "longer"; did you mean "long"\? known: research, long/,
      );
      const without = textOf('').replace(
        /$/,
        'gateway: { degradation: [{ trigger: { kind: clock, windows: ["00:00-24:00"] }, tiers: [all], action: { kind: feature-off } }] }',
      );
      expect(() => scenarioOf(without)).toThrow(/no tier has a feature; give one features/);
    });
  });

  test('are counted', () => {
    const { ledger, stories } = runOf(scenarioOf(textOf(`{ ${LONG} }`)));
    expect(ledger.cohortTotal('withFeature', 0)).toBe(stories.filter(({ feature }) => feature >= 0).length);
  });

  test('are refused beyond all requests, for models that nobody serves, by one name twice, and beside a trace', () => {
    const refused = (features: string) => expect(() => scenarioOf(textOf(features)));
    refused('{ name: a, share: 0.7 }, { name: b, share: 0.4 }').toThrow(
      /workload\.tiers\[0\]\.features\[1\]\.share.*lower them/,
    );
    refused('{ name: a, share: 0.7, model: larg }').toThrow(/features\[0\]\.model.*did you mean "large"/);
    refused('{ name: a, share: 0.1 }, { name: a, share: 0.1 }').toThrow(/features\[1\]\.name/);
    const replayed = textOf('{ name: a, share: 0.1 }').replace(
      '{ kind: poisson, ratePerSecond: 5 }',
      '{ kind: replay, requests: [{ at: 0s }] }',
    );
    expect(() => scenarioOf(replayed)).toThrow(/workload\.tiers\[0\]\.features.*trace/);
  });
});

describe('a rollout', () => {
  const rollout = (of: string) => `{ name: agents, share: 1, rollout: { ${of} } }`;

  test('rises evenly or in steps, the first at once', () => {
    const even = { from: 0.2, to: 1, start: 10, duration: 40 };
    expect([0, 9.9, 10, 20, 30, 50, 99].map((at) => fractionAt(even, at))).toEqual(
      [0.2, 0.2, 0.2, 0.4, 0.6, 1, 1].map((fraction) => expect.closeTo(fraction, 12) as number),
    );
    const stepped = { ...even, from: 0, steps: 4 };
    expect([9.9, 10, 19.9, 20, 39, 40, 50].map((at) => fractionAt(stepped, at))).toEqual([
      0, 0.25, 0.25, 0.5, 0.75, 1, 1,
    ]);
  });

  test('takes a tenant in and keeps it, and has the fraction told of them in the end (one in a million)', () => {
    const stories = storiesOf(rollout('to: 0.6, start: 5min, duration: 30min'));
    const has = new Map<number, boolean>();
    for (const { tenant, feature, arrivedAt } of stories) {
      if (arrivedAt < 300) expect(feature).toBe(-1);
      if (has.get(tenant) === true) expect(feature).toBe(0);
      has.set(tenant, feature === 0);
    }
    const inside = [...has.values()].filter(Boolean).length / has.size;
    expect(Math.abs(inside - 0.6)).toBeLessThan(4.9 * Math.sqrt((0.6 * 0.4) / has.size));
  });

  test('reaches the fraction of the hour in every hour of it, by tenants and not by requests', () => {
    const stories = storiesOf(rollout('duration: 1h'));
    const half = stories.filter(({ arrivedAt }) => arrivedAt > 0.45 * HOUR && arrivedAt < 0.55 * HOUR);
    const changes = new Map<number, Set<number>>();
    for (const { tenant, feature } of half)
      changes.set(tenant, (changes.get(tenant) ?? new Set()).add(feature));
    // A tenth of the hour: only about a tenth of the tenants change in it.
    const changing = [...changes.values()].filter(({ size }) => size === 2).length;
    expect(changing / changes.size).toBeLessThan(0.25);
  });

  test('takes in the same tenants whatever the seed, and others for another feature', () => {
    const inside = (name: string, seed: string) => {
      const features = rollout('from: 0.3, to: 0.3, duration: 1s').replace('agents', name);
      const stories = storiesOf(features, seed).filter(({ feature }) => feature === 0);
      return [...new Set(stories.map(({ tenant }) => tenant))].sort((a, b) => a - b);
    };
    expect(inside('agents', 'one')).toEqual(inside('agents', 'two'));
    expect(inside('images', 'one')).not.toEqual(inside('agents', 'one'));
  });

  test('leaves who does not have the feature with a request as without it', () => {
    const without = storiesOf('');
    const none = storiesOf(`{ ${RESEARCH}, rollout: { to: 0, duration: 1s } }`);
    const told = ({ promptTokens, wanted, model, arrivedAt }: (typeof none)[number]) => [
      promptTokens,
      wanted,
      model,
      arrivedAt,
    ];
    expect(none.map(told)).toEqual(without.map(told));
  });
});
