/**
 * What to check when no model explains a measured run: the engine's settings are taken from the scenario, and where
 * they are not those of the engine that was measured, a fit comes out badly, not at all times visibly so in the means.
 */
import { TIMES, type Comparison } from './comparison.ts';

/** Relative errors beyond which a model is doubted: of any mean, and of TPOT per request. */
export const DOUBTED = { mean: 0.03, perRequest: 0.05 } as const;

/** What is off and what to do, in one line; `null` where the model explains the run it was fitted to. */
export function doubtOf(
  { metrics, perRequest }: Comparison,
  preemptions: number,
  kvCapacityTokens: number,
): string | null {
  const means = TIMES.map((time) => metrics.find(({ metric }) => metric === `${time}.mean`)?.error ?? 0);
  const worst = Math.max(...means.map(Math.abs));
  const tpot = perRequest.tpot ?? 0;
  if (worst <= DOUBTED.mean && tpot <= DOUBTED.perRequest) return null;
  const percent = (error: number) => `${(100 * error).toFixed(1)} %`;
  const kv =
    preemptions > 0
      ? `the simulated engine ran out of ${kvCapacityTokens} KV tokens and pre-empted ${preemptions} times: if the measured one did not, kv.capacityTokens is too small; if it did, which prompts begin alike decides who is pre-empted (--prompts)`
      : `the simulated engine never ran out of its ${kvCapacityTokens} KV tokens: if the measured one did (pre-emptions in its log, or KV use near 100 %), kv.capacityTokens is too large`;
  return (
    `no model explains this run: means are up to ${percent(worst)} off, and TPOT per request ${percent(tpot)}; ${kv}. ` +
    'Check maxSequences, maxBatchedTokens and reserveFullPrompt against the settings of that engine too'
  );
}
