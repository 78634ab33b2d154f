/**
 * One engine, step by step (oracles J01 to J06): the program must agree with what is worked by hand to 1e-9 ms.
 *
 * Each request has a tier of its own, so that what is kept by tier is kept by request. Single token times are seen by
 * ending the run at a sweep of instants: a request that is not finished then tells its last token.
 */
import { describe, expect, test } from 'vitest';
import { runOf } from '../helpers/story.ts';
import { Estimates, replications, scenarioOf } from '../helpers/scenario.ts';
import { NO_ORACLES, oracle } from '../helpers/shared.ts';
import { engineOf, STEP_CASES, type StepCase } from './step-cases.ts';

/** Every step of these cases takes 11 ms or more, and none ends at an odd multiple of 2.5 ms: the sweep sees each token. */
const SWEEP = 5;
const FIRST = 2.5;
/** Agreement of instants [s]: 1e-9 ms. */
const EXACT = 1e-12;

const arrivingBefore = ({ requests }: StepCase, milliseconds: number) =>
  requests.filter(({ t }) => t < milliseconds);

function textOf(one: StepCase, milliseconds: number): string {
  const { maxSequences, maxBatchedTokens, capacityTokens, priorityPreemption } = engineOf(one);
  const settings = `maxSequences: ${maxSequences}, maxBatchedTokens: ${maxBatchedTokens}, priorityPreemption: ${priorityPreemption}, kv: { capacityTokens: ${capacityTokens}, blockSize: 1 }`;
  // Requests after the end of the run are left out: a tier of which nothing arrives is refused.
  const tiers = arrivingBefore(one, milliseconds).map(
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
        { kind: continuous-batching, ${settings}, stepTime: { kind: affine, base: 10ms, perPrefillToken: 0.1ms, perSequence: 1ms, perKvToken: ${one.perKv}ms } }
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
  for (const one of STEP_CASES) {
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
          const { id } = arrivingBefore(one, at)[tier]!;
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
  for (const one of STEP_CASES) {
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
