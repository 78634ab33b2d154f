/**
 * `scaling`: shows what the fleet would earn at other sizes, what one GPU more or less is worth, and what the binding
 * constraint is.
 */
import { InputError, ParameterError } from '../errors.ts';
import type { Column } from '../experiments/observation-parts.ts';
import { DEFAULT_REPLICATIONS } from '../experiments/default-replications.ts';
import { planSizes, type FleetSize, type SizePlan } from '../experiments/fleet-sizes.ts';
import { pointEstimates, scalingOf, type Run, type Sized } from '../experiments/scaling.ts';
import { runningProgram } from '../files/program.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { SECONDS_PER_WEEK } from '../units.ts';
import {
  campaignOf,
  variantOf,
  type Campaign,
  type CampaignInputs,
  type ScenarioCampaign,
} from './campaign.ts';
import type { ScalingDocument } from './scaling-document.ts';
import type { Variant, VariantRequest } from './variants.ts';

/** What `scaling` is asked. */
export interface ScalingRequest extends ScenarioCampaign {
  /** For each size and load; `null` for as many as the intervals require. */
  readonly replications: number | null;
  /** Multiples of the fleet. */
  readonly gpus: readonly number[];
  /** The only pool that is scaled; all for `null`. */
  readonly pool: string | null;
  /** The share by which the fleet is made smaller and larger to find the value of a GPU. */
  readonly step: number;
}

/** Replications of each size and load where the default leaves the binding constraint undetermined. */
const ENOUGH = 10;

/** The share by which load is reduced and increased (docs/model.md). */
const LOAD_STEP = 0.05;

/** Reads the scenario at every size and load. Throws `InputError` for what the request or the scenario has wrong. */
export function scalingCampaign(request: ScalingRequest, inputs: CampaignInputs): Campaign<ScalingDocument> {
  const { seed, confidence, replications: asked } = request;
  const variants = planVariants(request, inputs);
  const { window } = variants.present.scenario.cell;
  const byHour = window.to - window.from <= SECONDS_PER_WEEK;
  const replications = asked ?? DEFAULT_REPLICATIONS;
  const expected = (count: number) => variants.distinct.map((one) => ({ ...one, replications: count }));
  const settings = { seed, confidence, replications, byHour };
  return campaignOf({ settings, expected: expected(replications) }, async (runs) => {
    const found = documentOf(
      request,
      variants,
      await runs.run(variants.distinct, replications),
      replications,
    );
    if (asked !== null || !isOpen(found)) return found;
    runs.expectMore(
      `${replications} replications of each leave open what binds or what a GPU is worth: ${ENOUGH} are taken (${inputs.option('replications')} ${replications} takes no more)`,
      expected(ENOUGH),
    );
    return documentOf(request, variants, await runs.run(variants.distinct, ENOUGH), ENOUGH);
  });
}

/** The scenario at every size and load that is run. */
interface ScalingVariants {
  readonly plan: SizePlan;
  readonly present: VariantRequest;
  readonly fewer: VariantRequest;
  readonly more: VariantRequest;
  /** In the order of the points of the plan. */
  readonly points: readonly VariantRequest[];
  readonly loads: ReturnType<typeof loadsOf>;
  /** Each of them once. */
  readonly distinct: readonly VariantRequest[];
}

function planVariants(request: ScalingRequest, inputs: CampaignInputs): ScalingVariants {
  const { option } = inputs;
  const variantAt = variantsOf(request, inputs);
  const present = variantAt([]);
  const { cell } = present.scenario;
  const plan = atOptions(inputs, () =>
    planSizes(cell, { factors: request.gpus, step: request.step, pool: request.pool }),
  );
  const sized = (size: FleetSize, place: string): VariantRequest =>
    size.replicas.every((count, index) => count === plan.base.replicas[index])
      ? present
      : variantAt(
          size.replicas.map((count, index) => `fleet.pools[${index}].replicas=${count}`),
          place,
        );
  const fewer = sized(plan.fewer, option('step'));
  const more = sized(plan.more, option('step'));
  const points = plan.points.map((point) => sized(point, `${option('gpus')} ${point.factor}`));
  const loads = loadsOf(cell.load, variantAt);
  const all = [present, fewer, more, ...(loads.pair ?? []), ...points];
  const distinct = [...new Map(all.map((one) => [one.scenario.hash, one])).values()];
  return { plan, present, fewer, more, points, loads, distinct };
}

