/**
 * One engine, step by step, worked by hand (oracles J01 to J05; tables in METHODOLOGY 4.4). A step takes
 * a + b P + c S + d K ms with a = 10, b = 0.1, c = 1 and d = 0 or 0.01; the program must agree to 1e-9 ms.
 *
 * Each request has a tier of its own, so that what is kept by tier is kept by request. Single token times are seen by
 * ending the run at a sweep of instants: a request that is not finished then tells its last token.
 */
import { describe, expect, test } from 'vitest';
import { runOf } from '../helpers/story.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, oracle } from '../helpers/shared.ts';

interface Request {
  readonly id: string;
  /** Arrival [ms], prompt and output tokens. */
  readonly t: number;
  readonly p: number;
  readonly o: number;
  readonly prio?: number;
}

interface Case {
  readonly id: string;
  readonly behaviour: string;
  readonly requests: readonly Request[];
  readonly perKv: number;
  readonly settings: string;
  /** Token times by request [ms], and who was pre-empted. */
  readonly tokens: Readonly<Record<string, readonly number[]>>;
  readonly preempted: readonly string[];
  /** Ends of the steps, and time in them [ms]. */
  readonly steps: readonly number[];
  readonly busy: number;
}

const CASES: readonly Case[] = [
  {
    id: 'J01',
    behaviour: 'lets a prompt join a decode step: 10 + 10 + 1, then 10 + 5 + 2, then 10 + 2 ms',
    requests: [
      { id: 'R1', t: 0, p: 100, o: 3 },
      { id: 'R2', t: 5, p: 50, o: 2 },
    ],
    perKv: 0,
    settings: 'maxBatchedTokens: 1000000',
    tokens: { R1: [21, 38, 50], R2: [38, 50] },
    preempted: [],
    steps: [21, 38, 50],
    busy: 50,
  },
  {
    id: 'J02',
    behaviour: 'reads a prompt of 150 in chunks of 63, 63 and 24 beside a decode when a step has 64 tokens',
    requests: [
      { id: 'R1', t: 0, p: 20, o: 6 },
      { id: 'R2', t: 1, p: 150, o: 2 },
    ],
    perKv: 0,
    settings: 'maxBatchedTokens: 64',
    tokens: { R1: [13, 31.3, 49.6, 64, 76, 87], R2: [64, 76] },
    preempted: [],
    steps: [13, 31.3, 49.6, 64, 76, 87],
    busy: 87,
  },
  {
    id: 'J03',
    behaviour: 'counts the KV resident at the start of a step, and idles from 83.03 to 100 ms',
    requests: [
      { id: 'R1', t: 0, p: 200, o: 4 },
      { id: 'R2', t: 10, p: 100, o: 2 },
      { id: 'R3', t: 100, p: 50, o: 1 },
    ],
    perKv: 0.01,
    settings: 'maxSequences: 2, maxBatchedTokens: 1000000',
    tokens: { R1: [31, 55, 70.01, 83.03], R2: [55, 70.01], R3: [116] },
    preempted: [],
    steps: [31, 55, 70.01, 83.03, 116],
    busy: 99.03,
  },
  {
    id: 'J04',
    behaviour: 'pre-empts the last of two when 84 tokens of KV are full, which reads 40 + 3 tokens again',
    requests: [
      { id: 'R1', t: 0, p: 40, o: 6 },
      { id: 'R2', t: 0, p: 40, o: 5 },
    ],
    perKv: 0.01,
    settings: 'maxBatchedTokens: 1000000, kv: { capacityTokens: 84, blockSize: 1 }',
    tokens: { R1: [20, 32.8, 45.62, 57.04, 68.47, 79.91], R2: [20, 32.8, 45.62, 95.21, 106.64] },
    preempted: ['R2'],
    steps: [20, 32.8, 45.62, 57.04, 68.47, 79.91, 95.21, 106.64],
    busy: 106.64,
  },
  {
    id: 'J05',
    behaviour: 'pre-empts the worst of two for one that is more important, at the next step',
    requests: [
      { id: 'L1', t: 0, p: 30, o: 6, prio: 1 },
      { id: 'L2', t: 0, p: 30, o: 6, prio: 1 },
      { id: 'H', t: 25, p: 60, o: 2, prio: 0 },
    ],
    perKv: 0,
    settings: 'maxSequences: 2, maxBatchedTokens: 1000000, priorityPreemption: true',
    tokens: {
      L1: [18, 30, 48, 60, 75.2, 87.2],
      L2: [18, 30, 75.2, 87.2, 98.2, 109.2],
      H: [48, 60],
    },
    preempted: ['L2'],
    steps: [18, 30, 48, 60, 75.2, 87.2, 98.2, 109.2],
    busy: 109.2,
  },
];

/** Every step of these cases takes 11 ms or more, and none ends at an odd multiple of 2.5 ms: the sweep sees each token. */
const SWEEP = 5;
const FIRST = 2.5;
/** Agreement of instants [s]: 1e-9 ms. */
const EXACT = 1e-12;

