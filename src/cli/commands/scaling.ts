/**
 * `scaling`: shows what the fleet would earn at other sizes, what one GPU more or less is worth, and what the binding
 * constraint is.
 */
import { InputError, ParameterError } from '../../errors.ts';
import { DEFAULT_REPLICATIONS } from '../../experiments/default-replications.ts';
import { planSizes, type FleetSize, type SizePlan } from '../../experiments/fleet-sizes.ts';
import { pointEstimates, scalingOf, type Run, type Sized } from '../../experiments/scaling.ts';
import type { Column } from '../../experiments/columns.ts';
import { readCatalog } from '../../files/catalog-files.ts';
import { loadScenario } from '../../files/scenario-files.ts';
import { scenarioPath } from '../../files/shipped-scenarios.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { SECONDS_PER_WEEK } from '../../units.ts';
import { inputFiles, tellNotes } from '../input.ts';
import { checkOutputs, writeOutput } from '../output-file.ts';
import type { ScalingDocument } from '../../campaigns/scaling-document.ts';
import { scalingTable } from '../scaling-table.ts';
import type { VariantRequest } from '../../campaigns/variants.ts';
import { EXIT_INTERRUPTED, withRuns, type Variant, type VariantOptions } from '../variants.ts';
import { notice } from '../terminal.ts';

export interface ScalingOptions extends Omit<VariantOptions, 'byHour' | 'replications'> {
  /** For each size and load; when omitted, as many as the intervals require. */
  readonly replications?: number | undefined;
  /** Multiples of the fleet. */
  readonly gpus: readonly number[];
  readonly set: readonly string[];
  readonly pool?: string | undefined;
  /** The share by which the fleet is made smaller and larger to find the value of a GPU. */
  readonly step: number;
  readonly picture?: string | undefined;
  readonly json: boolean;
}

/** Replications of each size and load where the default leaves the binding constraint undetermined. */
const ENOUGH = 10;

/** The share by which load is reduced and increased (docs/model.md). */
const LOAD_STEP = 0.05;

/** Returns the exit code. Throws `InputError` for faults in the file or the options, and what running throws. */
export async function scaling(file: string, options: ScalingOptions, version: string): Promise<number> {
  const variantAt = variantsOf(file, options);
  const present = variantAt([]);
  const { cell } = present.scenario;
  const plan = atOptions(() =>
    planSizes(cell, { factors: options.gpus, step: options.step, pool: options.pool ?? null }),
  );
  const sized = (size: FleetSize, place: string): VariantRequest =>
    size.replicas.every((count, index) => count === plan.base.replicas[index])
      ? present
      : variantAt(
          size.replicas.map((count, index) => `fleet.pools[${index}].replicas=${count}`),
          place,
        );
  const fewer = sized(plan.fewer, '--step');
  const more = sized(plan.more, '--step');
  const points = plan.points.map((point) => sized(point, `--gpus ${point.factor}`));
  const loads = loadsOf(cell.load, variantAt);
  const all = [present, fewer, more, ...(loads.pair ?? []), ...points];
  const distinct = [...new Map(all.map((one) => [one.scenario.hash, one])).values()];
  const byHour = cell.window.to - cell.window.from <= SECONDS_PER_WEEK;

  const documentOf = (variants: readonly Variant[], replications: number): ScalingDocument => {
    const of = ({ scenario: { hash } }: VariantRequest) =>
      variants.find(({ scenario }) => scenario.hash === hash)!;
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
      options.confidence,
    );
    return {
      fleetyield: version,
      scenario: { name: present.scenario.name, hash: present.scenario.hash, changes: options.set },
      seed: options.seed,
      replications,
      confidence: options.confidence,
      cell: { share: cell.share },
      fleet: {
        pool: options.pool ?? null,
        gpus: plan.base.gpus,
        replicas: replicasOf(present.scenario, plan.base),
      },
      step: {
        gpus: [plan.fewer.gpus, plan.more.gpus],
        alone: plan.alone,
        load: loads.pair === null ? null : loads.values,
        loadRefused: loads.refused,
      },
      points: plan.points.map((size, index) => {
        const variant = of(points[index]!);
        return {
          gpus: size.gpus,
          factor: size.factor,
          also: size.also,
          present: points[index] === present,
          replicas: replicasOf(present.scenario, size),
          estimates: pointEstimates(variant.batch.estimates(options.confidence, replications)),
        };
      }),
      ...found,
    };
  };
  const { replications = DEFAULT_REPLICATIONS } = options;
  const expected = (count: number) => distinct.map((one) => ({ ...one, replications: count }));
  checkOutputs(options.picture);
  const document = await withRuns(
    expected(replications),
    { ...options, byHour, replications },
    async (runs): Promise<ScalingDocument | null> => {
      const variants = await runs.run(distinct, replications);
      if (variants === null) return null;
      const found = documentOf(variants, replications);
      if (options.replications !== undefined || !isOpen(found)) return found;
      if (options.quiet !== true)
        notice(
          `${replications} replications of each leave open what binds or what a GPU is worth: ${ENOUGH} are taken (--replications ${replications} takes no more)`,
        );
      runs.expect(expected(ENOUGH));
      const all = await runs.run(distinct, ENOUGH);
      return all === null ? null : documentOf(all, ENOUGH);
    },
  );
  if (document === null) return EXIT_INTERRUPTED;
  process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : scalingTable(document));
  if (options.picture !== undefined) {
    const { scalingPage, scalingPicture } = await import('../scaling-picture.ts');
    const draw = options.picture.endsWith('.html') ? scalingPage : scalingPicture;
    writeOutput(options.picture, draw(document));
  }
  return 0;
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
function variantsOf(file: string, { set, quiet }: Pick<ScalingOptions, 'set' | 'quiet'>): VariantMaker {
  const catalog = readCatalog();
  const path = scenarioPath(file);
  const files = inputFiles(quiet);
  return (overrides, place) => {
    const request = { path, overrides: [...set, ...overrides], files };
    try {
      const scenario = loadScenario(request, catalog);
      tellNotes(scenario);
      return { request, scenario };
    } catch (error) {
      if (!(error instanceof InputError) || place === undefined) throw error;
      throw new InputError(error.faults.map((fault) => ({ ...fault, place })));
    }
  };
}

/** Slightly less and slightly more load; no pair where the demand of the scenario cannot be scaled. */
function loadsOf(load: number, variantAt: VariantMaker) {
  const values = [1 - LOAD_STEP, 1 + LOAD_STEP].map((factor) => Number((factor * load).toPrecision(12))) as [
    number,
    number,
  ];
  try {
    const pair = values.map((value) => variantAt([`workload.load=${value}`])) as [
      VariantRequest,
      VariantRequest,
    ];
    return { values, pair, refused: null };
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
function atOptions(work: () => SizePlan): SizePlan {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new InputError([{ place: `--${error.path}`, path: '', message: error.message }]);
  }
}
