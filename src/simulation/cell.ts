/**
 * The cell: one share of a provider, ready to be simulated. It is plain data, with everything the engine needs, and no
 * files, catalogue or money. A scenario is turned into a cell once and simulated many times.
 */
import type { Accelerator } from '../catalog/accelerator.ts';
import type { Model } from '../catalog/model.ts';
import type { admissions } from '../gateway/admission/index.ts';
import type { ActionEnvironment } from '../gateway/degradation/action.ts';
import type { DegradationRule } from '../gateway/degradation/index.ts';
import type { disciplines } from '../gateway/disciplines/index.ts';
import type { RateLimitRule } from '../gateway/rate-limiter.ts';
import type { routings } from '../gateway/routing/index.ts';
import type { Spend, UsePrice } from '../gateway/worth.ts';
import type { Phase, ServiceEnvironment, services } from '../serving/index.ts';
import type { DistributionEnvironment, QuantileTable, Streams } from '../stats/index.ts';
import type { ChoiceOf } from '../input/strategy.ts';
import type { ArrivalEnvironment } from '../workload/arrivals/index.ts';
import { RequestSource, type SourceEnvironment } from '../workload/request-source.ts';
import type { HourlyShape } from '../workload/hourly-shape.ts';
import type { PromptTree } from '../workload/prompt-tree.ts';
import type { Trace } from '../workload/traces/index.ts';
import type { TierRule } from '../workload/tier.ts';
import type { PoolDynamics, ReallocationPlan } from './dynamics/plan.ts';

export interface Cell {
  /** Share of the provider's customers and fleet, in (0, 1]. */
  readonly share: number;
  /** Factor on all demand. */
  readonly load: number;
  /** Time of the week at which the run starts [s since Monday 00:00]. */
  readonly startOfWeek: number;
  /** The date on which it starts [s since 1970-01-01 00:00]; `null` where only a time of the week is known. */
  readonly startDate: number | null;
  /** The measured window [s since the start of the run]. */
  readonly window: { readonly from: number; readonly to: number };
  readonly tiers: readonly TierPlan[];
  /** Models that some pool serves, by index. */
  readonly models: readonly string[];
  readonly pools: readonly PoolPlan[];
  /** GPUs that move between pools. */
  readonly reallocation: readonly ReallocationPlan[];
  readonly gateway: GatewayPlan;
  /** What its distributions, arrivals and activities name. */
  readonly named: NamedData;
}

/** Catalogue entries and the contents of files, by the names under which choices refer to them. */
export interface NamedData {
  readonly quantileTables: ReadonlyMap<string, QuantileTable>;
  readonly profiles: ReadonlyMap<string, HourlyShape>;
  readonly traces: ReadonlyMap<string, Trace>;
  readonly tenantWeights: ReadonlyMap<string, Float64Array>;
  /** Common prefixes of all prompts; unknown when left out, as in every scenario. */
  readonly prompts?: PromptTree;
}

/** What strategies look up by name while they are built. */
export type Lookups = DistributionEnvironment &
  Pick<ArrivalEnvironment, 'profile' | 'profileNames' | 'trace'> &
  Pick<SourceEnvironment, 'tenantWeights'> &
  Pick<ServiceEnvironment, 'prompts'>;

/** The data that a cell names, as strategies ask for it. */
export function lookupsOf({ named }: Pick<Cell, 'named'>): Lookups {
  const { quantileTables, profiles, traces, tenantWeights, prompts } = named;
  return {
    quantileTable: (name) => quantileTables.get(name) ?? null,
    profile: (name) => profiles.get(name) ?? null,
    profileNames: [...profiles.keys()],
    trace: (name) => traces.get(name)!,
    tenantWeights: (name) => tenantWeights.get(name)!,
    ...(prompts === undefined ? {} : { prompts }),
  };
}

export interface TierPlan {
  readonly rule: TierRule;
  /** The least important priority class that a request of it may have: the tier's, or one that a trace records. */
  readonly lastPriority: number;
  /** Tenants in the cell. */
  readonly tenants: number;
  /** The model asked for, as an index. */
  readonly model: number;
  /** The models of its features, as indices. */
  readonly featureModels: readonly number[];
  /** The worth of its requests, for policies that depend on it. */
  readonly price: UsePrice;
  /** What its tenants spend per token, as limits in dollars count it; `null` where they do not pay by use. */
  readonly spend: Spend | null;
}

export interface PoolPlan {
  readonly name: string;
  /** The model it serves, as an index; −1 where it trains. */
  readonly model: number;
  /** Replicas in the cell at the start; where it trains, GPUs. */
  readonly replicas: number;
  readonly gpusPerReplica: number;
  /** `null` where its GPUs train. */
  readonly serving: ChoiceOf<typeof services> | null;
  /** What may take its replicas out of service; `null` if nothing does. */
  readonly dynamics: PoolDynamics | null;
  readonly phase: Phase;
  /** The link over which KV leaves a prefill pool; `null` elsewhere. */
  readonly link: Link | null;
  readonly catalogModel: Model | null;
  readonly accelerator: Accelerator | null;
}

/**
 * The source of the requests of a tier, by its index. Throws `ParameterError` for errors that only building it can
 * detect.
 */
export function requestSourceOf(cell: Cell, tier: number, streams: Streams): RequestSource {
  const { rule, tenants, model, featureModels } = cell.tiers[tier]!;
  const { share, load, startOfWeek } = cell;
  return new RequestSource(rule, {
    ...lookupsOf(cell),
    streams,
    share,
    load,
    startOfWeek,
    tenants,
    tier,
    model,
    featureModels,
  });
}

/** What degradation may grant in a cell. */
export function actionEnvironmentOf({ models, pools, tiers }: Cell): ActionEnvironment {
  return {
    model: (name) => models.indexOf(name),
    modelNames: models,
    pools,
    offers: tiers.map(({ rule, model }) => ({
      model,
      features: (rule.features ?? []).map(({ name }) => name),
    })),
  };
}

/** A pool that serves. */
export type ServingPool = PoolPlan & { readonly serving: ChoiceOf<typeof services> };

/** The link of a prefill replica: it transfers the KV of one prompt after another. */
export interface Link {
  /** Added to each transfer without delaying the next [s]. */
  readonly latency: number;
  readonly secondsPerToken: number;
}

export interface GatewayPlan {
  readonly rateLimits: readonly RateLimitRule[];
  readonly degradation: readonly DegradationRule[];
  readonly admission: ChoiceOf<typeof admissions>;
  readonly discipline: ChoiceOf<typeof disciplines>;
  readonly routing: ChoiceOf<typeof routings>;
  /** How often load triggers see the fleet [s]. */
  readonly telemetryInterval: number;
}