function textOf({ requests, perKv, settings }: Case, milliseconds: number): string {
  const kv = settings.includes('kv:') ? '' : 'kv: { capacityTokens: 1000000, blockSize: 1 }, ';
  const tiers = requests.map(
    ({ id, t, p, o, prio = 0 }) =>
      `    - { name: ${id}, priority: ${prio}, model: toy, arrivals: { kind: replay, requests: [{ at: ${t}ms, prompt: ${p}, output: ${o} }] } }`,
  );
  return `
fleetyield: 1
name: steps
horizon: { duration: ${milliseconds}ms }
gateway: { discipline: { kind: strict-priority } }
workload:
  tiers:
${tiers.join('\n')}
fleet:
  pools:
    - name: main
      model: toy
      replicas: 1
      serving:
        { kind: continuous-batching, ${kv}${settings}, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0.1ms, perSequence: 1ms, perKvToken: ${perKv}ms } }
`;
}

const inMilliseconds = (values: Iterable<number>) => [...values].map((seconds) => seconds * 1_000);

function expectInstants(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, at) =>
    expect(Math.abs(value - expected[at]!), `${value} for ${expected[at]} ms`).toBeLessThan(EXACT * 1_000),
  );
}

describe('an engine', () => {
  for (const one of CASES) {
    const end = Math.max(...one.steps);
    const whole = () => scenarioOf(textOf(one, end + 1));

    test(`${one.behaviour} (${one.id})`, () => {
      const { ledger, stories } = runOf(whole());
      one.requests.forEach(({ id, t, o }, index) => {
        const story = stories[index]!;
        const times = one.tokens[id]!;
        expect(story.outcome).toBe('served');
        expect(story.preemptions).toBe(one.preempted.includes(id) ? 1 : 0);
        expect(story.outputDone).toBe(o);
        expectInstants(inMilliseconds([story.arrivedAt, story.firstTokenAt, story.lastTokenAt]), [
          t,
          times[0]!,
          times[times.length - 1]!,
        ]);
      });
      const [pool] = ledger.shape.pools;
      expect(pool!.steps).toBe(one.steps.length);
      expectInstants([pool!.busySeconds * 1_000], [one.busy]);
      // Every sequence in a step of these cases gets a token, except while J02 reads R2 in chunks: twice.
      const tokens = Object.values(one.tokens).flat().length;
      expect(pool!.sequences).toBe(tokens + (one.id === 'J02' ? 2 : 0));
    });

    test(`gives each token of ${one.id} at its time`, () => {
      const seen = new Map<string, Map<number, number>>();
      const stepsBy: number[] = [];
      for (let at = FIRST; at <= end + SWEEP; at += SWEEP) {
        const { ledger, stories } = runOf(scenarioOf(textOf(one, at)));
        stepsBy.push(ledger.shape.pools[0]!.steps);
        for (const { tier, outputDone, lastTokenAt } of stories) {
          if (outputDone === 0) continue;
          const { id } = one.requests[tier]!;
          seen.set(id, (seen.get(id) ?? new Map<number, number>()).set(outputDone, lastTokenAt));
        }
      }
      for (const { id, o } of one.requests) {
        const tokens = seen.get(id)!;
        expect([...tokens.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: o }, (_, n) => n + 1));
        const times = [...tokens].sort(([a], [b]) => a - b).map(([, at]) => at);
        expectInstants(inMilliseconds(times), one.tokens[id]!);
      }
      const counts = stepsBy.map((_, n) => one.steps.filter((step) => step <= FIRST + n * SWEEP).length);
      expect(stepsBy).toEqual(counts);
    });

    test(`reports the latencies of ${one.id}`, () => {
      const estimates = new Estimates(replications(whole(), 1));
      for (const { id, t, o } of one.requests) {
        const times = one.tokens[id]!;
        const scope = `tier:${id}`;
        const last = times[times.length - 1]!;
        const latency = (metric: string) => estimates.mean(metric, scope) * 1_000;
        expectInstants(
          [latency('ttft.mean'), latency('e2e.mean'), latency('e2e.p99')],
          [times[0]! - t, last - t, last - t],
        );
        if (o === 1) {
          expect(estimates.of('tpot.mean', scope).mean).toBeNull();
          expect(estimates.of('itl.mean', scope).mean).toBeNull();
          continue;
        }
        expectInstants(
          [latency('tpot.mean'), latency('itl.mean')],
          Array(2).fill((last - times[0]!) / (o - 1)),
        );
        const gaps = times.slice(1).map((at, n) => at - times[n]!);
        const sorted = [...gaps].sort((a, b) => a - b);
        expectInstants(
          [latency('itl.p50'), latency('itl.p99')],
          [sorted[Math.ceil(gaps.length / 2) - 1]!, sorted[gaps.length - 1]!],
        );
      }
      expectInstants([estimates.mean('utilisation.busy') * (end + 1)], [one.busy]);
    });
  }
});

describe.skipIf(NO_ORACLES !== null)(`the hand-worked steps ${NO_ORACLES ?? ''}`, () => {
  for (const one of CASES) {
    test(`are those of oracle ${one.id}`, () => {
      const { params, metrics } = oracle(one.id);
      expect(one.requests).toEqual(params.requests);
      for (const { id, t } of one.requests) {
        const answer = metrics.requests[id];
        expect(one.tokens[id]).toEqual(answer.token_times);
        expect(one.preempted.includes(id) ? 1 : 0).toBe(answer.preempts);
        expect(one.tokens[id]![0]! - t).toBeCloseTo(answer.ttft, 9);
      }
      expect(one.steps).toEqual(metrics.step_ends);
      expect(one.busy).toBe(metrics.busy_ms);
    });
  }
});
