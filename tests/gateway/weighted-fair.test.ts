/** How far service by weight may stray from the weights, and that what a tier did not use is not owed to it. */
import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../helpers/scenario.ts';
import { runOf } from '../helpers/story.ts';

const WEIGHTS = [3, 1];
const SLOTS = 4;
const LONGEST = { prompt: 90, output: 60 };

/** Requests of both tiers, all there at once, with lengths that differ; tokens are served a slot at a time. */
const listOf = (count: number, seed: number, at = 0) =>
  Array.from({ length: count }, (_, n) => {
    const odd = (n * 7919 + seed * 104_729) % 60;
    return `{ at: ${at}s, prompt: ${30 + odd}, output: ${1 + ((odd * 13) % LONGEST.output)} }`;
  }).join(', ');

const textOf = (lists: readonly string[], slots: number) => `
fleetyield: 1
name: fair
horizon: { duration: 10000s }
workload:
  tiers:
${lists.map((list, n) => `    - { name: t${n}, model: any, weight: ${WEIGHTS[n]}, arrivals: { kind: replay, requests: [${list}] } }`).join('\n')}
fleet: { pools: [{ name: main, model: any, replicas: 1, serving: { kind: slots, concurrency: ${slots}, serviceTime: { kind: uniform, low: 100ms, high: 2s } } }] }
gateway: { discipline: { kind: weighted-fair } }
`;

describe('service by weight', () => {
  test('gives two tiers that both wait tokens as 3 to 1, never further off than its bound', () => {
    const { stories } = runOf(scenarioOf(textOf([listOf(900, 1), listOf(900, 2)], SLOTS)));
    const ended = stories.toSorted((a, b) => a.lastTokenAt - b.lastTokenAt);
    // The heavier tier is the first to be through; until its last has started, both wait.
    const until = Math.max(...stories.filter(({ tier }) => tier === 0).map(({ admittedAt }) => admittedAt));
    const perWeight = [0, 0];
    const { prompt, output } = LONGEST;
    // Of the bound on counters, and prompts charged that are in service still: (P + n C + n P) ÷ w of the lighter tier.
    const bound = prompt + SLOTS * (output + prompt);
    let compared = 0;
    for (const { tier, promptTokens, outputDone, lastTokenAt } of ended) {
      if (lastTokenAt > until) break;
      perWeight[tier]! += (promptTokens + outputDone) / WEIGHTS[tier]!;
      expect(Math.abs(perWeight[0]! - perWeight[1]!)).toBeLessThanOrEqual(bound);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(1_000);
    // In the long run the bound is small: 2 % of what either was served for its weight.
    expect(bound / perWeight[0]!).toBeLessThan(0.03);
  });

  test('owes a tier nothing for the time in which it sent nothing', () => {
    // The second tier is alone for 100 s; from then on both wait, and of the next starts 3 in 4 tokens are the first's.
    const { stories } = runOf(scenarioOf(textOf([listOf(400, 1, 100), listOf(600, 2)], 1)));
    const starts = stories
      .filter(({ admittedAt }) => admittedAt > 100)
      .toSorted((a, b) => a.admittedAt - b.admittedAt)
      .slice(0, 200);
    const tokens = [0, 0];
    starts.forEach(({ tier, promptTokens, outputDone }) => (tokens[tier]! += promptTokens + outputDone));
    const { prompt, output } = LONGEST;
    const apart = Math.abs(tokens[0]! / 3 - tokens[1]!);
    expect(apart).toBeLessThanOrEqual(2 * (prompt + output));
  });
});
