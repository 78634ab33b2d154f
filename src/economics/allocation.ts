/**
 * Allocates the use of a pool to tiers: the busy time of a pool is divided among tiers in proportion to the time that
 * their completed and cancelled requests spent in it (sequence-seconds, from admission to the last token). Sequences in
 * the same step share it evenly, however long their prompts. Idle time belongs to no tier.
 */
import type { Ledger } from '../simulation/ledger.ts';
import { sumOf } from '../stats/index.ts';

/** Shares by pool, then tier, which add up to 1 in each pool; all 0 where no request ended in the pool. */
export function shareOfPools(ledger: Ledger): readonly (readonly number[])[] {
  const { pools, tiers } = ledger.shape;
  return pools.map((_, pool) => {
    const seconds = tiers.map((_name, tier) => ledger.flowTotal('serviceSeconds', tier, pool));
    const all = sumOf(seconds);
    return seconds.map((ofTier) => (all === 0 ? 0 : ofTier / all));
  });
}
