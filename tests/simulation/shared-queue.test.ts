/** A queue that many replicas share: what is noted of each replica is what a look at all of them would find. */
import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const requests = (count: number, at: string) =>
  Array.from({ length: count }, () => `{ at: ${at}, prompt: 1, output: 1 }`).join(', ');

const textOf = (arrivals: string, serving: string, replicas: number, admission: string) => `
fleetyield: 1
name: shared
horizon: { duration: 100s }
workload: { tiers: [{ name: all, model: any, arrivals: { kind: replay, requests: [${arrivals}] } }] }
fleet: { pools: [{ name: main, model: any, replicas: ${replicas}, serving: ${serving} }] }
gateway: { admission: ${admission} }
`;

describe('a shared queue', () => {
  test('gives 70 requests at once to 70 replicas, and as many again when those are free', () => {
    const slots = '{ kind: slots, concurrency: 1, serviceTime: { kind: constant, value: 2s } }';
    const { stories } = runOf(
      scenarioOf(textOf(`${requests(140, '1s')}, ${requests(1, '5s')}`, slots, 70, '{ kind: unbounded }')),
    );
    expect(stories.map(({ admittedAt }) => admittedAt)).toEqual([
      ...Array<number>(70).fill(1),
      ...Array<number>(70).fill(3),
      5,
    ]);
  });

  test('admits to a bounded queue what free servers and places to wait can hold: 3 × 2 + 1 of 10', () => {
    const slots = '{ kind: slots, concurrency: 2, serviceTime: { kind: constant, value: 2s } }';
    for (const routing of ['central', 'least-loaded']) {
      const text = textOf(requests(10, '1s'), slots, 3, '{ kind: bounded, maxWaiting: 1 }').replace(
        'gateway: {',
        `gateway: { routing: { kind: ${routing} },`,
      );
      const served = runOf(scenarioOf(text)).stories.filter(({ outcome }) => outcome === 'served');
      expect(served, routing).toHaveLength(7);
    }
  });

  test('is joined from a running batch at its next boundary, by whichever replica comes to one first', () => {
    // Steps of 1 s: a at 0 s and b at 0.4 s start two replicas; c comes at 2.5 s, and b's next boundary is at 3.4 s,
    // a's at 3 s: c is admitted by the first. d comes at 3.2 s and finds the second's boundary first, at 3.4 s.
    const batching =
      '{ kind: continuous-batching, maxSequences: 4, kv: { capacityTokens: 1000, blockSize: 1 }, stepTime: { kind: affine, base: 1s } }';
    const arrivals =
      '{ at: 0s, prompt: 1, output: 9 }, { at: 400ms, prompt: 1, output: 9 }, { at: 2500ms, prompt: 1, output: 2 }, { at: 3200ms, prompt: 1, output: 2 }';
    const { stories } = runOf(scenarioOf(textOf(arrivals, batching, 2, '{ kind: unbounded }')));
    stories.forEach(({ admittedAt }, n) => expect(admittedAt).toBeCloseTo([0, 0.4, 3, 3.4][n]!, 6));
  });
});