function documentOf(
  { scenario, seed, confidence, pool }: ScalingRequest,
  { plan, present, fewer, more, points, loads }: ScalingVariants,
  variants: readonly Variant[],
  replications: number,
): ScalingDocument {
  const { cell } = present.scenario;
  const of = (one: VariantRequest) =>
    variants.find((variant) => variant.scenario.hash === one.scenario.hash)!;
  const runOf = memoised((one: VariantRequest) => columnsOf(of(one)));
  const at = (size: FleetSize, one: VariantRequest): Sized => ({ gpus: size.gpus, run: runOf(one) });
  const { batch } = of(present);
  const { hourOfWeek, seconds } = batch.hourly(of(present).replications);
  const found = scalingOf(
    {
      fewer: at(plan.fewer, fewer),
      base: at(plan.base, present),
      more: at(plan.more, more),
      points: plan.points.map((size, index) => at(size, points[index]!)),
      load:
        loads.pair === null
          ? null
          : {
              less: { load: loads.values[0], run: runOf(loads.pair[0]) },
              more: { load: loads.values[1], run: runOf(loads.pair[1]) },
            },
      hourOfWeek,
      secondsOfHour: seconds,
      share: cell.share,
    },
    confidence,
  );
  return {
    fleetyield: runningProgram().version,
    scenario: { name: present.scenario.name, hash: present.scenario.hash, changes: scenario.overrides },
    seed,
    replications,
    confidence,
    cell: { share: cell.share },
    fleet: {
      pool,
      gpus: plan.base.gpus,
      replicas: replicasOf(present.scenario, plan.base),
    },
    step: {
      gpus: [plan.fewer.gpus, plan.more.gpus],
      alone: plan.alone,
      load: loads.pair === null ? null : loads.values,
      loadRefused: loads.refused,
    },
    points: plan.points.map((size, index) => ({
      gpus: size.gpus,
      factor: size.factor,
      also: size.also,
      present: points[index] === present,
      replicas: replicasOf(present.scenario, size),
      estimates: pointEstimates(of(points[index]!).batch.estimates(confidence, replications)),
    })),
    ...found,
  };
}

/**
 * Whether wide intervals, and not missing prices or a load that cannot change, leave the constraint or the advice open.
 */
function isOpen({ regime, shadowPrice }: ScalingDocument): boolean {
  const isPriced = shadowPrice.idleCost !== null && shadowPrice.forward.mean !== null;
  return (
    (regime.verdict === 'undetermined' && regime.supplyShare.mean !== null) ||
    (shadowPrice.advice === 'undetermined' && isPriced)
  );
}

type VariantMaker = (overrides: readonly string[], place?: string) => VariantRequest;

/**
 * Reads the scenario with further overrides; faults that these cause are reported at the option that requested them.
 */
function variantsOf({ scenario }: ScalingRequest, inputs: CampaignInputs): VariantMaker {
  return (overrides, place) => {
    try {
      return variantOf(scenario, overrides, inputs);
    } catch (error) {
      if (!(error instanceof InputError) || place === undefined) throw error;
      throw new InputError(error.faults.map((fault) => ({ ...fault, place })));
    }
  };
}

/** Slightly less and slightly more load; no pair where the demand of the scenario cannot be scaled. */
function loadsOf(load: number, variantAt: VariantMaker) {
  const loadAt = (factor: number) => Number((factor * load).toPrecision(12));
  const values = [loadAt(1 - LOAD_STEP), loadAt(1 + LOAD_STEP)] as const;
  const at = (value: number) => variantAt([`workload.load=${value}`]);
  try {
    return { values, pair: [at(values[0]), at(values[1])] as const, refused: null };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { values, pair: null, refused: error.message };
  }
}

/** Each column is read from the store only once. */
function columnsOf({ batch, replications }: Variant): Run {
  const columns = new Map<number, Column>();
  return {
    metrics: batch.metrics(),
    column: (place) => {
      const column = columns.get(place) ?? batch.column(place, replications);
      columns.set(place, column);
      return column;
    },
  };
}

function memoised<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

const replicasOf = ({ cell: { pools } }: Scenario, { replicas }: FleetSize) =>
  replicas.map((count, index) => ({ pool: pools[index]!.name, replicas: count }));

/** Runs `work` and attributes the faults it finds to their options. */
function atOptions({ option }: CampaignInputs, work: () => SizePlan): SizePlan {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new InputError([{ kind: 'option', place: option(error.path), path: '', message: error.message }]);
  }
}
