/** Warns of runs without arrivals: their figures are those of an idle fleet, which is seldom what was meant. */
import type { Estimate } from '../experiments/estimate.ts';

/** Warnings about tiers without arrivals in the measured window; none where each tier had some. */
export function nothingArrived(
  { tiers }: { readonly tiers: readonly string[] },
  estimates: readonly Estimate[],
): string[] {
  const empty = tiers.filter((tier) => hasNone(estimates, `tier:${tier}`));
  if (empty.length === 0) return [];
  const which =
    empty.length === tiers.length
      ? 'no request arrived'
      : `no request of the ${empty.length === 1 ? 'tier' : 'tiers'} ${empty.join(', ')} arrived`;
  return [
    `${which} in the measured window of any replication; check rates, the times of traces, and the horizon`,
  ];
}

const hasNone = (estimates: readonly Estimate[], scope: string): boolean =>
  estimates.some((one) => one.scope === scope && one.metric === 'requests.arrived' && one.mean === 0);
