/** From the values of a scenario file to a cell: the numbers of the provider become those of the cell. */
import type { Catalog } from '../catalog/catalog.ts';
import { kvBytesPerToken } from '../catalog/model.ts';
import { inPrecision } from '../catalog/precision.ts';
import type { FaultList } from '../input/fault-list.ts';
import { NO_PRICE } from '../gateway/worth.ts';
import { revenuePlans } from '../economics/revenue/index.ts';
import { services } from '../serving/index.ts';
import { arrivals as arrivalProcesses } from '../workload/arrivals/index.ts';
import type { Cell, Link, PoolPlan, TierPlan } from '../simulation/cell.ts';
import { leavesFraction, shareOf } from '../units.ts';
import { alternatives } from '../input/suggest.ts';
import type { TierRule } from '../workload/tier.ts';
import type { PlacedRule } from './limit-presets.ts';
import { compileDynamics } from './fleet-dynamics.ts';
import type { ScenarioFile } from './schema.ts';
import { windowOf } from './cross-checks.ts';
import { type NamedFiles, recordedPriorities } from './named-files.ts';
import { usePriceOf, spendOf, worthMore } from './list-prices.ts';

/** The provider's numbers turned into those of the cell. */
export function compileCell(
  file: ScenarioFile,
  rules: readonly PlacedRule[],
  catalog: Catalog,
  { traces, weights }: NamedFiles,
  faults: FaultList,
): Cell {
  const { share } = file.cell;
  const models = [...new Set(file.fleet.pools.map(({ model }) => model))];
  const modelNumbers = new Map(models.map((model, index) => [model, index]));
  const modelOf = (name: string) => modelNumbers.get(name) ?? -1;
  const replicasOf = (count: number, path: readonly (string | number)[]) =>
    ofCell(count, share, MOST_REPLICAS, path, faults);
  const dynamics = compileDynamics(file.fleet, models, share, replicasOf, faults);
  const acceleratorOf = (name: string | undefined, path: readonly (string | number)[]) => {
    const accelerator = name === undefined ? null : catalog.accelerator(name);
    if (name !== undefined && accelerator === null) {
      const known = alternatives(name, catalog.names('accelerator'));
      faults.add([...path, 'accelerator'], `unknown accelerator "${name}"; ${known}`, 'unknown-name');
    }
    return accelerator;
  };
  const serving = file.fleet.pools.map((pool, index): PoolPlan => {
    const path = ['fleet', 'pools', index];
    return {
      name: pool.name,
      model: modelOf(pool.model),
      replicas: replicasOf(pool.replicas, [...path, 'replicas']),
      gpusPerReplica: pool.gpusPerReplica,
      serving: pool.serving,
      dynamics: dynamics.pools[index]!,
      phase: pool.phase,
      link: pool.link === undefined ? null : linkOf(pool.link, pool, catalog, [...path, 'link'], faults),
      catalogModel: catalog.model(pool.model),
      accelerator: acceleratorOf(pool.accelerator, path),
    };
  });
  const training = file.fleet.training.map(({ name, gpus, accelerator }, index): PoolPlan => {
    const path = ['fleet', 'training', index];
    return {
      name,
      model: -1,
      replicas: gpus === 0 ? 0 : replicasOf(gpus, [...path, 'gpus']),
      gpusPerReplica: 1,
      serving: null,
      dynamics: dynamics.pools[serving.length + index]!,
      phase: 'both',
      link: null,
      catalogModel: null,
      accelerator: acceleratorOf(accelerator, path),
    };
  });
  return {
    share,
    load: file.workload.load,
    startOfWeek: file.horizon.start.ofWeek,
    startDate: file.horizon.start.date,
    window: windowOf(file.horizon),
    tiers: file.workload.tiers.map((tier, index): TierPlan => {
      const { revenue, slaCredits: _slaCredits, valueUsdPerRequest = 0, ...rule } = tier;
      const path = ['workload', 'tiers', index, 'tenants'];
      const prices = faults.attempt(['workload', 'tiers', index, 'revenue'], () => ({
        use: usePriceOf(revenue),
        spend:
          revenue !== undefined && revenuePlans.declared(revenue, 'billsTokens') ? spendOf(revenue) : null,
      }));
      return {
        rule,
        lastPriority: Math.max(tier.priority, ...recordedPriorities(tier, traces)),
        tenants: tenantsOfCell(tier, share, path, faults),
        model: modelOf(tier.model),
        featureModels: (tier.features ?? []).map(({ model = tier.model }) => modelOf(model)),
        price: worthMore(prices?.use ?? NO_PRICE, valueUsdPerRequest),
        spend: prices?.spend ?? null,
      };
    }),
    models,
    pools: [...serving, ...training],
    reallocation: dynamics.reallocation,
    gateway: { ...file.gateway, rateLimits: rules.map(({ rule }) => rule) },
    named: {
      quantileTables: new Map(
        catalog.names('quantile-table').map((name) => {
          const { probabilities, tokens } = catalog.quantileTable(name)!;
          return [name, probabilities.map((p, at) => [p, tokens[at]!] as const)];
        }),
      ),
      profiles: new Map(
        catalog.names('week-profile').map((name) => [name, Float64Array.from(catalog.profile(name)!.hours)]),
      ),
      traces: new Map([...traces].map(([name, { trace }]) => [name, trace])),
      tenantWeights: new Map([...weights].map(([name, loaded]) => [name, loaded.weights])),
    },
  };
}

