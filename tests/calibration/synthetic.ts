/** Measured runs whose truth is known: what the simulator itself does under a model, written down as if measured. */
import type { MeasuredRequest } from '../../src/calibration/measured-run.ts';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';

export interface Synthetic {
  readonly scenario: Scenario;
  readonly requests: MeasuredRequest[];
  readonly preemptions: number;
}

interface Wish {
  readonly at: number;
  readonly prompt: number;
  readonly output: number;
}

/** Whole numbers that look drawn: multiples of a prime, folded into a range. */
const spread = (n: number, prime: number, least: number, most: number): number =>
  least + ((n * prime) % (most - least));

/** Lulls of single requests and rushes of many, in turn, so that every term of a model shows apart from the others. */
export function mixedLoads(): Wish[] {
  let at = 0;
  return Array.from({ length: 240 }, (_, n) => {
    const rush = Math.floor(n / 30) % 2 === 1;
    at += rush ? 0.01 * spread(n, 7, 4, 15) : 0.1 * spread(n, 13, 15, 60);
    return {
      at,
      // Some prompts take several chunks, some a small part of one.
      prompt: n % 3 === 0 ? spread(n, 373, 2_000, 6_000) : spread(n, 211, 20, 700),
      output: spread(n, 131, 20, 400),
    };
  });
}

/** All at once, more than KV holds: who runs is decided by blocks alone. */
export function rush(requests: number): Wish[] {
  return Array.from({ length: requests }, (_, n) => ({
    at: 0.001 * n,
    prompt: spread(n, 211, 100, 900),
    output: spread(n, 131, 200, 700),
  }));
}

/** What one engine with that model and that KV does with the wishes. */
export function synthetic(wishes: readonly Wish[], stepTime: string, kvTokens: number): Synthetic {
  const requests = wishes.map(
    ({ at, prompt, output }) => `{ at: ${at.toFixed(3)}s, prompt: ${prompt}, output: ${output} }`,
  );
  const scenario = scenarioOf(`
fleetyield: 1
name: synthetic
horizon: { duration: 1h }
workload:
  tiers:
    - { name: all, model: toy, arrivals: { kind: replay, requests: [${requests.join(', ')}] } }
fleet:
  pools:
    - name: main
      model: toy
      replicas: 1
      serving:
        kind: continuous-batching
        maxSequences: 64
        maxBatchedTokens: 2048
        kv: { capacityTokens: ${kvTokens}, blockSize: 16 }
        stepTime: ${stepTime}
`);
  const { stories } = runOf(scenario);
  if (stories.some(({ outcome }) => outcome !== 'served')) throw new Error('not all are served');
  return {
    scenario,
    requests: stories.map(({ arrivedAt, firstTokenAt, lastTokenAt, promptTokens, outputDone }) => ({
      arrivedAt,
      firstTokenAt,
      lastTokenAt,
      promptTokens,
      outputTokens: outputDone,
    })),
    preemptions: stories.reduce((sum, story) => sum + story.preemptions, 0),
  };
}
