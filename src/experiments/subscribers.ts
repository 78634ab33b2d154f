/**
 * Months: how service changes the number of subscribers, and subscribers the load. Each month is the window of the
 * scenario, simulated with the subscribers left by the service of the month before; each subscriber sends what one sent
 * in the first. It knows scenarios and their plans, and not how they are run.
 *
 * All replications of a month begin with the same subscribers, those of the mean service: random variation from
 * month to month is left out, which is small in a large system.
 */
import { ParameterError } from '../errors.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** A tier whose subscribers come and go. */
export interface SubscribedTier {
  readonly name: string;
  readonly index: number;
  /** Subscribers of the provider as the scenario has them. */
  readonly subscribers: number;
}

/** The tiers whose plan has churn or sign-ups. Throws `ParameterError` at `scenario` where there are none. */
export function subscribedTiers({ cell, priceBook }: Scenario): readonly SubscribedTier[] {
  const found = cell.tiers.flatMap(({ rule, tenants }, index) =>
    priceBook.plans[index]?.course === undefined
      ? []
      : [{ name: rule.name, index, subscribers: tenants / cell.share }],
  );
  if (found.length === 0)
    throw new ParameterError(
      'scenario',
      'no tier has subscribers that join or leave; give the revenue of a tier churn or signUps, or use run',
    );
  return found;
}

/** Subscribers of the provider after a month in which so large a share of their requests was served well. */
export function afterMonth(
  { priceBook }: Scenario,
  { index }: SubscribedTier,
  subscribers: number,
  servedWell: number,
): number {
  return priceBook.plans[index]!.course!(subscribers, servedWell).subscribers[0]!;
}

/**
 * What to replace in the scenario for a month that begins with these subscribers, by tier. Tenants are whole in the
 * cell; demand is as much as the subscribers are, to the last digit.
 */
export function overridesOfMonth(
  { cell }: Scenario,
  tiers: readonly SubscribedTier[],
  subscribers: readonly number[],
): string[] {
  return tiers.flatMap(({ index, subscribers: first }, at) => {
    const there = subscribers[at]!;
    const inCell = Math.max(1, Math.round(there * cell.share));
    const load = (cell.tiers[index]!.rule.load ?? 1) * (there / first);
    return [
      `workload.tiers[${index}].tenants=${Math.round(inCell / cell.share)}`,
      `workload.tiers[${index}].load=${load}`,
    ];
  });
}