type PoolFile = ScenarioFile['fleet']['pools'][number];

function linkOf(
  { latency, bytesPerSecond, bytesPerToken }: NonNullable<PoolFile['link']>,
  { model: name, serving }: PoolFile,
  catalog: Catalog,
  path: readonly (string | number)[],
  faults: FaultList,
): Link {
  if (bytesPerSecond === undefined) {
    if (bytesPerToken !== undefined)
      faults.add([...path, 'bytesPerToken'], 'has no effect without bytesPerSecond; add that, or drop this');
    return { latency, secondsPerToken: 0 };
  }
  const model = catalog.model(name);
  if (bytesPerToken === undefined && model === null) {
    const unknown = `the catalogue has no model "${name}" to derive it from`;
    faults.add(path, `bytesPerToken is missing, and ${unknown}; add it`);
    return { latency, secondsPerToken: 0 };
  }
  const precision = services.declared(serving, 'precision');
  const bytes = bytesPerToken ?? kvBytesPerToken(inPrecision(model!, precision));
  return { latency, secondsPerToken: bytes / bytesPerSecond };
}

/** The most that one process can hold of each: every replica and every tenant takes memory. */
const MOST_REPLICAS = 1_000_000;

const MOST_TENANTS = 100_000_000;

/** A count of the provider scaled to the cell; a fault when the share leaves a fraction. */
function ofCell(
  count: number,
  share: number,
  most: number,
  path: readonly (string | number)[],
  faults: FaultList,
): number {
  const { whole } = shareOf(count, share);
  if (Math.round(count * share) > most) {
    faults.add(
      path,
      `${count} × cell.share ${share} exceeds the ${most} that a cell can hold; lower the share`,
    );
    return 1;
  }
  if (whole !== null) return whole;
  faults.add(path, leavesFraction(count, share));
  return 1;
}

/** The provider's tenants of a tier: the users of a closed loop are one each unless the scenario says otherwise. */
export function tenantsOf({ tenants, arrivals }: TenantsRule): number {
  return tenants ?? arrivalProcesses.declared(arrivals, 'users') ?? 1;
}

type TenantsRule = Pick<TierRule, 'tenants' | 'arrivals'>;

function tenantsOfCell(
  tier: TenantsRule,
  share: number,
  path: readonly (string | number)[],
  faults: FaultList,
): number {
  const ofProvider = tenantsOf(tier);
  // A number of users that the share makes fractional is refused at its own path.
  if (tier.tenants === undefined && arrivalProcesses.declared(tier.arrivals, 'users') !== null)
    return shareOf(ofProvider, share).whole ?? 1;
  return ofCell(ofProvider, share, MOST_TENANTS, path, faults);
}
