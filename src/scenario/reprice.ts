/**
 * Other prices for a scenario that has run: a file of revenue plans by tier and of what the fleet costs, laid over the
 * scenario as it was resolved. What such a file may change is what no request has felt.
 */
import { Type } from 'typebox';
import { admissions } from '../gateway/admission/index.ts';
import { disciplines } from '../gateway/disciplines/index.ts';
import type { Accelerator } from '../catalog/accelerator.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { FaultList } from '../input/fault-list.ts';
import type { SourceDocument } from '../input/source-document.ts';
import { economicsSchema, type PriceBook } from '../economics/price-book.ts';
import { revenuePlans, slaCreditsSchema } from '../economics/revenue/index.ts';
import { Fields } from '../input/schema.ts';
import { shareOf } from '../units.ts';
import { alternatives } from '../input/suggest.ts';
import { SchemaReader } from '../input/schema-reader.ts';
import { compilePrices, type PricedTier } from './prices.ts';
import type { ScenarioFile } from './schema.ts';

export const pricesSchema = Fields({
  tiers: Type.Optional(
    Type.Array(
      Fields({
        name: Type.String({ description: 'A tier of the scenario.' }),
        revenue: Type.Optional(revenuePlans.schema),
        slaCredits: Type.Optional(slaCreditsSchema),
      }),
      { description: 'What tiers pay instead; those that are not named pay what they did.' },
    ),
  ),
  economics: Type.Optional(economicsSchema),
});

/** What of a resolved scenario prices lean on: see `resolve` in scenario.ts. */
type Resolved = Pick<ScenarioFile, 'cell' | 'workload' | 'fleet' | 'economics' | 'gateway'> & {
  readonly pools: readonly { readonly accelerator: Accelerator | null }[];
};

/** Whether a policy may look at what requests pay: a plugin's, which is not at hand here, may for all that is known. */
const mayLookAtPrices = (kind: string): boolean =>
  [...admissions.strategies, ...disciplines.strategies].find((one) => one.kind === kind)?.declares
    .looksAtPrices !== false;

/**
 * The price book that the scenario would have with the prices of a document. Throws `InputError` with every fault found,
 * among them revenue plans that the gateway would have acted on.
 *
 * @param resolved JSON of the scenario, as it was kept
 */
export function readPrices(document: SourceDocument, resolved: string, catalog: Catalog): PriceBook {
  const file = new SchemaReader(pricesSchema).read(document);
  const faults = new FaultList(document);
  const { cell, workload, fleet, economics, gateway, pools } = JSON.parse(resolved) as Resolved;
  const names = workload.tiers.map(({ name }) => name);
  const given = file.tiers ?? [];
  const policies = [gateway.admission.kind, gateway.discipline.kind];
  const looking = policies.find(mayLookAtPrices);
  given.forEach(({ name, revenue }, index) => {
    if (!names.includes(name))
      faults.add(
        ['tiers', index, 'name'],
        `no tier is called "${name}"; ${alternatives(name, names)}`,
        'unknown-name',
      );
    if (given.findIndex((other) => other.name === name) < index)
      faults.add(['tiers', index, 'name'], `"${name}" already has prices above; drop one`);
    if (revenue !== undefined && looking !== undefined)
      faults.add(
        ['tiers', index, 'revenue'],
        `affects which requests are served in this scenario, because its gateway is ${looking}; run the scenario with it instead`,
      );
  });
  const tiers = workload.tiers.map((tier): PricedTier => {
    const index = given.findIndex(({ name }) => name === tier.name);
    return {
      ...tier,
      ...(index < 0 ? {} : given[index]),
      // A share that left a fraction of a tenant was refused when the scenario was read.
      tenants: shareOf(tier.tenants!, cell.share).whole ?? 1,
      isDeferrable: tier.deferrable !== undefined,
      hasSlo: tier.slo !== undefined,
      hasRuns: tier.session?.run !== undefined,
      path: ['tiers', index],
    };
  });
  const book = compilePrices(
    {
      tiers,
      pools: [...fleet.pools, ...fleet.training].map(({ name }, index) => ({ ...pools[index]!, name })),
      share: cell.share,
      economics: file.economics ?? economics ?? null,
    },
    catalog,
    faults,
  );
  faults.throwIfAny();
  return book;
}
