/**
 * Prices: from revenue and cost in a file to a price book. It checks what prices mean together with the
 * tiers and pools that they are of.
 */
import type { Accelerator } from '../catalog/accelerator.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { gpuHours, type GpuHourCost } from '../economics/costs/index.ts';
import type { EconomicsRule, PriceBook } from '../economics/price-book.ts';
import { revenuePlans, type SlaCredits } from '../economics/revenue/index.ts';
import type { FaultList } from '../input/fault-list.ts';
import type { Path } from '../input/path.ts';
import type { ChoiceOf } from '../input/strategy.ts';
import { alternatives } from '../input/suggest.ts';

/** A tier as its prices see it. */
export interface PricedTier {
  readonly revenue?: ChoiceOf<typeof revenuePlans>;
  readonly slaCredits?: SlaCredits;
  /** Tenants in the cell. */
  readonly tenants: number;
  readonly isDeferrable: boolean;
  readonly hasSlo: boolean;
  readonly hasRuns: boolean;
  /** Its path in the file. */
  readonly path: Path;
}

export interface PricedPool {
  readonly name: string;
  readonly accelerator: Accelerator | null;
}

export interface Priced {
  readonly tiers: readonly PricedTier[];
  /** All pools of the cell, those that train among them. */
  readonly pools: readonly PricedPool[];
  /** The cell's share of the provider. */
  readonly share: number;
  readonly economics: EconomicsRule | null;
}

/** The price book; problems are added to the faults, and then the book must not be used. */
export function compilePrices(priced: Priced, catalog: Catalog, faults: FaultList): PriceBook {
  const { tiers, economics } = priced;
  tiers.forEach((tier) => checkTier(tier, faults));
  return {
    plans: tiers.map(({ revenue, path }) =>
      revenue === undefined
        ? null
        : faults.attempt([...path, 'revenue'], () => revenuePlans.create(revenue, null)),
    ),
    kinds: tiers.map(({ revenue }) => revenue?.kind ?? null),
    credits: tiers.map(({ slaCredits }) => slaCredits ?? null),
    tenants: tiers.map(({ tenants }) => tenants),
    share: priced.share,
    costs:
      economics === null
        ? null
        : { gpuHour: gpuHoursOf(priced.pools, economics, catalog, faults), rule: economics },
  };
}

function checkTier({ revenue, slaCredits, path, ...tier }: PricedTier, faults: FaultList): void {
  const needs = revenue === undefined ? null : revenuePlans.declared(revenue, 'needs');
  const has = { deferrable: tier.isDeferrable, runs: tier.hasRuns };
  if (needs !== null && !has[needs.of]) faults.add([...path, 'revenue', needs.key], needs.otherwise);
  if (slaCredits === undefined) return;
  if (!tier.hasSlo)
    faults.add(
      [...path, 'slaCredits'],
      'compensate for a missed SLO, but the tier has none; add slo, or drop them',
    );
  if (revenue === undefined)
    faults.add([...path, 'slaCredits'], 'are a share of the bill, but the tier pays nothing; add revenue');
}

function gpuHoursOf(
  pools: readonly PricedPool[],
  { gpuHour, pools: others = [] }: EconomicsRule,
  catalog: Catalog,
  faults: FaultList,
): readonly GpuHourCost[] {
  const names = pools.map(({ name }) => name);
  others.forEach(({ pool }, index) => {
    const path = ['economics', 'pools', index, 'pool'];
    if (!names.includes(pool))
      faults.add(path, `no pool is called "${pool}"; ${alternatives(pool, names)}`, 'unknown-name');
    else if (others.findIndex((other) => other.pool === pool) < index)
      faults.add(path, `"${pool}" already has a price above; drop one`);
  });
  return pools.map(({ name, accelerator }) => {
    const own = others.findIndex(({ pool }) => pool === name);
    const path = own < 0 ? ['economics', 'gpuHour'] : ['economics', 'pools', own, 'gpuHour'];
    // A fault stops the reading before the book is used.
    return faults.attempt(path, () =>
      gpuHours.create(own < 0 ? gpuHour : others[own]!.gpuHour, {
        accelerator,
        ownedGpuHour: (preset) => catalog.ownedGpuHour(preset),
      }),
    ) as GpuHourCost;
  });
}
